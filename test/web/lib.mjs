// A browser for each person: loads nothing from outside, breaks no content security policy, throws nothing.
import { createRequire } from 'node:module'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const need = createRequire(new URL('../../web/package.json', import.meta.url))
const { chromium } = need('playwright-core')
const axe = readFileSync(need.resolve('axe-core/axe.min.js'), 'utf8')

export const base = process.env.COUNTERSIGN_URL
const shots = process.env.COUNTERSIGN_SHOTS
const password = 'Huiqian-Demo-2024'

export const pins = {
  'sun.xiaolei': '918254', 'zhou.liqun': '640391', 'han.minghui': '859426', 'tang.xueqin': '148063', 'li.suzhen': '936271', 'ma.guodong': '204859', 'he.jing': '617340',
}

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
const desktop = { width: 1440, height: 900 }
const phone = { width: 390, height: 844 }

let browser
/** faults are what no test may leave behind: errors of the page and requests to other places. */
export const faults = []

export async function open() {
  mkdirSync(shots, { recursive: true })
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, headless: true, args: flags })
}

export const close = () => browser?.close()

/** visit opens a window of its own; expected lists parts of console messages that the test provokes. */
export async function visit({ small = false, dark = false, expected = [] } = {}) {
  const context = await browser.newContext({
    viewport: small ? phone : desktop, isMobile: small, hasTouch: small, deviceScaleFactor: 1,
    locale: 'zh-CN', timezoneId: 'Asia/Shanghai', colorScheme: dark ? 'dark' : 'light', acceptDownloads: true,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  page.on('pageerror', (e) => faults.push(`${page.url()}: ${e.stack}`))
  page.on('console', (m) => {
    const answered = /Failed to load resource/.test(m.text()) // a refusal of the API, which the page shows
    if (m.type() === 'error' && !answered && !expected.some((x) => m.text().includes(x))) faults.push(`${page.url()}: ${m.text()}`)
    if (m.type() === 'warning' && /Vue warn|intlify/.test(m.text())) faults.push(`${page.url()}: ${m.text()}`)
  })
  page.on('request', (r) => {
    if (!r.url().startsWith(base) && !/^(data|blob):/.test(r.url())) faults.push('request to another place: ' + r.url())
  })
  return page
}

export async function login(page, account) {
  await page.goto(base + '/login')
  await page.getByLabel('账号').fill(account)
  await page.getByLabel('口令').fill(password)
  await page.getByRole('button', { name: '登录' }).click()
  await page.waitForURL(base + '/')
  await page.getByRole('tab', { name: /待我处理/ }).waitFor()
}

/** as opens a window and logs somebody in. */
export async function as(account, options = {}) {
  const page = await visit(options)
  await login(page, account)
  return page
}

export { password }

export async function shot(page, name, fullPage = true) {
  await page.waitForTimeout(250)
  await page.screenshot({ path: join(shots, name + '.png'), fullPage })
}

/** accessible returns the serious and critical findings of axe. */
export async function accessible(page, name) {
  await page.waitForTimeout(400) // let transitions end: half-faded text has no contrast
  await page.evaluate(axe)
  return page.evaluate(async (name) => {
    const result = await globalThis.axe.run(document, { resultTypes: ['violations'] })
    return result.violations
      .filter((v) => v.impact === 'serious' || v.impact === 'critical')
      .map((v) => `${name} ${v.id}: ${v.help}\n` + v.nodes.slice(0, 4).map((n) => `    ${n.html.slice(0, 160)}\n      ${n.failureSummary?.split('\n')[1] ?? ''}`).join('\n'))
  }, name)
}

/** ask calls the API as whoever is logged in, to judge by something else than the page. */
export async function ask(page, path) {
  const answer = await page.request.get(`${base}/api/v1${path}`)
  if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`)
  return answer.json()
}

export function equal(got, want, what) {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`)
}

/** local is a time so many minutes from now as a datetime-local input wants it, in the contract's zone. */
export const local = (minutes) => new Date(Date.now() + 8 * 3600_000 + minutes * 60_000).toISOString().slice(0, 16)
