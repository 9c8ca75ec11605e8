import { useSession } from '@/stores/session'

const prefix = 'draft.'
/** Drafts older than this are removed when the application starts to write. */
const keep = 30 * 86400_000

/** useDraft keeps what a person types on this machine until the server has it, apart for each account. */
export function useDraft() {
  const session = useSession()
  const name = (place: string) => `${prefix}${session.me?.person.id ?? ''}.${place}`

  function read<T>(place: string): T | undefined {
    const text = localStorage.getItem(name(place))
    if (!text) return undefined
    try {
      return (JSON.parse(text) as { values: T }).values
    } catch {
      return undefined // not ours, or half written: as good as none
    }
  }

  function write(place: string, values: unknown) {
    const text = JSON.stringify({ at: Date.now(), values })
    try {
      localStorage.setItem(name(place), text)
    } catch {
      sweep() // full: make room, and leave it if there is none, since the server gets the draft too
    }
  }

  const forget = (place: string) => localStorage.removeItem(name(place))

  return { read, write, forget }
}

function sweep() {
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith(prefix)) continue
    const at = Number(/"at":(\d+)/.exec(localStorage.getItem(key) ?? '')?.[1] ?? 0)
    if (Date.now() - at > keep) localStorage.removeItem(key)
  }
}
