import type { Messages } from './zh-CN'

/** The screens' texts in English, translated from zh-CN. */
const en: Messages = {
  app: 'Countersign',
  nav: {
    label: 'Main', workbench: 'Work', new: 'New', notices: 'Notices', standins: 'Stand-in', audit: 'Audit', templates: 'Forms',
    theme: 'Theme', themes: { auto: 'system', light: 'light', dark: 'dark' }, language: '中文', logout: 'Log out', me: 'Me', skip: 'Skip to content', help: 'Keyboard shortcuts',
  },
  common: {
    cancel: 'Cancel', close: 'Close', ok: 'OK', save: 'Save', back: 'Back', retry: 'Try again', reload: 'Reload', more: 'Load more', copy: 'Copy', copied: 'Copied',
    loading: 'Loading', none: 'None', blank: '(blank)', yes: 'Yes', no: 'No', required: 'required', download: 'Download', remove: 'Remove', choose: 'Choose', search: 'Search',
    of: 'Revision {n}', requestId: 'Error number {id}', all: 'All', optional: 'optional', signedOn: 'signed {at}', for: 'for {name}', by: 'By', person: 'Person', time: 'Time',
  },
  login: {
    title: 'Log in', account: 'Account', password: 'Password', go: 'Log in', working: 'Logging in…', expired: 'Your session has ended',
    expiredText: 'Please log in again. Everything on this page is still there, and what you were doing goes on.', secrets: 'The password is sent to this system only and never kept in the browser.',
  },
  problem: {
    offline: 'No answer: the network is down. Everything on this page is still there; check the network and try again.',
    timeout: 'The server did not answer in time. Everything on this page is still there; try again later.',
    client: 'The page failed. Please reload; what you typed is kept on this machine.',
    summary: 'Please mend these {n} first', notFound: 'Page not found', notFoundText: 'The address may be wrong, or the content has moved.', toWorkbench: 'Back to work',
  },
  box: { todo: 'Waiting for me', mine: 'Mine', done: 'Done by me', cc: 'Copied to me', all: 'All' },
  empty: {
    todo: 'Nothing waits for you. Whatever needs your signature or work appears here.', mine: 'You have no requests yet. Start one with “New”.',
    done: 'You have not handled any ticket yet.', cc: 'No copies for you.', all: 'No tickets that you may see.',
    search: 'Nothing found for “{q}”. Try another word of number or title, or look in “All”.', start: 'New request',
  },
  list: {
    number: 'Number', title: 'Title', system: 'System', process: 'Process', state: 'State', due: 'Due', drafter: 'Drafter', updated: 'Updated',
    search: 'Find by number or title', allSystems: 'All systems', allStates: 'All states', count: '{n} tickets', preview: 'Choose a ticket to read and handle it here.', keys: '{slash} find, {jk} move, {enter} open',
  },
  party: { implementer: 'Implementer', supervisor: 'Supervisor', client: 'Client' },
  dot: { signed: 'signed', waiting: 'waits', before: 'not yet' },
  state: {
    draft: 'Draft', signing: 'Signing', returned: 'Returned', withdrawn: 'Withdrawn', approved: 'Approved', executing: 'Under way', confirming: 'To confirm',
    rolling_back: 'Rolling back', reporting: 'Report due', accepting: 'Report to accept', filed: 'Filed', rejected: 'Refused', cancelled: 'Cancelled', expired: 'Expired',
  },
  decision: { approve: 'Approve', return: 'Return', reject: 'Refuse', withdraw: 'Withdraw' },
  ticket: {
    form: 'Form', chain: 'Steps', attachments: 'Attachments', documents: 'Files', timeline: 'Timeline', revisions: 'Revisions', work: 'Execution', actions: 'What I can do now',
    code: 'Short code', overdue: 'Overdue', due: 'Due', drafter: 'Drafter', revision: 'Revision', evidence: 'Evidence pack', word: 'Word form', page: 'Signed page (revision {n})',
    pending: 'being made', noDocuments: 'The form can be downloaded here once submitted; the evidence pack once filed, to be checked offline.', noAttachments: 'No attachments.',
    waitSign: 'Waits for the signature of {who}', waitAct: 'Waits for {who}: {what}', waitRevise: 'Waits for the drafter to revise and submit again', closed: 'The ticket is finished', youNext: 'Your turn: {what}',
    youNot: 'Nothing for you to do now. {why}', notYet: 'Not submitted; only its drafter sees it.',
    ownDraft: 'You drafted this ticket and cannot sign it; another signer of your organisation must.', twoParties: 'You have signed this ticket for another party and cannot sign again.',
    changed: 'Changed in this revision', changedSince: 'Revision {n} changed {count} places', showChanges: 'Show changes', hideChanges: 'Hide changes', noChanges: 'Same content as the revision before.',
    returnedWith: 'Returned with', edit: 'Edit the form', continue: 'Go on filling in', copy: 'Copy as a new request', certificate: 'Signature and certificate', signature: 'Signature', order: 'Signature {n}',
    void: 'void (the form has a newer revision)', steps: {
      result_client: 'Confirmation of success', report_client: 'Acceptance of the report', approval_implementer: 'Implementer signs', approval_supervisor: 'Supervisor signs', approval_client: 'Client signs',
    },
    showRefused: 'Refused attempts only', refused: 'refused', noTimeline: 'No entries yet.', formChanged: 'The form definition has changed since; this ticket is signed with the one it was submitted with. The Word form decides.',
    revisionOf: 'Revision {n} · {who} · {at}', draftRevision: 'draft',
  },
  work: {
    window: 'Window', confirmBy: 'Confirm success by', notOpen: 'Opens in', open: 'Closes in', confirmLeft: 'To confirm within', passed: 'Window has passed', operators: 'Operators',
    started: 'Started', deadMan: 'Without a signed success by then it is rolled back', rollback: 'Rollback steps', step: 'Step {n}', action: 'Action', check: 'Check', owner: 'Owner',
    limit: 'Limit', minutes: '{n} min', done: 'done', confirmed: 'confirmed', waitDone: 'to do', waitConfirm: 'to confirm', overdue: 'overdue', current: 'now',
    outcome: { success: 'Upgraded', rolled_back: 'Rolled back as planned' },
    failed: { by_hand: 'Rollback opened by hand', test_failed: 'A test failed', client_refused: 'The client did not confirm success', dead_man_clock: 'No success was signed in time' },
    confirmStart: 'Start now? Time and your name are recorded.', submit: 'Submit', done2: 'Submitted: {state}',
  },
  act: {
    withdraw: 'Signatures become void; after a change all must sign again.', cancel: 'This cannot be undone.', remind: 'Reminds those who are waited for, at most once an hour.', cc: 'Choose people; they may read this ticket from now on.',
    people: 'People', onBehalf: 'You act for {name}.', done: 'Done', reminded: 'Reminded',
  },
  sign: {
    title: 'Sign', read: 'Read', opinion: 'Opinion', pin: 'Sign', result: 'Result', readHint: 'Please read to the end before you decide.', readDone: 'Read to the end', attachments: '{n} attachments',
    decide: 'Your decision', opinionLabel: 'Opinion', opinionNeeded: 'An opinion is needed to return or refuse.', phrases: 'Phrases', next: 'Next',
    phraseList: { approve: ['同意。', '同意，按窗口实施。', '已复核，同意。'], return: ['请补充测试报告。', '回退方案不完整，请补充后重新提交。', '升级窗口不合适，请另选时间。'], reject: ['不同意。', '与需求不符，不予批准。'] },
    waiver: 'Waive the two working days of notice (emergency release)', handwriting: 'Handwriting', handwritingAdd: 'Add a handwritten signature (optional)', clear: 'Clear', what: 'You sign',
    digest: 'Form digest', cert: 'Certificate', certNone: 'no usable certificate', pinLabel: 'Signing PIN', pinHelp: 'It unlocks your own signing key and is never kept.', sign: 'Sign', signing: 'Signing…',
    lost: 'The network broke; asking again under the same number. Nothing is signed twice…', unknown: 'Still no network: it is not known whether you have signed. Try again: one signing counts once.', check: 'Look at the ticket',
    done: 'Signed: {decision}', now: 'The ticket is now: {state}', at: 'Signature and audit entry stored {at}.', nextTicket: 'Next one for you', noNext: 'Nothing else waits for you.', openNext: 'Read and handle', toList: 'Back to work', view: 'See this ticket',
    backspace: 'Backspace', stale: 'Form or step have changed; close and read again.',
  },
  create: { title: 'New request', process: 'Process', system: 'System', start: 'Start', none: 'You may not start requests. Ask the administrator for a role.', clause: 'Clause', chain: 'Order of signatures', copying: 'Starts with the content of {number}' },
  edit: {
    title: 'Fill in', saved: 'Saved {at}', saving: 'Saving…', local: 'No network; kept on this machine', restored: 'Restored what had not reached the server.', discard: 'Drop the local content', submit: 'Submit for signing', submitting: 'Submitting…',
    conflict: 'This draft was just changed elsewhere (another window or drafter).', takeTheirs: 'Load that content', keepMine: 'Keep this page’s content', word: 'Read a filled-in Word form', wordTitle: 'Differences to the Word form', wordNone: 'The Word form has the same content.',
    wordApply: 'Take the chosen {n}', wordProblems: 'Could not be read', now: 'Now', file: 'In Word', addRow: 'Add a row', removeRow: 'Remove row {n}', rowNo: 'No.', up: 'Up', addFile: 'Choose files', uploading: 'Uploading {percent}%', failed: 'Not uploaded',
    returnedBecause: 'Returned with', cancelTicket: 'Cancel the request', submitted: 'Submitted', printed: 'Download the submitted Word form', help: 'Help', chars: '{n}/{max}', noPeople: 'Nobody to choose for this system', workdays: '{day}', cancelled: 'Cancelled',
  },
  standins: {
    title: 'Stand-ins', intro: 'While you are away a colleague of your organisation can act for you. They sign with their own certificate, and the signature says for whom.', add: 'Add a stand-in', person: 'Colleague', from: 'From', to: 'To', end: 'End', active: 'in force', over: 'ended', later: 'later',
    mine: '{person} for {principal}', none: 'No stand-ins.',
  },
  notices: { title: 'Notices', none: 'No notices.', readAll: 'Mark all as read', kinds: { reminder: '{who} reminds you', cc: '{who} sent you a copy' }, new: 'unread' },
  audit: {
    title: 'Audit log', chain: 'Ticket number', person: 'Person ID', action: 'Action', outcome: 'Outcome', ok: 'ok', refused: 'refused', from: 'From', to: 'To', hash: 'Hash', none: 'No entries.', find: 'Find', checkpoints: 'Signed checkpoints', at: 'Time', heads: 'Chains', make: 'Sign a checkpoint now', detail: 'Detail', made: 'Checkpoint {n} signed.', who: 'Person',
  },
  templates: {
    title: 'Word templates', source: { built_in: 'built in', folder: 'folder', upload: 'upload' }, current: 'In force', upload: 'Upload a template', versions: 'Uploads', none: 'No uploads.', help: 'Checked first: every field has its content control, and there are no others.', done: 'The template is in force.', by: 'By',
  },
  keys: { title: 'Keyboard shortcuts', search: 'Find', down: 'Next', up: 'Previous', open: 'Open', approve: 'Open signing (never signs by itself)', help: 'Show this' },
  event: {
    draft: 'Saved the draft', attach: 'Attached', detach: 'Removed a file', submit: 'Submitted', approve: 'Signed: approve', return: 'Signed: return', reject: 'Signed: refuse', withdraw: 'Withdrew', cancel: 'Cancelled', remind: 'Reminded', cc: 'Sent a copy',
    view: 'Viewed', view_revision: 'Viewed a revision', download_attachment: 'Downloaded an attachment', download_page: 'Downloaded the page', download_document: 'Downloaded a file', download_evidence: 'Downloaded the evidence', login: 'Logged in', logout: 'Logged out', view_people: 'Viewed people',
    view_audit: 'Viewed the audit log', window_passed: 'Window passed', dead_man_clock: 'Time to confirm ran out', overdue: 'Overdue', file: 'Filed', filed: 'Filed', closed: 'Closed', clock_missed: 'Missed a deadline', start: 'Started', note: 'Noted', record: 'Recorded', results: 'Reported tests', rollback: 'Opened the rollback',
    rollback_done: 'Rollback step done', rollback_confirm: 'Rollback step confirmed', report: 'Reported', estimate: 'Estimated', tested: 'Reported tests', standin_add: 'Added a stand-in', standin_end: 'Ended a stand-in', template_upload: 'Uploaded a template', download_template: 'Downloaded a template', checkpoint: 'Signed a checkpoint',
  },
}

export default en
