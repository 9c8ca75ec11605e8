package ooxml

import "fmt"

// Error says why a file was not accepted.
type Error struct {
	// Code is stable: not_a_docx, too_large, bad_name, bad_xml, active_content, ...
	Code string
	// Message is for the person who sent the file, in Chinese.
	Message string
	// Detail is for the log, in English.
	Detail string
	cause  error
}

// Error returns code and detail; show Message to people instead.
func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("docx %s: %s: %v", e.Code, e.Detail, e.cause)
	}
	return fmt.Sprintf("docx %s: %s", e.Code, e.Detail)
}

// Unwrap returns the cause, if any.
func (e *Error) Unwrap() error { return e.cause }

func refuse(code, message string, cause error, format string, args ...any) *Error {
	return &Error{Code: code, Message: message, Detail: fmt.Sprintf(format, args...), cause: cause}
}
