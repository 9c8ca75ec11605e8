package countersign

var catalogue []*Error

func define(kind Kind, code, message string) *Error {
	e := &Error{Kind: kind, Code: code, Message: message}
	catalogue = append(catalogue, e)
	return e
}

// The catalogue: every stable code that leaves the system. A code is never renamed; messages may be improved.
var (
	ErrInternal      = define(KindInternal, "internal", "系统内部出错，已记录。请稍后重试；如仍失败，请把错误编号告诉管理员。")
	ErrUnavailable   = define(KindUnavailable, "unavailable", "服务暂时不可用，您的内容没有提交。请稍后重试。")
	ErrMalformed     = define(KindInvalid, "malformed", "请求内容无法解析，请检查格式后重新提交。")
	ErrInvalid       = define(KindInvalid, "invalid_form", "表单有未填写或填写有误的内容，请按提示逐项修改。")
	ErrTooLarge      = define(KindTooLarge, "too_large", "提交的内容超过大小限制，请压缩或拆分后重试。")
	ErrTooMany       = define(KindTooMany, "too_many_requests", "操作过于频繁，请稍后再试。")
	ErrNotFound      = define(KindNotFound, "not_found", "没有找到该内容，或您无权查看。")
	ErrConflict      = define(KindConflict, "conflict", "内容刚被他人更新，请刷新后重试。")
	ErrIdempotency   = define(KindConflict, "idempotency_mismatch", "同一请求编号已用于不同的内容，请使用新的编号。")
	ErrInProgress    = define(KindConflict, "request_in_progress", "相同的请求正在处理，请稍候查看结果。")
	ErrLogin         = define(KindUnauthenticated, "login_failed", "账号或口令不正确。")
	ErrNoSession     = define(KindUnauthenticated, "no_session", "尚未登录或登录已失效，请重新登录。已填写的内容不会丢失。")
	ErrCSRF          = define(KindForbidden, "csrf", "请求来源校验失败，请刷新页面后重试。")
	ErrForbidden     = define(KindForbidden, "forbidden", "您没有该操作的权限。如需办理，请联系管理员授予相应角色。")
	ErrUnknownProc   = define(KindInvalid, "unknown_process", "没有这种流程，请从流程列表中选择。")
	ErrUnknownSystem = define(KindInvalid, "unknown_system", "合同中没有该系统，请从系统列表中选择。")
	ErrUnknownAction = define(KindInvalid, "unknown_action", "该流程没有这项操作。")

	ErrNotWaiting    = define(KindConflict, "not_waiting", "工单当前不在等待这项操作，请刷新后查看最新状态。")
	ErrWrongStep     = define(KindConflict, "wrong_step", "还没有轮到该步骤，或该步骤已经办理。")
	ErrClosed        = define(KindConflict, "ticket_closed", "工单已经结束，不能再办理。")
	ErrStaleRevision = define(KindConflict, "stale_revision", "表单已有新的版本，请刷新并阅读新版本后再签署。")
	ErrWrongParty    = define(KindForbidden, "wrong_party", "该步骤应由其他单位签署。")
	ErrWrongOrg      = define(KindForbidden, "wrong_organisation", "您所在单位不是该系统在合同中对应的签署单位。")
	ErrOwnDraft      = define(KindForbidden, "own_draft", "起草人不能签署自己起草的工单，请由本单位其他签署人办理。")
	ErrTwoParties    = define(KindForbidden, "two_parties", "您（或您所代理的人）已在本工单中代表其他方签署，不能再签。")
	ErrSamePerson    = define(KindForbidden, "same_person", "执行人与确认人不能是同一人（含代理关系）。")
	ErrNotDrafter    = define(KindForbidden, "not_drafter", "只有起草人可以进行该操作。")
	ErrNotNamed      = define(KindForbidden, "not_named", "只有工单中指定的操作人员可以进行该操作。")
	ErrOpinion       = define(KindInvalid, "opinion_required", "退回或否决时必须填写意见。")
	ErrWaiver        = define(KindInvalid, "waiver_required", "本次为紧急发布且不足两个工作日：如同意，须勾选“同意免除提前两个工作日”；否则请退回。")
	ErrNoWaiver      = define(KindInvalid, "waiver_not_allowed", "只有综合事务中心可以在紧急发布时免除提前两个工作日。")
	ErrTooEarly      = define(KindConflict, "too_early", "还没有到升级窗口的开始时间。")
	ErrTooLate       = define(KindConflict, "too_late", "已经超过规定的时间，不能再进行该操作。")
	ErrWindowPassed  = define(KindConflict, "window_passed", "升级窗口已经过去，不能再同意。请退回，由起草人另选窗口后重新签署。")
	ErrBadFacts      = define(KindInvalid, "bad_action", "操作的内容不完整或不正确，请检查后重试。")
	ErrRemindSoon    = define(KindTooMany, "reminded_recently", "刚刚催办过，请一小时后再催。")

	ErrPIN       = define(KindForbidden, "pin_wrong", "签名口令（PIN）不正确。连续输错将锁定证书。")
	ErrPINLocked = define(KindForbidden, "pin_locked", "签名口令（PIN）输错次数过多，证书已锁定，请办理证书解锁。")
	ErrNoCert    = define(KindForbidden, "no_certificate", "您没有可用的签名证书，请联系证书管理员办理。")
	ErrCertBad   = define(KindForbidden, "certificate_invalid", "您的证书已过期或已吊销，不能签署，请办理证书业务。")

	ErrFileType  = define(KindInvalid, "file_type", "不支持这种文件，请上传 PDF、Word、Excel、图片、文本或压缩包。")
	ErrFileName  = define(KindInvalid, "file_name", "文件名为空、过长或含有不允许的字符。")
	ErrTemplate  = define(KindInvalid, "template_invalid", "模板没有通过检查，请按所列标记修改后重新上传。")
	ErrDocx      = define(KindInvalid, "docx_invalid", "无法读取该 Word 文件，请使用本系统导出的表单填写。")
	ErrStandIn   = define(KindInvalid, "standin_invalid", "代理设置不正确：代理人须为同一单位的其他人员，且结束时间晚于开始时间。")
	ErrCalendar  = define(KindInvalid, "calendar_missing", "合同日历中没有该年度的节假日安排，无法计算工作日，请管理员更新合同包。")
	ErrDuplicate = define(KindConflict, "duplicate", "同样的内容已经存在。")
)
