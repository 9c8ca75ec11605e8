import { defineStore } from 'pinia'
import { ref } from 'vue'
import { get, query } from '@/api/client'
import type { FormDefinition, Pick, Process, System } from '@/api/types'

/** What the contract holds: processes, systems, forms and people to choose from; each read once. */
export const useCatalogue = defineStore('catalogue', () => {
  const processes = ref<Process[]>([])
  const systems = ref<System[]>([])
  const forms = new Map<string, Promise<FormDefinition>>()
  const people = new Map<string, Promise<Pick[]>>()
  let loading: Promise<unknown> | null = null

  function load() {
    loading ??= Promise.all([
      get<{ items: Process[] }>('/processes').then((r) => (processes.value = r.items)),
      get<{ items: System[] }>('/systems').then((r) => (systems.value = r.items)),
    ]).catch((e) => {
      loading = null
      throw e
    })
    return loading
  }

  function once<T>(cache: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
    let found = cache.get(key)
    if (!found) {
      found = read()
      cache.set(key, found)
      found.catch(() => cache.delete(key))
    }
    return found
  }

  const form = (process: string) => once(forms, process, () => get<FormDefinition>(`/processes/${process}/form`))
  /** peopleOf are those with a role in a system; without one, the caller's colleagues. */
  const peopleOf = (system: string) =>
    once(people, system, () => get<{ items: Pick[] }>('/people' + query({ system })).then((r) => r.items))
  const process = (key: string) => processes.value.find((p) => p.key === key)
  const system = (key: string) => systems.value.find((s) => s.key === key)

  return { processes, systems, load, form, peopleOf, process, system }
})
