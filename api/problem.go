package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
	"github.com/gofiber/fiber/v2"

	"countersign"
)

// Problem is the answer to every request that failed (RFC 9457). Detail is Chinese and says what to do.
type Problem struct {
	Type      string                   `json:"type" doc:"always about:blank; programs switch on code"`
	Title     string                   `json:"title" doc:"HTTP status text"`
	Status    int                      `json:"status"`
	Detail    string                   `json:"detail" doc:"what happened and what to do, in Chinese"`
	Code      string                   `json:"code" doc:"stable code"`
	Errors    []countersign.FieldError `json:"errors,omitempty" doc:"one per field with a problem"`
	RequestID string                   `json:"request_id,omitempty" doc:"names the request in the server's log"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders implements huma.HeadersError: when to try again.
func (p *Problem) GetHeaders() http.Header {
	switch p.Status {
	case http.StatusTooManyRequests:
		return http.Header{"Retry-After": {"60"}}
	case http.StatusServiceUnavailable:
		return http.Header{"Retry-After": {"5"}}
	}
	return nil
}

// Problems of the transport itself, which no handler can cause.
var (
	errMethod   = &countersign.Error{Kind: countersign.KindInvalid, Code: "method_not_allowed", Message: "该地址不支持这种请求方法。"}
	errMedia    = &countersign.Error{Kind: countersign.KindInvalid, Code: "unsupported_media_type", Message: "不支持这种内容类型，请使用 JSON；上传文件请使用 multipart/form-data。"}
	errEncoding = &countersign.Error{Kind: countersign.KindInvalid, Code: "unsupported_encoding", Message: "不接受压缩过的请求内容，请不要设置 Content-Encoding。"}
)

// statusOf maps an error to its HTTP status. It is the only place that does.
func statusOf(e *countersign.Error) int {
	switch e.Code {
	case countersign.ErrMalformed.Code:
		return http.StatusBadRequest
	case errMethod.Code:
		return http.StatusMethodNotAllowed
	case errMedia.Code, errEncoding.Code:
		return http.StatusUnsupportedMediaType
	}
	switch e.Kind {
	case countersign.KindInvalid:
		return http.StatusUnprocessableEntity
	case countersign.KindUnauthenticated:
		return http.StatusUnauthorized
	case countersign.KindForbidden:
		return http.StatusForbidden
	case countersign.KindNotFound:
		return http.StatusNotFound
	case countersign.KindConflict:
		return http.StatusConflict
	case countersign.KindTooLarge:
		return http.StatusRequestEntityTooLarge
	case countersign.KindTooMany:
		return http.StatusTooManyRequests
	case countersign.KindUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// safe turns any error into one that may be shown: what is not catalogued becomes ErrInternal, its cause stays inside.
func safe(err error) *countersign.Error {
	var e *countersign.Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return countersign.ErrUnavailable.Because(err)
	}
	return countersign.ErrInternal.Because(err)
}

func problemOf(e *countersign.Error, requestID string) *Problem {
	status := statusOf(e)
	return &Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: e.Message, Code: e.Code,
		Errors: e.Fields, RequestID: requestID,
	}
}

func init() {
	// huma has one error constructor per program. Ours also translates what huma itself finds wrong with a request.
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return problemOf(transportError(status, message, errs), "")
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		p := problemOf(transportError(status, message, errs), "")
		if c := callFrom(ctx.Context()); c != nil {
			p.RequestID = c.id
		}
		return p
	}
	chineseValidation()
}

// transportError is the catalogued error for a request that huma refused before any handler saw it.
func transportError(status int, message string, errs []error) *countersign.Error {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return countersign.ErrTooLarge
	case http.StatusUnsupportedMediaType:
		return errMedia
	case http.StatusRequestTimeout, http.StatusServiceUnavailable:
		return countersign.ErrUnavailable
	}
	if status >= http.StatusInternalServerError {
		return countersign.ErrInternal.Because(errors.Join(append([]error{errors.New(message)}, errs...)...))
	}
	var fields []countersign.FieldError
	for _, err := range errs {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			detail := d.ErrorDetail()
			fields = append(fields, countersign.FieldError{
				Field: strings.TrimPrefix(detail.Location, "body."), Code: countersign.ErrMalformed.Code, Message: chinese(detail.Message),
			})
		}
	}
	return countersign.ErrMalformed.With(fields...)
}

// chineseValidation gives huma's messages a Chinese wording. Verbs stay as they are.
func chineseValidation() {
	for target, message := range map[*string]string{
		&validation.MsgUnexpectedProperty:            "没有这个字段，请删除",
		&validation.MsgExpectedRequiredProperty:      "缺少字段 %s",
		&validation.MsgExpectedRFC3339DateTime:       "应为 RFC 3339 时间，例如 2024-11-20T20:00:00+08:00",
		&validation.MsgExpectedBoolean:               "应为 true 或 false",
		&validation.MsgExpectedNumber:                "应为数字",
		&validation.MsgExpectedInteger:               "应为整数",
		&validation.MsgExpectedString:                "应为文本",
		&validation.MsgExpectedBase64String:          "应为 Base64 文本",
		&validation.MsgExpectedArray:                 "应为列表",
		&validation.MsgExpectedObject:                "应为对象",
		&validation.MsgExpectedOneOf:                 "应为以下之一：%s",
		&validation.MsgExpectedMinimumNumber:         "不能小于 %v",
		&validation.MsgExpectedMaximumNumber:         "不能大于 %v",
		&validation.MsgExpectedMinLength:             "至少 %d 个字符",
		&validation.MsgExpectedMaxLength:             "最多 %d 个字符",
		&validation.MsgExpectedMatchPattern:          "格式不正确，应符合 %s",
		&validation.MsgExpectedBePattern:             "格式不正确，应为 %s",
		&validation.MsgExpectedMinItems:              "至少 %d 项",
		&validation.MsgExpectedMaxItems:              "最多 %d 项",
		&validation.MsgExpectedArrayItemsUnique:      "各项不能重复",
		&validation.MsgExpectedMaxProperties:         "最多 %d 个字段",
		&validation.MsgExpectedMinProperties:         "至少 %d 个字段",
		&validation.MsgExpectedMatchExactlyOneSchema: "格式不正确",
	} {
		*target = message
	}
}

// chinese rewords the messages that huma has no variable for.
func chinese(message string) string {
	switch {
	case strings.HasPrefix(message, "required ") && strings.HasSuffix(message, " is missing"):
		return "缺少必填内容"
	case message == "invalid integer", message == "invalid float":
		return "应为数字"
	case message == "invalid boolean":
		return "应为 true 或 false"
	case !strings.ContainsFunc(message, func(r rune) bool { return r > 0x2e80 }):
		return "内容无法解析，请检查格式"
	}
	return message
}

// transportStatus is the catalogued error of an error that Fiber raised.
func transportStatus(err error) *countersign.Error {
	var f *fiber.Error
	if !errors.As(err, &f) {
		return safe(err)
	}
	switch f.Code {
	case http.StatusNotFound:
		return countersign.ErrNotFound
	case http.StatusMethodNotAllowed:
		return errMethod
	case http.StatusRequestEntityTooLarge, http.StatusRequestHeaderFieldsTooLarge, http.StatusRequestURITooLong:
		return countersign.ErrTooLarge
	case http.StatusUnsupportedMediaType:
		return errMedia
	case http.StatusRequestTimeout:
		return countersign.ErrUnavailable
	}
	if f.Code < http.StatusInternalServerError {
		return countersign.ErrMalformed
	}
	return countersign.ErrInternal.Because(err)
}
