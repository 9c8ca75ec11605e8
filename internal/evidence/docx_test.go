package evidence_test

import (
	"archive/zip"
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/internal/evidence"
	"countersign/internal/evidence/evidencetest"
)

func seal(t testing.TB, k *evidencetest.Kit) []byte {
	t.Helper()
	sealed, err := evidence.SealDocx(evidencetest.Docx(t), k.CA.FilingSigner(), append(k.CA.Chain(), k.CA.Root()), time.Now())
	evidencetest.Check(t, err)
	return sealed
}

func TestSealedDocxIsValid(t *testing.T) {
	k := evidencetest.New(t)
	sealed := seal(t, k)
	rep := evidence.VerifyDocx(sealed, evidence.Options{Root: k.CA.Root()})
	if !rep.Valid || len(rep.Findings) != 0 {
		t.Fatal(text(t, rep))
	}
	if s := rep.Summary; s.Ticket != "UPG-2026-000001" || s.Revision != 2 || s.ShortCode != "3F7A-91C2-0B5D" {
		t.Errorf("sealed for %+v", s)
	}
	if out := text(t, rep); !strings.Contains(out, "工单 UPG-2026-000001 的表单第 2 版，校验码 3F7A-91C2-0B5D") {
		t.Error(out)
	}
	if _, err := evidence.SealDocx(sealed, k.CA.FilingSigner(), nil, time.Now()); err == nil {
		t.Fatal("sealed twice")
	}
	if rep := evidence.VerifyDocx(evidencetest.Docx(t), evidence.Options{}); rep.ExitCode() != evidence.ExitInvalid {
		t.Fatal(text(t, rep))
	}
	if rep := evidence.VerifyDocx(sealed, evidence.Options{Root: evidencetest.New(t).CA.Root()}); rep.ExitCode() != evidence.ExitInvalid {
		t.Fatal("valid under a foreign root")
	}
}

func TestEveryByteOfASealedDocxMatters(t *testing.T) {
	k := evidencetest.New(t)
	sealed := seal(t, k)
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 0x01
		if rep := evidence.VerifyDocx(bad, evidence.Options{Root: k.CA.Root()}); rep.Valid {
			t.Fatalf("byte %d of %d can be changed", i, len(sealed))
		}
	}
}

// repack writes the files of a zip again with the standard library, after changing them.
func repack(t *testing.T, data []byte, change func(files map[string][]byte)) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	evidencetest.Check(t, err)
	files := map[string][]byte{}
	var order []string
	for _, f := range z.File {
		in, err := f.Open()
		evidencetest.Check(t, err)
		var b bytes.Buffer
		_, err = b.ReadFrom(in)
		evidencetest.Check(t, err)
		files[f.Name] = b.Bytes()
		order = append(order, f.Name)
	}
	change(files)
	for name := range files {
		if !strings.Contains("\n"+strings.Join(order, "\n")+"\n", "\n"+name+"\n") {
			order = append(order, name)
		}
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range order {
		content, ok := files[name]
		if !ok {
			continue
		}
		f, err := w.Create(name)
		evidencetest.Check(t, err)
		_, err = f.Write(content)
		evidencetest.Check(t, err)
	}
	evidencetest.Check(t, w.Close())
	return out.Bytes()
}

func replace(files map[string][]byte, name, old, new string) {
	files[name] = bytes.Replace(files[name], []byte(old), []byte(new), 1)
}

func TestDocxFaultsAreNamed(t *testing.T) {
	k := evidencetest.New(t)
	sealed := seal(t, k)
	for name, c := range map[string]struct {
		change func(map[string][]byte)
		says   string
	}{
		"packed again": {func(map[string][]byte) {}, "container"},
		"document":     {func(f map[string][]byte) { replace(f, "word/document.xml", "申请单", "通知单") }, "word/document.xml"},
		"picture":      {func(f map[string][]byte) { f["word/media/image1.png"] = []byte("x") }, "word/media/image1.png"},
		"retargeted":   {func(f map[string][]byte) { replace(f, "word/_rels/document.xml.rels", "image1", "image2") }, "document.xml.rels"},
		"rels spacing": {func(f map[string][]byte) { replace(f, "word/_rels/document.xml.rels", "/>", " />") }, "document.xml.rels"},
		"properties":   {func(f map[string][]byte) { replace(f, "docProps/core.xml", "申请", "通知") }, "docProps/core.xml"},
		"types":        {func(f map[string][]byte) { replace(f, "[Content_Types].xml", "image/png", "image/gif") }, "word/media/image1.png"},
		"types extra":  {func(f map[string][]byte) { replace(f, "[Content_Types].xml", "</Types>", " </Types>") }, "[Content_Types].xml"},
		"removed":      {func(f map[string][]byte) { delete(f, "word/media/image1.png") }, "word/media/image1.png"},
		"added":        {func(f map[string][]byte) { f["word/extra.xml"] = []byte("<a/>") }, "word/extra.xml"},
		"added hidden": {func(f map[string][]byte) { f["docProps/extra.xml"] = []byte("<a/>") }, "docProps/extra.xml"},
		"unsealed":     {func(f map[string][]byte) { delete(f, "_xmlsignatures/sig1.xml") }, "not sealed"},
		"time": {func(f map[string][]byte) {
			replace(f, "_xmlsignatures/sig1.xml", "<xd:SigningTime>2", "<xd:SigningTime>1")
		}, "sig1.xml"},
		"comment": {func(f map[string][]byte) { replace(f, "_xmlsignatures/sig1.xml", "三方", "两方") }, "sig1.xml"},
		"value": {func(f map[string][]byte) {
			replace(f, "_xmlsignatures/sig1.xml", "==</SignatureValue>", "</SignatureValue>")
		}, "sig1.xml"},
	} {
		t.Run(name, func(t *testing.T) {
			rep := evidence.VerifyDocx(repack(t, sealed, c.change), evidence.Options{Root: k.CA.Root()})
			if out := text(t, rep); rep.ExitCode() != evidence.ExitInvalid || !strings.Contains(out, c.says) {
				t.Fatalf("want a fault that says %q:\n%s", c.says, out)
			}
		})
	}
}

func TestASealByAPersonIsNoFilingSeal(t *testing.T) {
	k := evidencetest.New(t)
	filing := k.CA.FilingSigner()
	filing.Signer, filing.Certificate = k.People["P004"].Key, k.People["P004"].Certificate
	sealed, err := evidence.SealDocx(evidencetest.Docx(t), filing, append(k.CA.Chain(), k.CA.Root()), time.Now())
	evidencetest.Check(t, err)
	if rep := evidence.VerifyDocx(sealed, evidence.Options{Root: k.CA.Root()}); rep.Valid {
		t.Fatal(text(t, rep))
	}
}

// libreOffice returns what LibreOffice says about the signatures of a file, with root as its only trust anchor.
func libreOffice(t *testing.T, file []byte, root *x509.Certificate) string {
	t.Helper()
	for tool, pkg := range map[string]string{
		"soffice": "libreoffice-writer-nogui", "certutil": "libnss3-tools", "/usr/bin/python3": "python3-uno",
	} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is missing: install the Debian package %s", tool, pkg)
		}
	}
	dir := t.TempDir()
	nss := filepath.Join(dir, "nss")
	evidencetest.Check(t, os.Mkdir(nss, 0o700))
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		evidencetest.Check(t, os.WriteFile(path, data, 0o600))
		return path
	}
	doc := write("sealed.docx", file)
	anchor := write("root.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw}))
	run := func(name string, args ...string) string {
		out, err := exec.Command(name, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v %s (Debian packages: libreoffice-writer-nogui python3-uno libnss3-tools)", name, err, out)
		}
		return string(out)
	}
	run("certutil", "-N", "-d", "sql:"+nss, "--empty-password")
	run("certutil", "-A", "-d", "sql:"+nss, "-n", "root", "-t", "CT,CT,CT", "-i", anchor)
	pipe := fmt.Sprintf("countersign-%d", os.Getpid())
	office := exec.Command("soffice", "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--norestore",
		"--accept=pipe,name="+pipe+";urp")
	office.Env = append(os.Environ(), "MOZILLA_CERTIFICATE_FOLDER=sql:"+nss)
	evidencetest.Check(t, office.Start())
	out := run("/usr/bin/python3", "testdata/signatures.py", pipe, doc)
	_ = office.Wait() // ends with an exit code of its own choice after terminate
	return out
}

func TestLibreOfficeJudgesTheSeal(t *testing.T) {
	k := evidencetest.New(t)
	sealed := seal(t, k)
	if out := libreOffice(t, sealed, k.CA.Root()); !strings.HasPrefix(out, "True 0 ") || strings.Count(out, "\n") != 1 {
		t.Fatalf("the seal: %s", out)
	}
	changed := repack(t, sealed, func(f map[string][]byte) { replace(f, "word/document.xml", "申请单", "通知单") })
	if out := libreOffice(t, changed, k.CA.Root()); !strings.HasPrefix(out, "False") {
		t.Fatalf("a changed document: %s", out)
	}
}
