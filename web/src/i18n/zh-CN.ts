/** The screens' texts in Chinese, the original. */
const zh = {
  app: '三方会签',
  nav: {
    label: '主导航', workbench: '工作台', new: '发起', notices: '消息', standins: '代理', audit: '审计', templates: '模板',
    theme: '外观', themes: { auto: '跟随系统', light: '浅色', dark: '深色' }, language: 'English', logout: '退出登录', me: '我的',
    skip: '跳到正文', help: '键盘快捷键',
  },
  common: {
    cancel: '取消', close: '关闭', ok: '确定', save: '保存', back: '返回', retry: '再试一次', reload: '重新载入', more: '加载更多', copy: '复制', copied: '已复制',
    loading: '正在载入', none: '无', blank: '（未填）', yes: '是', no: '否', required: '必填', download: '下载', remove: '删除', choose: '请选择', search: '搜索',
    of: '第 {n} 版', requestId: '错误编号 {id}', all: '全部', optional: '选填', signedOn: '签于 {at}', for: '代 {name}', by: '办理人', person: '人员', time: '时间',
  },
  login: {
    title: '登录三方会签', account: '账号', password: '口令', go: '登录', working: '正在登录…', expired: '登录已失效',
    expiredText: '请重新登录。本页内容都还在，登录后会继续刚才的操作。', secrets: '口令只发送给本系统，不会保存在浏览器中。',
  },
  problem: {
    offline: '网络不通，请求没有得到答复。本页内容都还在，请检查网络后再试一次。',
    timeout: '服务器没有及时答复。本页内容都还在，请稍后再试一次。',
    client: '页面出错。请重新载入；已填写的内容保存在本机，不会丢失。',
    summary: '请先改正以下 {n} 处',
    notFound: '没有找到该页面', notFoundText: '地址可能有误，或者内容已经移走。', toWorkbench: '回到工作台',
  },
  box: { todo: '待我处理', mine: '我发起的', done: '我已办', cc: '抄送我', all: '全部' },
  empty: {
    todo: '没有等待您处理的工单。需要您签字或办理时，会出现在这里。',
    mine: '您还没有发起过工单。点击“发起”新建一份申请。',
    done: '您还没有办理过工单。', cc: '没有抄送给您的工单。', all: '没有您可以查看的工单。',
    search: '没有找到“{q}”。可以换一个编号或标题中的词，或者到“全部”中查找。', start: '发起申请',
  },
  list: {
    number: '编号', title: '标题', system: '系统', process: '流程', state: '状态', due: '期限', drafter: '发起人', updated: '更新',
    search: '按编号或标题查找', allSystems: '全部系统', allStates: '全部状态', count: '{n} 件', preview: '选中一件工单，在这里阅读和办理。',
    keys: '{slash} 查找，{jk} 上下选择，{enter} 打开',
  },
  party: { implementer: '实施单位', supervisor: '监理单位', client: '综合事务中心' },
  dot: { signed: '已签', waiting: '待签', before: '未到' },
  state: {
    draft: '草稿', signing: '会签中', returned: '已退回', withdrawn: '已撤回', approved: '已批准', executing: '执行中', confirming: '待成功确认',
    rolling_back: '回退中', reporting: '待提交报告', accepting: '待确认报告', filed: '已归档', rejected: '已否决', cancelled: '已作废', expired: '已过期',
  },
  decision: { approve: '同意', return: '退回', reject: '否决', withdraw: '撤回' },
  ticket: {
    form: '申请单', chain: '办理过程', attachments: '附件', documents: '文件', timeline: '全程记录', revisions: '版次', work: '执行', actions: '我现在可以办理',
    code: '校验码', overdue: '已超时', due: '期限', drafter: '发起人', revision: '版次', evidence: '证据包', word: 'Word 申请单', page: '签署页（第 {n} 版）',
    pending: '正在生成', noDocuments: '提交后在这里下载申请单；归档后可下载证据包，离线核验。', noAttachments: '没有附件。',
    waitSign: '等待{who}签署', waitAct: '等待{who}：{what}', waitRevise: '等待发起人修改后重新提交', closed: '工单已结束，无需办理', youNext: '轮到您：{what}',
    youNot: '您现在无需办理。{why}', notYet: '尚未提交，只有起草人能看到。',
    ownDraft: '您是起草人，不能签署自己起草的工单，须由本单位其他签署人办理。', twoParties: '您已在本工单中代表其他方签署，不能再签。',
    changed: '本版修改', changedSince: '第 {n} 版较上一版有 {count} 处修改', showChanges: '显示修改', hideChanges: '不显示修改', noChanges: '与上一版内容相同。',
    returnedWith: '退回意见', edit: '修改申请单', continue: '继续填写', copy: '复制为新申请', certificate: '签名与证书', signature: '签名值', order: '第 {n} 个签名',
    void: '已失效（表单已有新版）', steps: {
      result_client: '成功确认', report_client: '升级报告确认', approval_implementer: '实施单位签署', approval_supervisor: '监理单位签署',
      approval_client: '综合事务中心签署',
    },
    showRefused: '只看被拒绝的操作', refused: '被拒绝', noTimeline: '还没有记录。', formChanged: '表单定义已更新，本单按提交时的版本签署；以 Word 申请单为准。',
    revisionOf: '第 {n} 版 · {who} · {at}', draftRevision: '草稿',
  },
  work: {
    window: '升级窗口', confirmBy: '成功确认截止', notOpen: '距窗口开始', open: '距窗口结束', confirmLeft: '距确认截止', passed: '已过窗口', operators: '操作人员',
    started: '开始执行', deadMan: '到时未签字确认成功，自动转入回退', rollback: '回退步骤', step: '第 {n} 步', action: '操作', check: '检查方法', owner: '责任人',
    limit: '时限', minutes: '{n} 分钟', done: '已执行', confirmed: '已确认', waitDone: '待执行', waitConfirm: '待确认', overdue: '超时', current: '当前',
    outcome: { success: '升级成功', rolled_back: '已按方案回退' },
    failed: { by_hand: '人工转入回退', test_failed: '升级后测试不通过', client_refused: '综合事务中心未确认成功', dead_man_clock: '规定时限内未签字确认成功' },
    confirmStart: '现在开始？开始时间和您的姓名会记入工单。', submit: '提交', done2: '已提交：{state}',
  },
  act: {
    withdraw: '撤回后，已有的签名失效；修改后须重新签署。', cancel: '作废后不能恢复。', remind: '将提醒正在等待的人员，一小时内只能催办一次。', cc: '选择要抄送的人员，他们从现在起可以查看本工单。',
    people: '抄送人员', onBehalf: '您将代 {name} 办理。', done: '已办理', reminded: '已催办',
  },
  sign: {
    title: '签署', read: '阅读', opinion: '意见', pin: '签名', result: '结果', readHint: '请阅读到末尾，再作决定。', readDone: '已阅读到末尾', attachments: '附件 {n} 个',
    decide: '您的决定', opinionLabel: '意见', opinionNeeded: '退回或否决必须写明意见。', phrases: '常用语', next: '下一步',
    phraseList: { approve: ['同意。', '同意，按窗口实施。', '已复核，同意。'], return: ['请补充测试报告。', '回退方案不完整，请补充后重新提交。', '升级窗口不合适，请另选时间。'], reject: ['不同意。', '与需求不符，不予批准。'] },
    waiver: '同意免除提前两个工作日（紧急发布）', handwriting: '手写签名', handwritingAdd: '添加手写签名（可不填）', clear: '重写', what: '您将签署',
    digest: '表单摘要', cert: '证书', certNone: '没有可用的签名证书', pinLabel: '签名口令（PIN）', pinHelp: '用它解开您自己的签名密钥；不会被保存。', sign: '签署', signing: '正在签署…',
    lost: '网络中断，正在用同一编号确认上一次的提交，不会重复签署…', unknown: '网络仍不通，暂时不知道是否已签署。请再试一次：同一次签署只会生效一次。', check: '查看工单状态',
    done: '已签署：{decision}', now: '工单现在：{state}', at: '{at} 已写入签名与审计记录。', nextTicket: '下一件待您处理', noNext: '没有其他待您处理的工单。', openNext: '阅读并办理', toList: '回到工作台', view: '查看本工单',
    backspace: '退格', stale: '表单或步骤已有变化，请关闭后重新阅读。',
  },
  create: {
    title: '发起申请', process: '选择流程', system: '选择系统', start: '开始填写', none: '您没有发起申请的权限。如需发起，请联系管理员授予角色。', clause: '合同条款', chain: '会签顺序', copying: '以 {number} 的内容开始填写',
  },
  edit: {
    title: '填写', saved: '已保存 {at}', saving: '正在保存…', local: '网络不通，已存在本机', restored: '已恢复上次没有保存到服务器的内容。', discard: '放弃本机内容', submit: '提交会签', submitting: '正在提交…',
    conflict: '这份草稿刚在别处改过（另一个窗口或另一名起草人）。', takeTheirs: '载入那里的内容', keepMine: '保留本页内容', word: '读取已填写的 Word 表单', wordTitle: 'Word 表单与当前内容的差异', wordNone: 'Word 表单与当前内容相同。',
    wordApply: '采用选中的 {n} 项', wordProblems: '未能读取', now: '当前内容', file: 'Word 中', addRow: '添加一行', removeRow: '删除第 {n} 行', rowNo: '序号', up: '上移', addFile: '选择文件', uploading: '正在上传 {percent}%', failed: '未上传',
    returnedBecause: '退回意见', cancelTicket: '作废', submitted: '已提交', printed: '下载已提交的 Word 表单', help: '说明', chars: '{n}/{max}', noPeople: '该系统没有可选人员', workdays: '{day}', cancelled: '已作废',
  },
  standins: {
    title: '代理', intro: '休假或外出时，请本单位同事在一段时间内代您办理。代理人用自己的证书签署，签名上会注明代谁办理。', add: '设置代理', person: '代理人', from: '开始', to: '结束', end: '结束代理', active: '生效中', over: '已结束', later: '未开始',
    mine: '{person} 代 {principal}', none: '没有代理设置。',
  },
  notices: { title: '消息', none: '没有消息。', readAll: '全部标为已读', kinds: { reminder: '{who} 催办', cc: '{who} 抄送给您' }, new: '未读' },
  audit: {
    title: '审计记录', chain: '工单编号', person: '人员编号', action: '操作', outcome: '结果', ok: '成功', refused: '被拒绝', from: '从', to: '到', hash: '链值', none: '没有符合条件的记录。', find: '查询', checkpoints: '签名检查点', at: '时间', heads: '链数', make: '现在签一个检查点', detail: '内容', made: '已签检查点 {n}。', who: '人员',
  },
  templates: {
    title: 'Word 模板', source: { built_in: '内置', folder: '安装目录', upload: '上传' }, current: '当前模板', upload: '上传新模板', versions: '历次上传', none: '没有上传过模板。', help: '上传前会检查：每个字段的内容控件都在，且没有多余的。', done: '模板已启用。', by: '上传人',
  },
  keys: { title: '键盘快捷键', search: '查找', down: '下一件', up: '上一件', open: '打开', approve: '打开签署（不会直接签署）', help: '显示本页' },
  event: {
    draft: '保存草稿', attach: '上传附件', detach: '删除附件', submit: '提交', approve: '签署同意', return: '签署退回', reject: '签署否决', withdraw: '撤回', cancel: '作废', remind: '催办', cc: '抄送',
    view: '查看', view_revision: '查看版次', download_attachment: '下载附件', download_page: '下载签署页', download_document: '下载文件', download_evidence: '下载证据包', login: '登录', logout: '退出', view_people: '查看人员',
    view_audit: '查看审计记录', window_passed: '窗口已过', dead_man_clock: '确认时限已到', overdue: '超时', file: '归档', filed: '归档', closed: '流程结束', clock_missed: '超过办理时限', start: '开始', note: '记录说明', record: '填写记录', results: '提交测试结果', rollback: '转入回退',
    rollback_done: '完成回退步骤', rollback_confirm: '确认回退步骤', report: '提交报告', estimate: '反馈预计完成时间', tested: '提交测试结果', standin_add: '设置代理', standin_end: '结束代理', template_upload: '上传模板', download_template: '下载模板', checkpoint: '签检查点',
  },
}

export default zh
export type Messages = typeof zh
