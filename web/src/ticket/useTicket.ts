import { computed, onBeforeUnmount, onMounted, ref, shallowRef } from 'vue'
import { get, problemOf, type Problem } from '@/api/client'
import type { AuditEntry, Change, Doc, Layout, Revision, RevisionDetail, Ticket } from '@/api/types'
import { useCatalogue } from '@/stores/catalogue'

/** useTicket holds everything that a ticket's page shows; the page itself first, the rest beside it. */
export function useTicket(number: string) {
  const catalogue = useCatalogue()
  const ticket = shallowRef<Ticket | null>(null)
  const layout = shallowRef<Layout | null>(null)
  const revisions = shallowRef<Revision[]>([])
  const documents = shallowRef<Doc[]>([])
  const changes = shallowRef<Change[]>([])
  const entries = shallowRef<AuditEntry[]>([])
  const entryNames = ref<Record<string, string>>({})
  const problem = ref<Problem | null>(null)
  const loading = ref(true)
  let rhythm: ReturnType<typeof setInterval> | undefined
  let later: ReturnType<typeof setTimeout> | undefined

  const path = '/tickets/' + encodeURIComponent(number)
  const process = computed(() => (ticket.value ? catalogue.process(ticket.value.process) : undefined))

  async function load() {
    loading.value = true
    problem.value = null
    try {
      const [t] = await Promise.all([get<Ticket>(path), catalogue.load()])
      layout.value = (await catalogue.form(t.process)).layout
      ticket.value = t
      await beside(t)
    } catch (e) {
      problem.value = problemOf(e)
    } finally {
      loading.value = false
    }
  }

  async function beside(t: Ticket) {
    const [r, d, e] = await Promise.all([
      get<{ items: Revision[] }>(path + '/revisions'),
      get<{ items: Doc[] }>(path + '/documents'),
      get<{ items: AuditEntry[]; names: Record<string, string> }>(path + '/timeline?limit=500'),
    ])
    revisions.value = r.items
    documents.value = d.items
    entries.value = e.items
    entryNames.value = e.names
    changes.value = []
    // Whoever looks at a revision leaves a trace, so it is looked at unasked only while people decide on it.
    if (t.state === 'signing' && t.revision > 1) await loadChanges()
    clearTimeout(later)
    if (d.items.some((x) => x.pending)) later = setTimeout(() => void renew(), 2000)
  }

  /** loadChanges reads what the current revision changed. */
  async function loadChanges() {
    changes.value = (await get<RevisionDetail>(`${path}/revisions/${ticket.value?.revision}`)).changes ?? []
  }

  /** renew looks whether rendered files are there. */
  async function renew() {
    const d = await get<{ items: Doc[] }>(path + '/documents').catch(() => null)
    if (!d) return
    documents.value = d.items
    if (d.items.some((x) => x.pending)) later = setTimeout(() => void renew(), 3000)
  }

  /** refresh shows news without the skeleton: when somebody comes back to the page, and every so often. */
  async function refresh() {
    if (document.visibilityState !== 'visible' || !ticket.value) return
    const t = await get<Ticket>(path).catch(() => null)
    if (!t) return
    const news = t.version !== ticket.value.version
    ticket.value = t
    if (news) await beside(t).catch(() => undefined)
  }

  onMounted(() => {
    void load()
    document.addEventListener('visibilitychange', refresh)
    rhythm = setInterval(() => void refresh(), 15_000)
  })
  onBeforeUnmount(() => {
    clearTimeout(later)
    clearInterval(rhythm)
    document.removeEventListener('visibilitychange', refresh)
  })

  return { ticket, layout, revisions, documents, changes, entries, entryNames, problem, loading, process, load, loadChanges, path }
}
