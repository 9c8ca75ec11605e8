// Times are shown in the contract's zone, whatever the browser's is: what a window means must not depend on the reader.
const zone = 'Asia/Shanghai'
const offset = 8 * 3600_000

interface Parts {
  year: number
  text: string
}

const formats = new Map<string, Intl.DateTimeFormat>()

function format(locale: string, o: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(o)
  let f = formats.get(key)
  if (!f) formats.set(key, (f = new Intl.DateTimeFormat(locale, { timeZone: zone, ...o })))
  return f
}

function parts(at: Date, locale: string, day: boolean): Parts {
  const year = new Date(at.getTime() + offset).getUTCFullYear()
  const now = new Date(Date.now() + offset).getUTCFullYear()
  const date = format(locale, { month: 'long', day: 'numeric', weekday: 'short', ...(year !== now && { year: 'numeric' }) })
  const clock = format(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  return { year, text: day ? date.format(at) : `${date.format(at)} ${clock.format(at)}` }
}

/** moment writes a time with its weekday, e.g. 11月23日周一 23:29; the year only when it is another one. */
export function moment(at: string, locale = 'zh-CN'): string {
  const d = new Date(at)
  return Number.isNaN(d.getTime()) ? at : parts(d, locale, false).text
}

/** day writes a date (2024-11-20) with its weekday. */
export function day(date: string, locale = 'zh-CN'): string {
  const d = new Date(date + 'T00:00:00+08:00')
  return Number.isNaN(d.getTime()) ? date : parts(d, locale, true).text
}

/** clock writes hours, minutes and seconds. */
export function clock(at: Date): string {
  return format('zh-CN', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(at)
}

/** relative says how far away a time is: 3 小时前, 2 天后. */
export function relative(at: string, locale = 'zh-CN', now = Date.now()): string {
  const seconds = (new Date(at).getTime() - now) / 1000
  const f = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const size = Math.abs(seconds)
  if (size < 3600) return f.format(Math.round(seconds / 60), 'minute')
  if (size < 86400) return f.format(Math.round(seconds / 3600), 'hour')
  return f.format(Math.round(seconds / 86400), 'day')
}

/** span writes a duration in milliseconds as 1天 02:03:04. */
export function span(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000))
  const two = (n: number) => String(n).padStart(2, '0')
  const days = Math.floor(s / 86400)
  const rest = `${two(Math.floor(s / 3600) % 24)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`
  return days ? `${days}天 ${rest}` : rest
}

/** toInput turns a stored time into the value of a datetime-local input, in the contract's zone. */
export function toInput(stored: unknown): string {
  if (typeof stored !== 'string' || !stored) return ''
  const d = new Date(stored)
  return Number.isNaN(d.getTime()) ? '' : new Date(d.getTime() + offset).toISOString().slice(0, 16)
}

/** fromInput turns the value of a datetime-local input into a stored time. */
export function fromInput(text: string): string | undefined {
  return text ? `${text.slice(0, 16)}:00+08:00` : undefined
}
