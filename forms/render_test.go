package forms_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"countersign/forms"
)

// printedLabels lists what the pages of the upgrade form print, in order.
func printedLabels() []string {
	labels := []string{"信息系统升级申请单(功能调整)"}
	for _, p := range printed {
		labels = append(labels, p.label)
	}
	// The sign-off rows stand before 备注, the title is repeated on the second page.
	return append(labels[:len(labels)-3], "信息系统升级申请单(功能调整)", "回退方案", "验证结果", "监理单位意见", "综合事务中心", "备注",
		"附：升级执行约定", "回退步骤", "附：升级执行记录", "升级后测试", "升级记录", "升级报告", "成功确认", "升级报告确认")
}

// filledValues are texts of the filled form, in order.
var filledValues = []string{"养老服务综合管理系统", "☑日常发布", "REQ-2026-000012", "2026年11月23日20:00", "一、新增补贴发放批次核对功能。", "二、涉及应用服务器2台",
	"资料齐全，同意实施。", "孙若兰（代周静签）", "2026年11月19日", "升级期间由运维值守。", "赵明远、钱立秋", "恢复数据库快照", "升级成功，业务正常。"}

// TestLibreOfficeRenders lets LibreOffice lay the forms out and looks at the
// pages: how many there are, and whether everything printed stands in order.
// Run with -artifacts to keep the PDFs for looking at them.
func TestLibreOfficeRenders(t *testing.T) {
	d, tmpl := upgrade(t)
	requirement, requirementTemplate := load(t, "../workflows/requirement")
	fill := func(form *forms.Definition, template *forms.Template, doc forms.Document) []byte {
		docx, err := template.Fill(form, doc)
		if err != nil {
			t.Fatal(err)
		}
		return docx
	}
	tests := []struct {
		name  string
		docx  []byte
		pages string
		want  []string
	}{
		{"upgrade-blank", tmpl.Bytes(), "5", printedLabels()},
		{"upgrade-filled", fill(d, tmpl, upgradeDocument(t)), "5", printedLabels()},
		{"upgrade-values", fill(d, tmpl, upgradeDocument(t)), "5", filledValues},
		{"requirement-filled", fill(requirement, requirementTemplate, requirementDocument()), "1",
			[]string{"需求申请单", "补贴发放批次核对", "2026年12月31日", "二、差异标红并可导出。", "需求申请人确认签字", "李成栋", "2026年11月2日", "2026年12月20日"}},
	}
	dir := t.ArtifactDir()
	var files []string
	for _, tt := range tests {
		file := filepath.Join(dir, tt.name+".docx")
		if err := os.WriteFile(file, tt.docx, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	convert(t, "pdf", dir, files...)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pdf := filepath.Join(dir, tt.name+".pdf")
			if pages := regexp.MustCompile(`Pages:\s+(\d+)`).FindStringSubmatch(poppler(t, "pdfinfo", pdf)); pages == nil || pages[1] != tt.pages {
				t.Errorf("pages %v, want %s", pages, tt.pages)
			}
			text := strings.Join(strings.Fields(poppler(t, "pdftotext", "-layout", pdf, "-")), "")
			rest := text
			for _, want := range tt.want {
				want = strings.Join(strings.Fields(want), "")
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Errorf("%s is missing or out of order", want)
					continue
				}
				rest = after
			}
		})
	}
}

func poppler(t *testing.T, tool string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		t.Fatalf("%s is missing: install the Debian package poppler-utils", tool)
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", tool, err, out)
	}
	return string(out)
}
