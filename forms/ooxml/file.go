package ooxml

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/beevik/etree"
)

const (
	contentTypesPart = "[Content_Types].xml"
	rootRelsPart     = "_rels/.rels"

	relDocument = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
	relHeader   = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/header"
	relFooter   = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer"
	relImage    = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
)

// File is an opened .docx. It is read-only and safe for concurrent use.
type File struct {
	limits  Limits
	entries []*zip.File
	byName  map[string]*zip.File
	// document is the name of the main part; content lists it with all its headers and footers.
	document string
	content  []string
	// trees holds the parsed content parts; nobody changes them.
	trees map[string]*etree.Document
}

// Open checks the container of a .docx (sizes, names, the parts that Word
// needs) and parses its main part, headers and footers. It fails with an
// *Error. The bytes must not change while File is used.
func Open(docx []byte, limits Limits) (*File, error) {
	if int64(len(docx)) > limits.File {
		return nil, refuse("too_large", "文件过大，请压缩图片或拆分后再上传。", nil, "%d bytes", len(docx))
	}
	zr, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, notDocx(err, "no zip archive")
	}
	f := &File{limits: limits, entries: zr.File, byName: map[string]*zip.File{}, trees: map[string]*etree.Document{}}
	if err := f.checkEntries(); err != nil {
		return nil, err
	}
	if err := f.findContent(); err != nil {
		return nil, err
	}
	for _, part := range f.content {
		if f.trees[part], err = f.parse(part); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func notDocx(cause error, format string, args ...any) *Error {
	return refuse("not_a_docx", "这不是有效的 Word 文档（.docx），请用 Word 另存为 .docx 后再上传。", cause, format, args...)
}

// checkEntries refuses archives that no word processor writes.
func (f *File) checkEntries() error {
	if len(f.entries) > f.limits.Entries {
		return refuse("too_large", "文件内部条目过多，无法处理。", nil, "%d entries", len(f.entries))
	}
	var total uint64
	seen := map[string]bool{}
	for _, e := range f.entries {
		if !safeName(e.Name) {
			return refuse("bad_name", "文件内部含有不安全的路径，已拒绝。", nil, "entry %q", e.Name)
		}
		folded := strings.ToLower(e.Name)
		if seen[folded] {
			return refuse("bad_name", "文件内部有重名条目，已拒绝。", nil, "entry %q twice", e.Name)
		}
		seen[folded] = true
		if e.Method != zip.Store && e.Method != zip.Deflate || e.Flags&1 != 0 {
			return notDocx(nil, "entry %q is encrypted or packed by method %d", e.Name, e.Method)
		}
		total += e.UncompressedSize64
		if e.UncompressedSize64 > uint64(f.limits.Part) || total > uint64(f.limits.Total) {
			return refuse("too_large", "文件解压后过大，已拒绝。", nil, "entry %q, %d bytes so far", e.Name, total)
		}
		f.byName[e.Name] = e
	}
	for _, name := range []string{contentTypesPart, rootRelsPart} {
		if f.byName[name] == nil {
			return notDocx(nil, "part %s is missing", name)
		}
	}
	return nil
}

// safeName accepts relative names without tricks; OPC part names are ASCII paths.
func safeName(name string) bool {
	if name == "" || len(name) > 255 || strings.HasPrefix(name, "/") || strings.ContainsAny(name, "\\:\x00") {
		return false
	}
	clean := path.Clean(strings.TrimSuffix(name, "/"))
	return clean == strings.TrimSuffix(name, "/") && clean != ".." && !strings.HasPrefix(clean, "../")
}

// read unpacks one part. The header's size is only a claim, so the real size is
// limited as well; the zip reader checks the CRC.
func (f *File) read(name string) ([]byte, error) {
	e := f.byName[name]
	if e == nil {
		return nil, notDocx(nil, "part %s is missing", name)
	}
	rc, err := e.Open()
	if err != nil {
		return nil, notDocx(err, "part %s", name)
	}
	data, err := io.ReadAll(io.LimitReader(rc, int64(e.UncompressedSize64)+1))
	if closeErr := rc.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, notDocx(err, "part %s", name)
	}
	if uint64(len(data)) > e.UncompressedSize64 {
		return nil, refuse("too_large", "文件解压后过大，已拒绝。", nil, "part %s is larger than it says", name)
	}
	return data, nil
}
