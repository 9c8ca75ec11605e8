package evidence

import (
	"context"
	"os"
	"path/filepath"
	"regexp"

	"countersign/internal/evidence/container"
	"countersign/internal/evidence/opc"
)

// VerifyFile judges a file offline: an evidence pack or a filed Word form, told apart by content. Anything else, also a
// file that cannot be opened, is reported as unreadable.
func VerifyFile(ctx context.Context, path string, options Options) *Report {
	rep := verifyFile(ctx, path, options)
	rep.File = path
	judgeName(rep, path)
	return rep
}

// numberInName finds what looks like a ticket number in a file name.
var numberInName = regexp.MustCompile(`[A-Z]{2,8}-\d{4}-\d{6}`)

// judgeName warns when a file is named like another ticket: a good file that somebody passes off as that of another one.
func judgeName(rep *Report, path string) {
	named, holds := numberInName.FindString(filepath.Base(path)), rep.Summary.Ticket
	if named != "" && holds != "" && named != holds {
		rep.add(Warning, "file_name", "", "文件名是工单 %s，内容却是工单 %s", "the file is named like ticket %s, but it is ticket %s", named, holds)
	}
}

func verifyFile(ctx context.Context, path string, options Options) *Report {
	unknown := newReport(kindUnknown)
	f, err := os.Open(path)
	if err != nil {
		return unknown.unreadable("无法打开文件：%v", "cannot open the file: %v", err)
	}
	defer func() { _ = f.Close() }() // only read from
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return unknown.unreadable("不是普通文件", "not a regular file")
	}
	head := make([]byte, 5)
	n, err := f.ReadAt(head, 0)
	if err != nil && n == 0 {
		return unknown.unreadable("文件为空或无法读取", "the file is empty or cannot be read")
	}
	if string(head[:n]) == "%PDF-" {
		return unknown.unreadable("本版本不对 PDF 加盖签章，请核验 evidence.zip 或 .docx", "PDF is not sealed by this version: verify evidence.zip or the .docx")
	}
	if a, err := container.Open(f, info.Size()); err == nil && opc.IsDocx(a) {
		return verifyDocx(a, options.withDefaults())
	}
	return Verify(ctx, f, info.Size(), options)
}
