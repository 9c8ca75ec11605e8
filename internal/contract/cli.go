package contract

import (
	"fmt"
	"io"
)

// RunCheck is `countersign contract check DIR`: it checks the pack in folder dir and writes one line per problem, or one
// line that says that there is none. It returns the exit code: 0 clean, 1 problems, 2 the folder cannot be read or out
// cannot be written.
func RunCheck(dir string, out io.Writer, options ...Option) int {
	problems, err := Check(dir, options...)
	if err != nil {
		return printed(out, 2, "无法读取合同包 %s：%v\n", dir, err)
	}
	for _, p := range problems {
		if code := printed(out, 1, "%s\n", p); code != 1 {
			return code
		}
	}
	if len(problems) > 0 {
		return printed(out, 1, "合同包 %s 有 %d 个问题\n", dir, len(problems))
	}
	return printed(out, 0, "合同包 %s 检查通过\n", dir)
}

// printed writes a line and returns code, or 2 when the line could not be written.
func printed(out io.Writer, code int, format string, args ...any) int {
	if _, err := fmt.Fprintf(out, format, args...); err != nil {
		return 2
	}
	return code
}
