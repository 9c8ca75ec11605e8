// The one way to the server: JSON, the CSRF token, problems, one login for all who wait, and repetition under one key.
import type { FieldError } from './types'

const base = '/api/v1'

/** Problem is an answer that says no, or no answer at all (code `offline`, `timeout`). */
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly detail: string,
    readonly status = 0,
    readonly errors: FieldError[] = [],
    readonly requestId = '',
  ) {
    super(detail)
  }

  /** lost: nobody knows whether the server has carried the request out. */
  get lost(): boolean {
    return this.code === 'offline' || this.code === 'timeout' || this.status === 502 || this.status === 504
  }
}

/** problemOf turns whatever was thrown into a Problem. */
export function problemOf(e: unknown): Problem {
  return e instanceof Problem ? e : new Problem('client', e instanceof Error ? e.message : String(e))
}

/** hooks are set by the session store: the token of the session, and how to log in again. */
export const hooks = {
  csrf: () => '',
  login: (): Promise<void> => Promise.reject(new Problem('no_session', '', 401)),
}

export interface Options {
  body?: unknown
  form?: FormData
  key?: string
  timeout?: number
  /** anonymous requests do not ask for a login when they are refused. */
  anonymous?: boolean
}

/** newKey names one intention of a person, so that repeating it does nothing twice. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
}

/** call sends one request. After a session has expired it waits for the new login and sends it again. */
export async function call<T>(method: string, path: string, o: Options = {}): Promise<T> {
  try {
    return await send<T>(method, path, o)
  } catch (e) {
    if (o.anonymous || !(e instanceof Problem) || e.code !== 'no_session') throw e
    await hooks.login()
    return send<T>(method, path, o)
  }
}

async function send<T>(method: string, path: string, o: Options): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (method !== 'GET') headers['X-CSRF-Token'] = hooks.csrf()
  if (o.key) headers['Idempotency-Key'] = o.key
  let body: BodyInit | undefined = o.form
  if (o.body !== undefined) {
    headers['Content-Type'] = 'application/json'
    body = JSON.stringify(o.body)
  }
  let answer: Response
  try {
    answer = await fetch(base + path, {
      method, headers, body, credentials: 'same-origin', signal: AbortSignal.timeout(o.timeout ?? 30_000),
    })
  } catch (e) {
    throw new Problem(e instanceof DOMException && e.name === 'TimeoutError' ? 'timeout' : 'offline', '')
  }
  return read<T>(answer)
}

async function read<T>(answer: Response): Promise<T> {
  if (answer.status === 204) return undefined as T
  let data: unknown
  try {
    data = await answer.json()
  } catch {
    // The connection broke in the middle, or something in between answered.
    throw new Problem('offline', '', answer.ok ? 0 : answer.status)
  }
  if (answer.ok) return data as T
  throw fromProblem(answer.status, data)
}

function fromProblem(status: number, data: unknown): Problem {
  const p = (data ?? {}) as { code?: string; detail?: string; errors?: FieldError[]; request_id?: string }
  return new Problem(p.code ?? 'internal', p.detail ?? '', status, p.errors ?? [], p.request_id ?? '')
}

export const get = <T>(path: string): Promise<T> => call<T>('GET', path)
export const put = <T>(path: string, body: unknown): Promise<T> => call<T>('PUT', path, { body })
export const del = (path: string): Promise<void> => call<void>('DELETE', path)
/** post carries `key` (a new one by default): the server does the same key once. */
export const post = <T>(path: string, body: unknown, key = newKey()): Promise<T> => call<T>('POST', path, { body, key })

const pause = (ms: number) => new Promise((r) => setTimeout(r, ms))

/** pauses between the tries of `persist`, in milliseconds. */
const pauses = [800, 2000, 4000]

/**
 * persist repeats a POST under one key until the server says yes or no, at most four times. `onLost` is told before each
 * repetition. What it throws in the end may still be `lost`: then the same key must be used for the next try.
 */
export async function persist<T>(path: string, body: unknown, key: string, onLost: () => void = () => {}): Promise<T> {
  for (let i = 0; ; i++) {
    try {
      return await call<T>('POST', path, { body, key, timeout: 15_000 })
    } catch (e) {
      const wait = pauses[i]
      const again = e instanceof Problem && (e.lost || e.code === 'request_in_progress' || e.code === 'unavailable')
      if (!again || wait === undefined) throw e
      onLost()
      await pause(wait)
    }
  }
}

/** upload sends a file with progress (0 to 1); fetch cannot tell how much of a body has gone. */
export async function upload<T>(method: string, path: string, form: FormData, progress: (part: number) => void, key = newKey()): Promise<T> {
  const once = () =>
    new Promise<T>((resolve, reject) => {
      const x = new XMLHttpRequest()
      x.open(method, base + path)
      x.setRequestHeader('X-CSRF-Token', hooks.csrf())
      if (method === 'POST') x.setRequestHeader('Idempotency-Key', key)
      x.responseType = 'json'
      x.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total)
      x.onerror = () => reject(new Problem('offline', ''))
      x.onload = () => (x.status < 300 ? resolve(x.response as T) : reject(fromProblem(x.status, x.response)))
      x.send(form)
    })
  try {
    return await once()
  } catch (e) {
    if (!(e instanceof Problem) || e.code !== 'no_session') throw e
    await hooks.login()
    return once()
  }
}

/** fileURL is the address of a file of a ticket; the browser downloads it with its cookie. */
export function fileURL(number: string, ...parts: (string | number)[]): string {
  return [base, 'tickets', ...[number, ...parts].map((p) => encodeURIComponent(String(p)))].join('/')
}

/** query writes a query string without empty values. */
export function query(values: Record<string, string | number | undefined>): string {
  const q = new URLSearchParams()
  for (const [k, v] of Object.entries(values)) if (v !== undefined && v !== '') q.set(k, String(v))
  const text = q.toString()
  return text && '?' + text
}
