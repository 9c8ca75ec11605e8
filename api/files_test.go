package api

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"countersign"
	"countersign/forms"
	"countersign/internal/store"
	"countersign/workflows/signoff"
	"countersign/workflows/upgrade"
)

func TestAttachments(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Limits.Attachments = 4; c.Limits.Upload = 64 << 10 })
	var made AnswerBody
	w.must(w.as("P004", "POST", "/tickets", map[string]any{"process": "upgrade", "system": testSystem, "form": map[string]any{}, "draft": true}), 201).decode(t, &made)
	path := "/tickets/" + made.Number + "/attachments"
	pdf := []byte("%PDF-1.7\n...")
	for _, c := range []struct {
		name, person, file, field string
		content                   []byte
		status                    int
		code                      string
	}{
		{"report", "P004", "测试报告.pdf", "test_report", pdf, 201, ""},
		{"same name", "P004", "测试报告.pdf", "test_report", []byte("%PDF-1.4 other"), 201, ""},
		{"path of another system", "P004", `C:\Users\x\..\报告.txt`, "test_report", []byte("ok"), 201, ""},
		{"traversal", "P004", "../../etc/passwd.txt", "test_report", []byte("ok"), 201, ""},
		{"one too many", "P004", "a.txt", "test_report", []byte("ok"), 413, "too_large"},
		{"unknown field", "P004", "a.txt", "nonsense", []byte("ok"), 400, "malformed"},
		{"field that takes no files", "P004", "a.txt", "release_version", []byte("ok"), 400, "malformed"},
		{"another person", "P005", "a.txt", "test_report", []byte("ok"), 403, "not_drafter"},
		{"another company", "P001", "a.txt", "test_report", []byte("ok"), 404, "not_found"},
	} {
		a := w.upload(c.person, "POST", path, c.file, c.content, "field", c.field)
		if a.StatusCode != c.status || a.code() != c.code {
			t.Errorf("%s: got %d %s", c.name, a.StatusCode, a.body)
		}
	}
	attachments, err := w.store.Attachments(context.Background(), made.Number)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range attachments {
		names = append(names, a.Name)
	}
	if want := []string{"测试报告.pdf", "测试报告 (2).pdf", "报告.txt", "passwd.txt"}; !slices.Equal(names, want) {
		t.Errorf("names %q, want %q", names, want)
	}
	one := fmt.Sprintf("%s/%d", path, attachments[0].ID)
	a := w.must(w.as("P004", "GET", one, nil), 200)
	if a.body != string(pdf) || a.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment;") ||
		!strings.Contains(a.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("download: %v %q", a.Header, a.body)
	}
	w.must(w.as("P004", "DELETE", one, nil), 204)
	if a := w.as("P004", "GET", one, nil); a.StatusCode != 404 {
		t.Errorf("a removed attachment is still there: %d", a.StatusCode)
	}
	entries, _, err := w.store.AuditEntries(context.Background(), store.AuditQuery{Chain: made.Number, Action: "download_attachment"}, store.Page{})
	if err != nil || len(entries) != 1 || entries[0].Detail["sha256"] != attachments[0].SHA256 || entries[0].Person != "P004" {
		t.Errorf("the download is not recorded: %+v %v", entries, err)
	}
}

func TestCheckFile(t *testing.T) {
	long := strings.Repeat("长", 121) + ".txt"
	for _, c := range []struct {
		name, content, want string
		err                 *countersign.Error
	}{
		{"a.txt", "text", "a.txt", nil},
		{"报告 v1.docx", "PK\x03\x04...", "报告 v1.docx", nil},
		{"A.PDF", "%PDF-1.4", "A.PDF", nil},
		{"a.pdf", "MZ\x90", "", countersign.ErrFileType},
		{"a.exe", "MZ\x90", "", countersign.ErrFileType},
		{"a.txt", "bin\x00ary", "", countersign.ErrFileType},
		{"a.html", "<script>", "", countersign.ErrFileType},
		{"a.svg", "<svg>", "", countersign.ErrFileType},
		{"noextension", "x", "", countersign.ErrFileType},
		{"a.txt", "", "", countersign.ErrFileType},
		{"", "x", "", countersign.ErrFileName},
		{"..", "x", "", countersign.ErrFileName},
		{".hidden.txt", "x", "", countersign.ErrFileName},
		{"a\n.txt", "x", "", countersign.ErrFileName},
		{"a\u202etxt.pdf", "%PDF-", "", countersign.ErrFileName},
		{"a:b.txt", "x", "", countersign.ErrFileName},
		{"a\xff.txt", "x", "", countersign.ErrFileName},
		{long, "x", "", countersign.ErrFileName},
	} {
		got, _, err := checkFile(c.name, []byte(c.content))
		if got != c.want || (err == nil) != (c.err == nil) || c.err != nil && countersign.CodeOf(err) != c.err.Code {
			t.Errorf("%q: got %q, %v", c.name, got, err)
		}
	}
}

// filled is a Word form of the ticket as the system would print it.
func (w *world) filled(number string, values forms.Values) []byte {
	w.t.Helper()
	template, err := forms.OpenTemplate(upgrade.Process.Template)
	if err != nil {
		w.t.Fatal(err)
	}
	t := w.ticket(number)
	docx, err := template.Fill(upgrade.Process.Form, upgrade.Process.Compose(signoff.Dossier{
		Ticket: t, Revision: countersign.Revision{N: 1}, Values: values, Person: func(id string) string { return id }, Org: func(k string) string { return k },
	}))
	if err != nil {
		w.t.Fatal(err)
	}
	return docx
}

func TestWordFormIsReadBackButNotSaved(t *testing.T) {
	w := newWorld(t)
	number := w.draft(w.upgradeForm())
	raw, err := json.Marshal(w.upgradeForm())
	if err != nil {
		t.Fatal(err)
	}
	values, err := forms.DecodeValues(raw)
	if err != nil {
		t.Fatal(err)
	}
	values["release_version"] = "V9.9"
	path := "/tickets/" + number + "/form/word"
	docx := w.filled(number, values)
	a := w.must(w.upload("P004", "POST", path, "form.docx", docx), 200)
	var out struct {
		Values  map[string]any
		Changes []forms.Change
	}
	a.decode(t, &out)
	if out.Values["release_version"] != "V9.9" || !slices.ContainsFunc(out.Changes, func(c forms.Change) bool { return c.Field == "release_version" && c.New == "V9.9" && c.Old == "V3.2.1" }) {
		t.Errorf("read %v, changes %v", out.Values["release_version"], out.Changes)
	}
	if a := w.as("P004", "GET", "/tickets/"+number, nil); !strings.Contains(a.body, `"release_version":"V3.2.1"`) {
		t.Error("reading a Word form changed the draft")
	}
	for name, content := range map[string][]byte{
		"no docx": []byte("hello"), "cut": docx[:len(docx)/2], "bomb": bomb(t), "empty": {}, "other zip": zipOf(t, map[string]string{"a.txt": "x"}),
	} {
		if a := w.upload("P004", "POST", path, "form.docx", content); a.StatusCode != 422 || a.code() != "docx_invalid" {
			t.Errorf("%s: got %d %s", name, a.StatusCode, a.body)
		}
	}
	if a := w.upload("P005", "POST", path, "form.docx", docx); a.code() != "not_drafter" {
		t.Errorf("somebody else: %d %s", a.StatusCode, a.body)
	}
}

// bomb is a small .docx whose document grows to hundreds of megabytes.
func bomb(t testing.TB) []byte {
	return zipOf(t, map[string]string{
		"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"word/document.xml":   "<w:document>" + strings.Repeat(" ", 300<<20) + "</w:document>",
	})
}

func zipOf(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, content := range files {
		f, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(f, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestTemplatesAreReplacedOnlyByOnesThatFit(t *testing.T) {
	w := newWorld(t)
	path := "/processes/upgrade/template"
	var was templateBody
	w.must(w.as("P004", "GET", path, nil), 200).decode(t, &was)
	if was.Source != "built_in" || was.SHA256 != forms.Digest(upgrade.Process.Template) {
		t.Fatalf("%+v", was)
	}
	current := w.must(w.as("P004", "GET", path+"/current", nil), 200)
	if hexDigest([]byte(current.body)) != was.SHA256 {
		t.Error("the download is not the template in force")
	}
	changed := touched(t, upgrade.Process.Template)
	for name, c := range map[string]struct {
		person  string
		content []byte
		status  int
		code    string
	}{
		"engineer":     {"P004", changed, 403, "forbidden"},
		"auditor":      {"P016", changed, 403, "forbidden"},
		"no docx":      {"P017", []byte("x"), 422, "template_invalid"},
		"bomb":         {"P017", bomb(t), 422, "template_invalid"},
		"another form": {"P017", zipOf(t, map[string]string{"[Content_Types].xml": "<Types/>"}), 422, "template_invalid"},
	} {
		if a := w.upload(c.person, "PUT", path, "t.docx", c.content); a.StatusCode != c.status || a.code() != c.code {
			t.Errorf("%s: got %d %s", name, a.StatusCode, a.body)
		}
	}
	var now templateBody
	w.must(w.upload("P017", "PUT", path, "t.docx", changed), 200).decode(t, &now)
	if now.Source != "upload" || now.SHA256 != forms.Digest(changed) || len(now.Versions) != 1 || now.Versions[0].UploadedBy != "P017" {
		t.Errorf("%+v", now)
	}
	number := w.submitted()
	r, err := w.store.Revision(context.Background(), number, 1)
	if err != nil || r.TemplateSHA256 != now.SHA256 {
		t.Errorf("the ticket froze template %s (%v)", r.TemplateSHA256, err)
	}
	// A digest opens uploads of templates only, no other stored file.
	for _, digest := range []string{r.Document.SHA256, strings.Repeat("0", 64), "../current", "x"} {
		if a := w.as("P004", "GET", path+"/"+digest, nil); a.StatusCode != 404 {
			t.Errorf("%s: got %d", digest, a.StatusCode)
		}
	}
}

// touched is the same template as another file.
func touched(t testing.TB, docx []byte) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, f := range r.File {
		if err := z.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.SetComment("touched"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestDocumentsAreFoundByNameOnly(t *testing.T) {
	w := newWorld(t)
	number := w.submitted()
	page := fmt.Sprintf("%s-r1.docx", number)
	a := w.must(w.as("P006", "GET", "/tickets/"+number+"/documents/"+page, nil), 200)
	if a.body != "page of "+number+" revision 1" {
		t.Errorf("page %q", a.body)
	}
	for _, name := range []string{"..%2f..%2fapp.db", "%2e%2e", "nothing.docx", page + "%00", strings.Repeat("x", 300), "evidence.zip"} {
		if a := w.as("P006", "GET", "/tickets/"+number+"/documents/"+name, nil); a.StatusCode != 404 && a.StatusCode != 400 {
			t.Errorf("%.40s: got %d %.100s", name, a.StatusCode, a.body)
		}
	}
}
