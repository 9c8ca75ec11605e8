// What people do, in the words of the screens.
import { ask, as, base, local, pins } from './lib.mjs'

const texts = {
  system_name: '公文流转系统', deploy_location: '政务云一区', data_backup_state: '升级前全量备份，已校验可恢复', release_version: 'V3.3.0',
  system_ip: '10.20.30.41', ports: '8080（应用）、5432（数据库）', applicant_unit: '北京华博创科科技股份有限公司', business_office: '办公室', applicant: '赵文博',
  contact: '运维值班电话', release_details: '1. 增加会签部门意见汇总；\n2. 修复分页。', verification_result: '测试环境功能、性能、安全测试均通过，见测试报告。',
  confirm_limit_minutes: '60', backup_statement: '升级前全量备份，保存 30 天。',
}

export const field = (page, key) => page.locator(`[id="f-${key}"]`)

/** choice ticks an option of a choice or a yes/no question. */
export const choice = (page, label, option) => page.getByRole('group', { name: label }).getByRole('radio', { name: option, exact: true }).check()

export async function draftUpgrade(page) {
  await page.goto(base + '/new')
  await page.getByRole('radio', { name: /信息系统升级申请/ }).check()
  await page.getByLabel('选择系统').selectOption('document_flow')
  await page.getByRole('button', { name: '开始填写' }).click()
  await page.waitForURL(/\/tickets\/UPG-[^/]+\/edit$/)
  await field(page, 'deploy_location').waitFor()
  return /UPG-[0-9-]+/.exec(page.url())[0]
}

export async function fillUpgrade(page) {
  for (const [key, text] of Object.entries(texts)) await field(page, key).fill(text)
  await choice(page, /^是否虚拟化/, '是')
  await choice(page, /^发布级别/, '日常发布')
  await choice(page, /^是否影响业务/, '否')
  await field(page, 'upgrade_at').fill(local(-1))
  await field(page, 'expected_done_at').fill(local(30))
  await field(page, 'window_end').fill(local(45))
  await page.getByRole('checkbox', { name: '赵文博' }).check()
  await page.getByRole('checkbox', { name: '孙晓磊' }).check()
  for (const [i, action] of ['停止应用，恢复升级前的程序包', '执行数据库回退脚本并重启应用'].entries()) {
    if (i > 0) await page.getByRole('button', { name: '添加一行' }).click()
    await field(page, `rollback_steps[${i}].action`).fill(action)
    await field(page, `rollback_steps[${i}].check`).fill('版本页显示原版本')
    await field(page, `rollback_steps[${i}].owner`).selectOption({ label: '赵文博（北京华博创科科技股份有限公司）' })
    await field(page, `rollback_steps[${i}].limit_minutes`).fill('15')
  }
  await field(page, 'test_report').setInputFiles({ name: '测试报告.txt', mimeType: 'text/plain', buffer: Buffer.from('全部通过') })
  await page.getByRole('link', { name: '测试报告.txt' }).waitFor()
}

export async function submit(page, number) {
  await page.getByRole('button', { name: '提交会签' }).click()
  await page.waitForURL(`${base}/tickets/${number}`)
}

/** toPin reads the page, decides, and stops before the PIN. */
export async function toPin(page, decision, opinion) {
  await page.getByRole('button', { name: /^签署（/ }).click()
  const dialog = page.getByRole('dialog', { name: /^签署/ })
  await dialog.getByText(/阅读到末尾/).scrollIntoViewIfNeeded()
  await dialog.getByText('已阅读到末尾').waitFor()
  await dialog.getByRole('button', { name: decision, exact: true }).click()
  if (opinion) await dialog.getByLabel('意见', { exact: true }).fill(opinion)
  await dialog.getByRole('button', { name: '下一步' }).click()
  return dialog
}

export async function pin(dialog, digits, small) {
  if (!small) return dialog.getByLabel('签名口令（PIN）').fill(digits)
  for (const d of digits) await dialog.getByRole('button', { name: d, exact: true }).tap()
}

/** sign opens a ticket as somebody and signs it; the window stays open at the result. */
export async function sign(account, number, decision = '同意', opinion = '', options = {}) {
  const page = await as(account, options)
  await page.goto(`${base}/tickets/${number}`)
  const dialog = await toPin(page, decision, opinion)
  await pin(dialog, pins[account], options.small)
  await dialog.getByRole('button', { name: '签署：' + decision }).click()
  await dialog.getByText('已签署：' + decision).waitFor()
  return page
}

/** act carries out one execution step; fill gets the dialog. */
export async function act(page, label, fill = async () => {}) {
  await page.getByRole('region', { name: '我现在可以办理' }).getByRole('button', { name: label, exact: true }).click()
  const dialog = page.getByRole('dialog', { name: label })
  await fill(dialog)
  await dialog.locator('button[type=submit]').click()
  await dialog.waitFor({ state: 'hidden' })
}

export async function state(page, number) {
  return (await ask(page, '/tickets/' + number)).state
}
