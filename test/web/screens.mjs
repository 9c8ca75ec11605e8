// Every screen in light and dark, at a desk and on a phone: axe finds nothing serious, pictures are left for people.
import { accessible, as, ask, base, equal, shot, visit } from './lib.mjs'
import { draftUpgrade, fillUpgrade, field, submit, toPin } from './steps.mjs'

const findings = []

async function looks(page, name) {
  findings.push(...(await accessible(page, name)))
  await shot(page, name)
}

const kinds = [['desk-light', {}], ['desk-dark', { dark: true }], ['phone-light', { small: true }], ['phone-dark', { small: true, dark: true }]]

export async function screensAreAccessible() {
  const engineer = await as('zhao.wenbo')
  const number = await draftUpgrade(engineer)
  await fillUpgrade(engineer)
  await field(engineer, 'rollback_plan').fill('恢复升级前的程序包。')
  await submit(engineer, number)
  const draft = await draftUpgrade(engineer)
  const filed = (await ask(engineer, '/tickets?box=all&state=filed&process=upgrade')).items[0].number
  for (const [kind, look] of kinds) {
    const stranger = await visit(look)
    await stranger.goto(base + '/login')
    await stranger.getByRole('button', { name: '登录' }).waitFor()
    await looks(stranger, `${kind}-login`)
    await stranger.context().close()

    const page = await as('zhao.wenbo', look)
    const pages = [['workbench', '/?box=mine'], ['empty', '/?box=cc'], ['ticket', '/tickets/' + number], ['ticket-filed', '/tickets/' + filed], ['new', '/new'], ['edit', `/tickets/${draft}/edit`], ['notices', '/notices'], ['standins', '/standins'], ['lost', '/nowhere']]
    for (const [name, path] of pages) {
      await page.goto(base + path)
      await page.locator('main h1').first().waitFor({ state: 'attached' })
      await page.waitForLoadState('networkidle')
      await looks(page, `${kind}-${name}`)
    }
    await page.context().close()

    const signer = await as('zhou.liqun', look)
    await looks(signer, `${kind}-workbench-signer`)
    await signer.goto(`${base}/tickets/${number}`)
    await signer.getByRole('button', { name: /^签署（/ }).click()
    await signer.getByRole('dialog').getByText(/阅读到末尾/).first().waitFor()
    await looks(signer, `${kind}-sign-read`)
    await signer.keyboard.press('Escape')
    const dialog = await toPin(signer, '同意')
    await dialog.getByLabel('签名口令（PIN）').waitFor()
    await looks(signer, `${kind}-sign-pin`)
    await signer.context().close()

    const auditor = await as('cao.yuting', look)
    await auditor.goto(base + '/audit')
    await auditor.locator('table').waitFor()
    await looks(auditor, `${kind}-audit`)
    await auditor.context().close()

    const operator = await as('deng.kai', look)
    await operator.goto(base + '/templates')
    await operator.getByText('当前模板').first().waitFor()
    await looks(operator, `${kind}-templates`)
    await operator.context().close()
  }
  equal(findings, [], 'serious and critical findings of axe')
}

export async function english() {
  const page = await as('zhao.wenbo')
  await page.getByRole('button', { name: /^我的/ }).click()
  await page.getByRole('menuitem', { name: 'English' }).click()
  await page.getByRole('tab', { name: /Waiting for me/ }).waitFor()
  await shot(page, 'english')
}
