package forms

import (
	"errors"

	"countersign/forms/ooxml"
)

// FileError says why an uploaded Word file was not accepted.
type FileError struct {
	// Code is stable: not_a_docx, too_large, bad_name, bad_xml, unsupported, active_content, bad_picture.
	Code string
	// Message is for the person who sent the file, in Chinese.
	Message string
	cause   error
}

// Error returns the technical reason; show Message to people instead.
func (e *FileError) Error() string { return e.cause.Error() }

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.cause }

// fileError turns an error of ooxml into the error of this package.
func fileError(err error) *FileError {
	var known *ooxml.Error
	if errors.As(err, &known) {
		return &FileError{Code: known.Code, Message: known.Message, cause: err}
	}
	return &FileError{Code: "unreadable", Message: "文件无法处理，请用 Word 重新保存后再试。", cause: err}
}
