// An upgrade as the people concerned carry it out: returned, revised, signed on phones, carried out, reported, filed.
import { ask, as, base, equal, local, login, password, pins, shot, visit } from './lib.mjs'
import { act, draftUpgrade, field, fillUpgrade, pin, sign, state, submit, toPin } from './steps.mjs'

export async function upgradeFromDraftToFiling() {
  const engineer = await as('zhao.wenbo')
  const number = await draftUpgrade(engineer)
  await engineer.getByRole('button', { name: '提交会签' }).click()
  const summary = engineer.getByRole('alert')
  await summary.getByText(/请先改正以下 \d+ 处/).waitFor()
  await shot(engineer, 'edit-errors')
  await summary.getByRole('button', { name: /回退方案/ }).first().click()
  equal(await engineer.evaluate(() => document.activeElement.id), 'f-rollback_plan', 'the summary leads to the field')
  await fillUpgrade(engineer)
  await field(engineer, 'rollback_plan').fill('恢复升级前的程序包。')
  await shot(engineer, 'edit')
  await submit(engineer, number)
  equal(await state(engineer, number), 'signing', 'state after submit')

  const first = await sign('zhou.liqun', number)
  await shot(first, 'sign-result')
  await sign('han.minghui', number, '退回', '回退方案过于简单，请写明脚本和复核方法。')
  equal(await state(first, number), 'returned', 'state after return')

  await engineer.goto(`${base}/tickets/${number}`)
  await engineer.getByText('回退方案过于简单').first().waitFor()
  await shot(engineer, 'ticket-returned')
  await engineer.getByRole('link', { name: '修改申请单' }).click()
  await field(engineer, 'rollback_plan').fill('恢复升级前的程序包，执行 rollback.sql，重启后三人复核。')
  await submit(engineer, number)

  await sign('zhou.liqun', number)
  const officer = await as('tang.xueqin')
  await officer.goto(`${base}/tickets/${number}`)
  equal(await officer.locator('.paper ins').first().textContent(), '恢复升级前的程序包，执行 rollback.sql，重启后三人复核。', 'the change is marked')
  await shot(officer, 'ticket-changes')
  await sign('tang.xueqin', number, '同意', '', { small: true })
  const client = await sign('li.suzhen', number, '同意', '同意，按窗口实施。', { small: true })
  await shot(client, 'phone-sign-result')
  equal(await state(client, number), 'approved', 'state after three signatures')

  await engineer.goto(`${base}/tickets/${number}`)
  await engineer.getByText('距窗口结束').waitFor()
  await act(engineer, '开始升级')
  await act(engineer, '记录执行说明', (d) => d.getByLabel(/^说明/).fill('备份完成，开始部署。'))
  await act(engineer, '填写升级记录', async (d) => {
    await d.getByLabel(/^升级时间/).fill('今晚')
    await d.getByLabel(/^内容/).fill('部署 V3.3.0')
    await d.getByLabel(/^操作步骤/).fill('停应用；备份；替换；启动；验证。')
  })
  await shot(engineer, 'ticket-executing')
  await act(engineer, '提交升级后测试结果', async (d) => {
    for (const test of ['功能测试', '性能测试', '安全测试']) await d.getByRole('group', { name: new RegExp('^' + test) }).getByRole('radio', { name: '通过', exact: true }).check()
  })
  await sign('li.suzhen', number, '同意', '已现场验证，升级成功。', { small: true })
  await engineer.reload()
  await act(engineer, '提交升级报告', async (d) => {
    await d.getByLabel(/^升级内容/).fill('升级至 V3.3.0')
    await d.getByLabel(/^测试结果/).fill('均通过')
  })
  await sign('li.suzhen', number, '同意', '报告属实，同意归档。')
  equal(await state(client, number), 'filed', 'state at the end')
  await engineer.reload()
  await engineer.getByRole('link', { name: '证据包' }).waitFor({ timeout: 60_000 })
  await shot(engineer, 'ticket-filed')
  const [file] = await Promise.all([engineer.waitForEvent('download'), engineer.getByRole('link', { name: '证据包' }).click()])
  equal(file.suggestedFilename().endsWith('evidence.zip'), true, 'the evidence pack is downloaded')
}

export async function failedTestRollsBack() {
  const engineer = await as('zhao.wenbo')
  const number = await draftUpgrade(engineer)
  await fillUpgrade(engineer)
  await field(engineer, 'rollback_plan').fill('恢复升级前的程序包。')
  await submit(engineer, number)
  for (const account of ['zhou.liqun', 'han.minghui', 'ma.guodong']) await sign(account, number)
  await engineer.reload()
  await act(engineer, '开始升级')
  await act(engineer, '转入回退', (d) => d.getByLabel(/^回退原因/).fill('首页打不开'))
  const witness = await as('sun.xiaolei')
  for (let step = 0; step < 2; step++) {
    await engineer.reload()
    await act(engineer, '完成回退步骤')
    await witness.goto(`${base}/tickets/${number}`)
    if (step === 0) await shot(witness, 'ticket-rollback')
    await act(witness, '确认回退步骤', (d) => d.getByRole('radio', { name: '通过', exact: true }).check())
  }
  equal(await state(engineer, number), 'reporting', 'state after the rollback')
}

export async function lostAnswerSignsOnce() {
  const engineer = await as('zhao.wenbo')
  const number = await draftUpgrade(engineer)
  await fillUpgrade(engineer)
  await field(engineer, 'rollback_plan').fill('恢复升级前的程序包。')
  await submit(engineer, number)
  const page = await as('zhou.liqun', { small: true })
  await page.goto(`${base}/tickets/${number}`)
  const dialog = await toPin(page, '同意')
  const keys = []
  await page.route('**/decisions', async (route) => {
    keys.push(route.request().headers()['idempotency-key'])
    if (keys.length === 1) await route.fetch() // it arrives, but nobody hears of it
    if (keys.length < 6) return route.abort()
    return route.continue()
  })
  await pin(dialog, pins['zhou.liqun'], true)
  await shot(page, 'phone-sign-pin', false)
  await dialog.getByRole('button', { name: '签署：同意' }).click()
  await dialog.getByText('不会重复签署').waitFor()
  await dialog.getByText('暂时不知道是否已签署').waitFor()
  await shot(page, 'phone-sign-lost', false)
  await dialog.getByRole('button', { name: '再试一次' }).click()
  await dialog.getByText('已签署：同意').waitFor()
  equal(new Set(keys).size, 1, 'keys used for one signature')
  const ticket = await ask(page, '/tickets/' + number)
  equal(ticket.signatures.length, 1, 'signatures')
  equal(ticket.step, 'approval.supervisor', 'waiting step')
}

export async function expiredSessionLosesNothing() {
  const page = await as('zhao.wenbo')
  const number = await draftUpgrade(page)
  await page.context().clearCookies()
  await field(page, 'ports').fill('8443')
  const again = page.getByRole('dialog', { name: '登录已失效' })
  await again.waitFor()
  await shot(page, 'relogin', false)
  await again.getByLabel('口令').fill(password)
  await again.getByRole('button', { name: '登录' }).click()
  await page.getByText(/已保存/).waitFor()
  equal((await ask(page, '/tickets/' + number)).form.ports, '8443', 'what was typed')
}

export async function typedOfflineComesBack() {
  const page = await as('sun.xiaolei', { expected: ['ERR_INTERNET_DISCONNECTED'] })
  const number = await draftUpgrade(page)
  await page.context().setOffline(true)
  await field(page, 'ports').fill('9443')
  await page.getByText('网络不通，已存在本机').waitFor()
  page.on('dialog', (d) => d.accept())
  await page.context().setOffline(false)
  await page.route('**/form', (r) => (r.request().method() === 'PUT' ? r.abort() : r.continue()))
  await page.reload()
  await page.unroute('**/form')
  await page.getByText('已恢复上次没有保存').waitFor()
  equal(await field(page, 'ports').inputValue(), '9443', 'what was typed')
  await page.getByText(/已保存/).waitFor()
  equal((await ask(page, '/tickets/' + number)).form.ports, '9443', 'what was saved')
}

export async function twoWindowsDoNotOverwrite() {
  const one = await as('zhao.wenbo')
  const number = await draftUpgrade(one)
  const two = await visit()
  await login(two, 'zhao.wenbo')
  await two.goto(`${base}/tickets/${number}/edit`)
  await field(two, 'ports').waitFor()
  await field(one, 'ports').fill('1111')
  await one.getByText(/已保存/).waitFor()
  await field(two, 'ports').fill('2222')
  await two.getByText('刚在别处改过').waitFor()
  equal((await ask(one, '/tickets/' + number)).form.ports, '1111', 'the first window keeps what it saved')
  await two.getByRole('button', { name: '载入那里的内容' }).click()
  equal(await field(two, 'ports').inputValue(), '1111', 'the second window takes it over')
}

export async function keyboardFindsAndOpens() {
  const page = await as('li.suzhen')
  await page.keyboard.press('/')
  equal(await page.evaluate(() => document.activeElement.type), 'search', '/ goes to the search')
  await page.getByRole('tab', { name: /全部/ }).click()
  await page.getByRole('link', { name: /UPG-/ }).first().waitFor()
  await page.locator('body').click({ position: { x: 5, y: 500 } })
  await page.keyboard.press('j')
  await page.keyboard.press('k')
  const chosen = await page.locator('[aria-current="true"] .number').textContent()
  await page.keyboard.press('Enter')
  await page.waitForURL(`${base}/tickets/${chosen}`)
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: '键盘快捷键' }).waitFor()
}

export async function hostileTextStaysText() {
  const page = await as('zhao.wenbo')
  const number = await draftUpgrade(page)
  const evil = '<img src=x onerror="document.title=1"><script>alert(1)</script>'
  await field(page, 'ports').fill(evil)
  await field(page, 'release_version').fill('"><svg onload=alert(1)>')
  await page.getByText(/已保存/).waitFor()
  await page.goto(`${base}/tickets/${number}`)
  await page.getByText(evil).waitFor()
  equal(await page.locator('.paper img, .paper svg, .paper script').count(), 0, 'elements made of text')
  await page.goto(base + '/?box=mine')
  await page.getByText('"><svg onload=alert(1)>').first().waitFor()
}

export async function requirementIsSignedEstimatedAndTested() {
  const page = await as('zhao.wenbo')
  await page.goto(base + '/new')
  await page.getByRole('radio', { name: /需求申请/ }).check()
  await page.getByLabel('选择系统').selectOption('document_flow')
  await page.getByRole('button', { name: '开始填写' }).click()
  await page.waitForURL(/\/REQ-[^/]+\/edit$/)
  const number = /REQ-[0-9-]+/.exec(page.url())[0]
  await field(page, 'requirement_name').fill('会签意见汇总')
  await field(page, 'business_office').fill('办公室')
  await field(page, 'requester').selectOption({ label: '何静（中共北京市委社会工作委员会北京市民政局综合事务中心）' })
  await field(page, 'description').fill('按处室汇总会签意见并导出。')
  await submit(page, number)
  await sign('he.jing', number)
  await page.reload()
  await act(page, '反馈预计完成时间', (d) => d.getByLabel(/^预计完成时间/).fill(local(60 * 24 * 14).slice(0, 10)))
  await act(page, '提交测试环境测试结果', (d) => d.getByRole('radio', { name: '通过', exact: true }).check())
  equal(await state(page, number), 'filed', 'state of the requirement')
}
