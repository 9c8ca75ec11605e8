package countersign

import (
	"errors"
	"fmt"
)

// Kind groups error codes by what the caller can do about them; the API maps it to an HTTP status once.
type Kind int

// Kinds of errors.
const (
	KindInternal Kind = iota
	KindInvalid
	KindUnauthenticated
	KindForbidden
	KindNotFound
	KindConflict
	KindTooLarge
	KindTooMany
	KindUnavailable
)

// Error is the one error type that reaches a user: a stable code, a safe Chinese message that says what to do,
// field problems, and a cause that is logged but never shown.
type Error struct {
	Kind    Kind
	Code    string
	Message string
	Fields  []FieldError
	Cause   error
}

// FieldError says what is wrong with one field. Field is a path such as "rollback_steps[1].owner".
type FieldError struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Error implements error with the code, the message and the cause.
func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Cause)
	}
	return e.Code + ": " + e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Because returns a copy of e with the cause err.
func (e *Error) Because(err error) *Error {
	c := *e
	c.Cause = err
	return &c
}

// With returns a copy of e with field problems.
func (e *Error) With(fields ...FieldError) *Error {
	c := *e
	c.Fields = fields
	return &c
}

// Is makes errors.Is compare by code.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Code == e.Code
}

// CodeOf returns the stable code of err, or "internal".
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ErrInternal.Code
}

// ByCode returns the catalogued error with that code, or nil.
func ByCode(code string) *Error {
	for _, e := range catalogue {
		if e.Code == code {
			return e
		}
	}
	return nil
}
