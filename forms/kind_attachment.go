package forms

import (
	"fmt"
	"strings"
)

// attachmentKind is a place for files. The files are stored elsewhere, so the
// field has no value in the form's JSON: Env.Attachments tells how many there
// are, Document.Attachments what they are called.
type attachmentKind struct{ scalarKind }

const kindAttachment = "attachment"

func (attachmentKind) name() string      { return kindAttachment }
func (attachmentKind) column() bool      { return false }
func (attachmentKind) options() []string { return []string{"min_count"} }

func (attachmentKind) accept(c *checker, _ *Field, at spot, _ any) any {
	c.report(at.path, "not_a_value", at.label+"是附件，请通过上传附件提交。")
	return nil
}

func (attachmentKind) absent(c *checker, f *Field, at spot, required bool) {
	least := f.MinCount
	if required {
		least = max(least, 1)
	}
	if have := c.env.Attachments[f.Key]; have < least {
		c.report(at.path, "too_few_files", fmt.Sprintf("%s至少上传 %d 个文件，现有 %d 个。", at.label, least, have))
	}
}

func (attachmentKind) schema(*Field) map[string]any { return nil }

// slots makes the control optional: many paper forms only say 可详附文档.
func (attachmentKind) slots(_ *Field, tag, label string) []slot {
	return []slot{{tag: tag, alias: label, kinds: textControls}}
}

func (attachmentKind) print(p *printer, f *Field, tag string, _ any) {
	if names := p.attachments[f.Key]; len(names) > 0 {
		p.text(tag, strings.Join(names, "\n"))
	}
}

func (attachmentKind) read(*reader, *Field, string, spot) any { return nil }
