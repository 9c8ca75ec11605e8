// What people read of values, and what the server gets of what people typed. Knows no process.
import type { Attachment, Change, Field, Layout, Values } from '@/api/types'
import { day, moment } from '@/ui/time'

/** Lookup gives names to IDs and words to yes and no. */
export interface Lookup {
  name: (id: string) => string
  yes: string
  no: string
  locale: string
}

/** show writes one value as text; '' when there is none. */
export function show(f: { kind: string; unit?: string }, v: unknown, look: Lookup): string {
  if (v === undefined || v === null || v === '') return ''
  switch (f.kind) {
    case 'yes_no':
      return v ? look.yes : look.no
    case 'datetime':
      return moment(String(v), look.locale)
    case 'date':
      return day(String(v), look.locale)
    case 'person':
      return look.name(String(v))
    case 'persons':
      return (v as string[]).map(look.name).join('、')
    case 'number':
      return f.unit ? `${v} ${f.unit}` : String(v)
  }
  if (Array.isArray(v)) return v.map(String).join('、')
  return typeof v === 'object' ? JSON.stringify(v) : String(v)
}

/** clean drops what is empty, so that a draft holds only what was filled in. */
export function clean(v: Values): Values {
  const out: Values = {}
  for (const [key, value] of Object.entries(v)) {
    if (value === undefined || value === null || value === '') continue
    if (Array.isArray(value)) {
      const items = value.map((x) => (isRow(x) ? clean(x) : x)).filter((x) => !isRow(x) || Object.keys(x).length > 0)
      if (items.length > 0) out[key] = items
      continue
    }
    out[key] = value
  }
  return out
}

function isRow(x: unknown): x is Values {
  return typeof x === 'object' && x !== null && !Array.isArray(x)
}

/** fieldsOf lists all fields of a form. */
export const fieldsOf = (l: Layout): Field[] => l.groups.flatMap((g) => g.fields)

/** topKey is the field that a place such as rollback_steps[0].owner belongs to. */
export const topKey = (path: string): string => path.split(/[.[]/, 1)[0] ?? path

/** byPlace makes changes findable by their place. */
export const byPlace = (changes: Change[]): Map<string, Change> => new Map(changes.map((c) => [c.field, c]))

/** labelOf is what the screen calls a place: 回退步骤 第 1 行 责任人. */
export function labelOf(fields: Field[], path: string): string {
  const m = /^([^.[]+)(?:\[(\d+)\])?(?:\.(.+))?$/.exec(path)
  const f = m && fields.find((x) => x.key === m[1])
  if (!m || !f) return ''
  const column = m[3] && f.columns?.find((c) => c.key === m[3])
  return [f.label, m[2] !== undefined ? `第 ${Number(m[2]) + 1} 行` : '', column ? column.label : ''].filter(Boolean).join(' ')
}

/** filesOf are the attachments of a field. */
export const filesOf = (all: Attachment[] | null | undefined, field: string): Attachment[] => (all ?? []).filter((a) => a.field === field)

/** size writes bytes for people. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}
