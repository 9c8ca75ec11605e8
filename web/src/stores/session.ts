import { defineStore } from 'pinia'
import { ref } from 'vue'
import { call, get, hooks } from '@/api/client'
import type { Me } from '@/api/types'

/** Who is logged in. When the session expires, `expired` opens a login over the page and everything that waited goes on. */
export const useSession = defineStore('session', () => {
  const me = ref<Me | null>(null)
  const expired = ref(false)
  const csrf = ref('')
  let waiting: { promise: Promise<void>; resolve: () => void } | null = null

  hooks.csrf = () => csrf.value
  hooks.login = () => {
    if (!waiting) {
      let resolve = () => {}
      const promise = new Promise<void>((r) => (resolve = r))
      waiting = { promise, resolve }
      expired.value = true
    }
    return waiting.promise
  }

  function take(m: Me) {
    me.value = m
    csrf.value = m.csrf_token
  }

  /** load asks who is logged in; false when nobody is. */
  async function load(): Promise<boolean> {
    try {
      take(await call<Me>('GET', '/me', { anonymous: true }))
      return true
    } catch {
      return false
    }
  }

  /** refresh reads the counts of the boxes anew. */
  async function refresh() {
    take(await get<Me>('/me'))
  }

  async function login(account: string, password: string) {
    const before = me.value?.person.id
    await call('POST', '/session', { body: { account, password }, anonymous: true })
    take(await call<Me>('GET', '/me', { anonymous: true }))
    if (before && before !== me.value?.person.id) {
      // Somebody else: what the first one saw must not stay on the screen.
      location.assign('/')
      return
    }
    expired.value = false
    waiting?.resolve()
    waiting = null
  }

  async function logout() {
    await call('DELETE', '/session', { anonymous: true }).catch(() => undefined)
    me.value = null
    location.assign('/login')
  }

  /** has reports whether the person holds a role, in whatever system. */
  const has = (role: string) => !!me.value?.roles?.some((r) => r.role === role)

  return { me, expired, load, refresh, login, logout, has }
})
