package container

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// Archive is an opened zip file: its entries by name, and why it is not canonical (nil if it is).
type Archive struct {
	Entries map[string]Entry
	Names   []string // in file order
	Strange error    // why the container is not in canonical form
}

// maxRatio is the compression that a foreign zip may have before it is taken for a bomb.
const (
	maxRatio     = 100
	ratioAllowed = 64 << 20 // bytes that any zip may unpack to
)

// Open opens a canonical container. Anything else that is still a zip file (somebody unpacked and packed it again)
// is opened too, with Strange set, so that the verifier can say which files in it were changed.
func Open(r io.ReaderAt, size int64) (*Archive, error) {
	entries, err := readCanonical(r, size)
	a := &Archive{Entries: map[string]Entry{}, Strange: err}
	if err != nil {
		if entries, err = readForeign(r, size); err != nil {
			return nil, err
		}
	}
	for _, e := range entries {
		if _, twice := a.Entries[e.Name]; twice {
			return nil, fmt.Errorf("two entries are named %q", e.Name)
		}
		a.Entries[e.Name] = e
		a.Names = append(a.Names, e.Name)
	}
	return a, nil
}

func readForeign(r io.ReaderAt, size int64) ([]Entry, error) {
	z, err := zip.NewReader(r, size)
	if err != nil && looksLikeZip(r) {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err != nil {
		return nil, fmt.Errorf("not a zip file: %w", err)
	}
	if len(z.File) > maxEntries {
		return nil, fmt.Errorf("%d entries are too many", len(z.File))
	}
	if err := beginsWith(z.File, r); err != nil {
		return nil, err
	}
	var entries []Entry
	total := uint64(0)
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 == 0 {
			continue
		}
		if !ValidName(f.Name) || !f.Mode().IsRegular() {
			return nil, fmt.Errorf("Entry %q is not a plain file", f.Name)
		}
		if total += f.UncompressedSize64; f.UncompressedSize64 > maxContainer || total > maxContainer {
			return nil, errors.New("the files inside are too large")
		}
		entries = append(entries, Entry{Name: f.Name, Size: int64(f.UncompressedSize64), CRC: f.CRC32, Open: f.Open})
	}
	if total > ratioAllowed && total/maxRatio > uint64(size) {
		return nil, errors.New("the files inside are suspiciously larger than the zip file")
	}
	return entries, nil
}

// ErrDamaged says that a file begins like a zip archive and cannot be read as one: cut off, or overwritten in places.
var ErrDamaged = errors.New("the zip archive is damaged or cut off")

func looksLikeZip(r io.ReaderAt) bool {
	head := make([]byte, 4)
	_, err := r.ReadAt(head, 0)
	return err == nil && string(head) == "PK\x03\x04"
}

// beginsWith demands that the first of the files stands at the beginning of r. The end of an archive may be lost; then the
// end of another archive that is stored inside is found instead of it, and would be taken for the whole.
func beginsWith(files []*zip.File, r io.ReaderAt) error {
	if len(files) == 0 {
		return nil
	}
	head := make([]byte, localSize)
	if _, err := r.ReadAt(head, 0); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	content := int64(localSize) + int64(binary.LittleEndian.Uint16(head[26:])) + int64(binary.LittleEndian.Uint16(head[28:]))
	for _, f := range files {
		if at, err := f.DataOffset(); err == nil && at == content {
			return nil
		}
	}
	return fmt.Errorf("%w: its list of files is not that of the whole file", ErrDamaged)
}

var errTooLarge = errors.New("larger than this kind of file may be")

// Read returns the content of a file that may have at most limit bytes.
func (a *Archive) Read(name string, limit int64) ([]byte, error) {
	e, ok := a.Entries[name]
	if !ok {
		return nil, errors.New("missing")
	}
	if e.Size > limit {
		return nil, errTooLarge
	}
	var b bytes.Buffer
	if _, err := e.Measure(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Weigh reads the content once to fill in size and checksum, and returns its SHA-256.
func (e *Entry) Weigh() (digest string, err error) {
	in, err := e.Open()
	if err != nil {
		return "", err
	}
	sum, crc := sha256.New(), crc32.NewIEEE()
	e.Size, err = io.Copy(io.MultiWriter(sum, crc), in)
	e.CRC = crc.Sum32()
	return hex.EncodeToString(sum.Sum(nil)), errors.Join(err, in.Close())
}

// Measure reads the whole Entry and returns its SHA-256; content that does not fit size and checksum is an error.
func (e Entry) Measure(copyTo io.Writer) (digest string, err error) {
	in, err := e.Open()
	if err != nil {
		return "", err
	}
	sum, crc := sha256.New(), crc32.NewIEEE()
	n, err := io.Copy(io.MultiWriter(copyTo, sum, crc), io.LimitReader(in, e.Size+1))
	if err = errors.Join(err, in.Close()); err != nil {
		return "", err
	}
	digest = hex.EncodeToString(sum.Sum(nil))
	if n != e.Size || crc.Sum32() != e.CRC {
		return digest, errors.New("content does not fit its checksum")
	}
	return digest, nil
}
