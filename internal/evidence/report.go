package evidence

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"countersign"
)

// Severity of a finding. Only faults make a file invalid.
type Severity string

// Severities.
const (
	Fault   Severity = "fault"
	Warning Severity = "warning" // true, and worth knowing, but no proof of a fault
	Note    Severity = "note"
)

// Finding is one thing that the verifier has to say. Code is stable; File is the path inside the pack, "" for the whole.
type Finding struct {
	Severity  Severity `json:"severity"`
	Code      string   `json:"code"`
	File      string   `json:"file,omitempty"`
	MessageZH string   `json:"message_zh"`
	MessageEN string   `json:"message_en"`
}

// SignedBy is one line of the summary: who signed what, when.
type SignedBy struct {
	Seq          int                  `json:"seq"`
	Revision     int                  `json:"revision"`
	Step         string               `json:"step"`
	Party        countersign.Party    `json:"party"`
	Organisation string               `json:"organisation"`
	Person       string               `json:"person"`
	OnBehalfOf   string               `json:"on_behalf_of,omitempty"`
	Decision     countersign.Decision `json:"decision"`
	Opinion      string               `json:"opinion"`
	At           time.Time            `json:"at"`
	Counts       bool                 `json:"counts"`
}

// Summary says what was verified.
type Summary struct {
	Ticket     string            `json:"ticket,omitempty"`
	Title      string            `json:"title,omitempty"`
	Process    string            `json:"process,omitempty"`
	Contract   string            `json:"contract,omitempty"`
	System     string            `json:"system,omitempty"`
	State      countersign.State `json:"state,omitempty"`
	Revision   int               `json:"revision,omitempty"`
	ShortCode  string            `json:"short_code,omitempty"` // 校验码 of a Word form, as printed on the page
	SealedAt   *time.Time        `json:"sealed_at,omitempty"`
	Files      int               `json:"files,omitempty"`
	Signatures []SignedBy        `json:"signatures,omitempty"`
}

// Report is the verdict on one file.
type Report struct {
	File       string    `json:"file,omitempty"`
	Kind       string    `json:"kind"` // evidence-pack, docx or unknown
	Valid      bool      `json:"valid"`
	Unreadable bool      `json:"unreadable"`
	RootSHA256 string    `json:"root_sha256,omitempty"` // fingerprint of the trust anchor used
	Summary    Summary   `json:"summary"`
	Findings   []Finding `json:"findings"`
}

// Kinds of files.
const (
	kindPack    = "evidence-pack"
	kindDocx    = "docx"
	kindUnknown = "unknown"
)

// Exit codes of "countersign verify".
const (
	ExitValid      = 0
	ExitInvalid    = 1
	ExitUnreadable = 2
)

// maxFindings keeps the report on a hostile file short.
const maxFindings = 200

func newReport(kind string) *Report { return &Report{Kind: kind, Valid: true, Findings: []Finding{}} }

// fault adds a fault. Both format strings take the same arguments.
func (r *Report) fault(code, file, zh, en string, args ...any) {
	r.Valid = false
	r.add(Fault, code, file, zh, en, args...)
}

func (r *Report) add(s Severity, code, file, zh, en string, args ...any) {
	if len(r.Findings) < maxFindings {
		r.Findings = append(r.Findings, Finding{s, code, file, phrase(zh, args), phrase(en, args)})
	}
}

// phrase formats one language; arguments that only the other language uses are left out.
func phrase(format string, args []any) string {
	text, _, _ := strings.Cut(fmt.Sprintf(format, args...), "%!(EXTRA")
	return oneLine(text)
}

// oneLine keeps text from a hostile file from moving the cursor or forging lines of the report.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

// unreadable marks the file as one that cannot be judged at all.
func (r *Report) unreadable(zh, en string, args ...any) *Report {
	r.Unreadable = true
	r.fault("unreadable", "", zh, en, args...)
	return r
}

// ExitCode maps the verdict: 0 valid, 1 not valid, 2 unreadable.
func (r *Report) ExitCode() int {
	switch {
	case r.Unreadable:
		return ExitUnreadable
	case !r.Valid:
		return ExitInvalid
	}
	return ExitValid
}

// JSON returns the report as indented JSON with a final line break.
func (r *Report) JSON() ([]byte, error) {
	out, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return append(out, '\n'), nil
}

// beijing is the zone in which times are printed; it has no daylight saving.
var beijing = time.FixedZone("UTC+8", 8*3600)

func clock(t time.Time) string { return t.In(beijing).Format("2006-01-02 15:04:05") }

// Print writes the report for people: the verdict first, then who signed what, then every finding.
func (r *Report) Print(w io.Writer) error {
	var b strings.Builder
	verdict := map[int]string{ExitValid: "有效", ExitInvalid: "无效", ExitUnreadable: "无法读取"}[r.ExitCode()]
	fmt.Fprintf(&b, "%s：%s\n", verdict, r.File)
	s := r.Summary
	switch {
	case r.Kind == kindDocx && s.Ticket != "":
		fmt.Fprintf(&b, "封存的是工单 %s 的表单第 %d 版，校验码 %s\n", oneLine(s.Ticket), s.Revision, oneLine(s.ShortCode))
	case s.Ticket != "":
		fmt.Fprintf(&b, "工单 %s %s\n合同 %s，系统 %s，流程 %s，状态 %s，表单第 %d 版\n",
			oneLine(s.Ticket), oneLine(s.Title), oneLine(s.Contract), oneLine(s.System), oneLine(s.Process),
			oneLine(s.State.Label()), s.Revision)
	}
	if s.SealedAt != nil {
		fmt.Fprintf(&b, "归档签章时间 %s（北京时间），文件 %d 个\n", clock(*s.SealedAt), s.Files)
	}
	if r.RootSHA256 != "" {
		fmt.Fprintf(&b, "根证书 SHA-256 指纹 %s\n", r.RootSHA256)
	}
	if len(s.Signatures) > 0 {
		b.WriteString("签名（北京时间）：\n")
	}
	for _, g := range s.Signatures {
		printSigned(&b, g)
	}
	for _, f := range r.Findings {
		label := map[Severity]string{Fault: "错误", Warning: "注意", Note: "说明"}[f.Severity]
		where := ""
		if f.File != "" {
			where = f.File + "："
		}
		fmt.Fprintf(&b, "[%s] %s%s（%s: %s）\n", label, where, f.MessageZH, f.Code, f.MessageEN)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func printSigned(b *strings.Builder, g SignedBy) {
	who := g.Person
	if g.OnBehalfOf != "" {
		who += "（代 " + g.OnBehalfOf + "）"
	}
	line := fmt.Sprintf("%s %s %s %s %s", g.Step, g.Party.Label(), g.Organisation, who, g.Decision.Label())
	if g.Opinion != "" {
		line += "：" + g.Opinion
	}
	if !g.Counts {
		line += "（已失效）"
	}
	fmt.Fprintf(b, "  %d. %s 第%d版 %s\n", g.Seq, clock(g.At), g.Revision, oneLine(line))
}
