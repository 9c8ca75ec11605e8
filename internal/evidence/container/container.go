package container

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"path"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a container. A zip without the 64-bit extension ends below 4 GiB.
const (
	maxEntries   = 10_000
	maxContainer = math.MaxUint32
	maxName      = 240
)

const (
	localSignature   = 0x04034b50
	centralSignature = 0x02014b50
	endSignature     = 0x06054b50
	localSize        = 30
	zipVersion       = 20
	madeByUnix       = 3<<8 | zipVersion
	flagUTF8         = 0x0800
	fixedDate        = 1<<5 | 1 // 1980-01-01, the first date that a zip can hold
	fileMode         = 0o100644 << 16
)

// ErrForm says that a container is not in canonical form.
var ErrForm = errors.New("container is not in canonical form")

// Entry is one file inside a container.
type Entry struct {
	Name string
	Size int64  // bytes
	CRC  uint32 // IEEE
	Open func() (io.ReadCloser, error)

	offset int64 // of the local header; set while writing and reading
}

// ValidName reports whether name is a relative path of plain segments: it can neither leave a folder when unpacked nor
// confuse a shell.
func ValidName(name string) bool {
	if name == "" || len(name) > maxName || !utf8.ValidString(name) || path.Clean("/"+name) != "/"+name {
		return false
	}
	for _, r := range name {
		if !plainRune(r) && !strings.ContainsRune("/[]", r) { // [Content_Types].xml of Word files
			return false
		}
	}
	return true
}

func plainRune(r rune) bool {
	return strings.ContainsRune("._-", r) || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// SafeName turns a file name that a person chose into one plain segment.
func SafeName(name string) string {
	name = strings.Map(func(r rune) rune {
		if plainRune(r) {
			return r
		}
		return '_'
	}, path.Base(strings.ReplaceAll(name, `\`, "/")))
	ext := path.Ext(name)
	if len(ext) > 16 || ext == "." {
		ext = ""
	}
	stem := strings.TrimLeft(strings.TrimSuffix(name, ext), ".-")
	for len(stem) > 120 {
		_, n := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-n]
	}
	if stem == "" {
		stem = "file"
	}
	return stem + ext
}

func le(values ...any) []byte {
	var b bytes.Buffer
	for _, v := range values {
		// Only fixed-size integers are passed, for which Write to a buffer cannot fail.
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	return b.Bytes()
}

func (e Entry) localHeader() []byte {
	head := le(uint32(localSignature), uint16(zipVersion), uint16(flagUTF8), uint16(0), uint16(0), uint16(fixedDate),
		e.CRC, uint32(e.Size), uint32(e.Size), uint16(len(e.Name)), uint16(0))
	return append(head, e.Name...)
}

func (e Entry) centralHeader() []byte {
	head := le(uint32(centralSignature), uint16(madeByUnix), uint16(zipVersion), uint16(flagUTF8), uint16(0), uint16(0),
		uint16(fixedDate), e.CRC, uint32(e.Size), uint32(e.Size), uint16(len(e.Name)), uint16(0), uint16(0), uint16(0),
		uint16(0), uint32(fileMode), uint32(e.offset))
	return append(head, e.Name...)
}

// directory returns the central directory and the end record, which follow from the entries.
func directory(entries []Entry) []byte {
	var out []byte
	start := int64(0)
	for _, e := range entries {
		out = append(out, e.centralHeader()...)
		start = e.offset + localSize + int64(len(e.Name)) + e.Size
	}
	n := uint16(len(entries))
	end := le(uint32(endSignature), uint16(0), uint16(0), n, n, uint32(len(out)), uint32(start), uint16(0))
	return append(out, end...)
}

// Write writes entries in canonical form. Sizes and checksums must be known; content that does not fit them is
// an error, because it changed since it was measured.
func Write(w io.Writer, entries []Entry) error {
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name < entries[j].Name })
	if len(entries) > maxEntries {
		return fmt.Errorf("write container: %d files are more than %d", len(entries), maxEntries)
	}
	offset := int64(0)
	for i := range entries {
		e := &entries[i]
		if !ValidName(e.Name) || i > 0 && e.Name == entries[i-1].Name {
			return fmt.Errorf("write container: bad or doubled name %q", e.Name)
		}
		e.offset = offset
		offset += localSize + int64(len(e.Name)) + e.Size
		if offset > maxContainer/2 {
			return fmt.Errorf("write container: larger than %d bytes", maxContainer/2)
		}
		if err := writeEntry(w, *e); err != nil {
			return fmt.Errorf("write container: %s: %w", e.Name, err)
		}
	}
	if _, err := w.Write(directory(entries)); err != nil {
		return fmt.Errorf("write container: %w", err)
	}
	return nil
}

func writeEntry(w io.Writer, e Entry) error {
	if _, err := w.Write(e.localHeader()); err != nil {
		return err
	}
	in, err := e.Open()
	if err != nil {
		return err
	}
	sum := crc32.NewIEEE()
	n, err := io.Copy(io.MultiWriter(w, sum), io.LimitReader(in, e.Size+1))
	if err = errors.Join(err, in.Close()); err != nil {
		return err
	}
	if n != e.Size || sum.Sum32() != e.CRC {
		return errors.New("content changed while it was written")
	}
	return nil
}

// readCanonical reads a canonical container. It returns ErrForm for anything else, with the position.
func readCanonical(r io.ReaderAt, size int64) ([]Entry, error) {
	var entries []Entry
	offset := int64(0)
	for {
		e, err := readEntry(r, size, offset)
		if err != nil {
			return nil, err
		}
		if e == nil {
			break
		}
		if n := len(entries); n >= maxEntries || n > 0 && entries[n-1].Name >= e.Name {
			return nil, fmt.Errorf("%w: too many or unsorted entries at byte %d", ErrForm, offset)
		}
		entries = append(entries, *e)
		offset += localSize + int64(len(e.Name)) + e.Size
	}
	want := directory(entries)
	if size-offset != int64(len(want)) {
		return nil, fmt.Errorf("%w: directory at byte %d", ErrForm, offset)
	}
	got := make([]byte, len(want))
	if _, err := r.ReadAt(got, offset); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for i := range want {
		if got[i] != want[i] {
			return nil, fmt.Errorf("%w: byte %d", ErrForm, offset+int64(i))
		}
	}
	return entries, nil
}

// readEntry reads the local header at offset; nil means that the directory begins there.
func readEntry(r io.ReaderAt, size, offset int64) (*Entry, error) {
	head := make([]byte, localSize)
	if _, err := r.ReadAt(head, offset); err != nil {
		return nil, fmt.Errorf("%w: cut off at byte %d", ErrForm, offset)
	}
	switch binary.LittleEndian.Uint32(head) {
	case centralSignature, endSignature:
		return nil, nil
	}
	e := Entry{
		CRC: binary.LittleEndian.Uint32(head[14:]), Size: int64(binary.LittleEndian.Uint32(head[18:])), offset: offset,
	}
	name := make([]byte, binary.LittleEndian.Uint16(head[26:]))
	if len(name) > maxName {
		return nil, fmt.Errorf("%w: name at byte %d", ErrForm, offset)
	}
	if _, err := r.ReadAt(name, offset+localSize); err != nil {
		return nil, fmt.Errorf("%w: cut off at byte %d", ErrForm, offset)
	}
	e.Name = string(name)
	start := offset + localSize + int64(len(name))
	if !ValidName(e.Name) || e.Size > size-start || !bytes.Equal(append(head, name...), e.localHeader()) {
		return nil, fmt.Errorf("%w: header at byte %d", ErrForm, offset)
	}
	e.Open = func() (io.ReadCloser, error) { return io.NopCloser(io.NewSectionReader(r, start, e.Size)), nil }
	return &e, nil
}
