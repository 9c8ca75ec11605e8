import { computed, onBeforeUnmount, ref, shallowRef, watch } from 'vue'
import { get, problemOf, put, type Problem } from '@/api/client'
import type { Layout, Pick, Saved, Ticket, Values } from '@/api/types'
import { useCatalogue } from '@/stores/catalogue'
import { clock } from '@/ui/time'
import { useDraft } from './useDraft'
import { clean } from './values'

/** status of the draft: what is on the screen is saved, being saved, only on this machine, or in conflict. */
export type Status = 'saved' | 'saving' | 'local' | 'conflict'

interface Local {
  base: string
  values: Values
}

/** useFormDraft edits the draft of a ticket: each change goes to this machine at once and to the server a moment later. */
export function useFormDraft(number: string) {
  const path = '/tickets/' + encodeURIComponent(number)
  const place = 'form.' + number
  const draft = useDraft()
  const catalogue = useCatalogue()
  const ticket = shallowRef<Ticket | null>(null)
  const layout = shallowRef<Layout | null>(null)
  const people = ref<Pick[]>([])
  const values = ref<Values>({})
  const status = ref<Status>('saved')
  const savedAt = ref('')
  const restored = ref(false)
  const problem = ref<Problem | null>(null)
  let base = ''
  let sent = ''
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<void> | null = null

  const text = () => JSON.stringify(clean(values.value))
  const dirty = computed(() => status.value !== 'saved')

  async function load() {
    problem.value = null
    try {
      const [t] = await Promise.all([get<Ticket>(path), catalogue.load()])
      layout.value = (await catalogue.form(t.process)).layout
      people.value = await catalogue.peopleOf(t.system).catch(() => [])
      take(t)
      const local = draft.read<Local>(place)
      if (local && JSON.stringify(local.values) !== text()) {
        values.value = local.values
        restored.value = true
        if (local.base !== base) status.value = 'conflict'
        else schedule(0)
      } else {
        draft.forget(place)
      }
    } catch (e) {
      problem.value = problemOf(e)
    }
  }

  function take(t: Ticket) {
    ticket.value = t
    values.value = structuredClone(t.form)
    base = t.form_sha256
    sent = text()
    status.value = 'saved'
  }

  function schedule(ms = 700) {
    clearTimeout(timer)
    timer = setTimeout(() => void save(), ms)
  }

  /** save sends what has changed; it settles when the server has the last word typed, or the reason why not is shown. */
  async function save(): Promise<void> {
    clearTimeout(timer)
    if (running) await running
    if (!ticket.value || status.value === 'conflict' || text() === sent) return
    running = send().finally(() => (running = null))
    await running
  }

  async function send() {
    status.value = 'saving'
    const now = text()
    try {
      const saved = await put<Saved>(path + '/form', { form: JSON.parse(now), base_sha256: base })
      base = saved.form_sha256
      sent = now
      problem.value = null
      savedAt.value = clock(new Date())
      if (text() === now) {
        status.value = 'saved'
        draft.forget(place)
      } else {
        schedule()
      }
    } catch (e) {
      const p = problemOf(e)
      status.value = p.code === 'conflict' ? 'conflict' : 'local'
      problem.value = p.lost || p.code === 'conflict' ? null : p
      if (p.lost) schedule(5000)
    }
  }

  watch(values, () => {
    if (!ticket.value || text() === sent) return
    draft.write(place, { base, values: clean(values.value) } satisfies Local)
    if (status.value !== 'conflict') {
      status.value = 'saving'
      schedule()
    }
  })

  /** takeTheirs drops what this page has; keepMine saves it over what the other one wrote. */
  async function takeTheirs() {
    draft.forget(place)
    restored.value = false
    take(await get<Ticket>(path))
  }

  async function keepMine() {
    const t = await get<Ticket>(path)
    base = t.form_sha256
    sent = ''
    status.value = 'local'
    await save()
  }

  /** files reads the attachments anew. */
  async function files() {
    const t = await get<Ticket>(path)
    if (ticket.value) ticket.value = { ...ticket.value, attachments: t.attachments }
  }

  const forget = () => draft.forget(place)
  onBeforeUnmount(() => void save())

  return { path, ticket, layout, people, values, status, savedAt, restored, problem, dirty, load, save, takeTheirs, keepMine, files, forget }
}
