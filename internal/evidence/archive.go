package evidence

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// archive is an opened zip file: its entries by name, and why it is not canonical (nil if it is).
type archive struct {
	entries map[string]entry
	names   []string // in file order
	strange error    // why the container is not in canonical form
}

// maxRatio is the compression that a foreign zip may have before it is taken for a bomb.
const (
	maxRatio     = 100
	ratioAllowed = 64 << 20 // bytes that any zip may unpack to
)

// openArchive opens a canonical container. Anything else that is still a zip file (somebody unpacked and packed it again)
// is opened too, with strange set, so that the verifier can say which files in it were changed.
func openArchive(r io.ReaderAt, size int64) (*archive, error) {
	entries, err := readContainer(r, size)
	a := &archive{entries: map[string]entry{}, strange: err}
	if err != nil {
		if entries, err = readForeign(r, size); err != nil {
			return nil, err
		}
	}
	for _, e := range entries {
		if _, twice := a.entries[e.name]; twice {
			return nil, fmt.Errorf("two entries are named %q", e.name)
		}
		a.entries[e.name] = e
		a.names = append(a.names, e.name)
	}
	return a, nil
}

func readForeign(r io.ReaderAt, size int64) ([]entry, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("not a zip file: %w", err)
	}
	if len(z.File) > maxEntries {
		return nil, fmt.Errorf("%d entries are too many", len(z.File))
	}
	var entries []entry
	total := uint64(0)
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 == 0 {
			continue
		}
		if !validName(f.Name) || !f.Mode().IsRegular() {
			return nil, fmt.Errorf("entry %q is not a plain file", f.Name)
		}
		if total += f.UncompressedSize64; f.UncompressedSize64 > maxContainer || total > maxContainer {
			return nil, errors.New("the files inside are too large")
		}
		entries = append(entries, entry{name: f.Name, size: int64(f.UncompressedSize64), crc: f.CRC32, open: f.Open})
	}
	if total > ratioAllowed && total/maxRatio > uint64(size) {
		return nil, errors.New("the files inside are suspiciously larger than the zip file")
	}
	return entries, nil
}

var errTooLarge = errors.New("larger than this kind of file may be")

// read returns the content of a file that may have at most limit bytes.
func (a *archive) read(name string, limit int64) ([]byte, error) {
	e, ok := a.entries[name]
	if !ok {
		return nil, errors.New("missing")
	}
	if e.size > limit {
		return nil, errTooLarge
	}
	var b bytes.Buffer
	if _, err := e.measure(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// weigh reads the content once to fill in size and checksum, and returns its SHA-256.
func (e *entry) weigh() (digest string, err error) {
	in, err := e.open()
	if err != nil {
		return "", err
	}
	sum, crc := sha256.New(), crc32.NewIEEE()
	e.size, err = io.Copy(io.MultiWriter(sum, crc), in)
	e.crc = crc.Sum32()
	return hex.EncodeToString(sum.Sum(nil)), errors.Join(err, in.Close())
}

// measure reads the whole entry and returns its SHA-256; content that does not fit size and checksum is an error.
func (e entry) measure(copyTo io.Writer) (digest string, err error) {
	in, err := e.open()
	if err != nil {
		return "", err
	}
	sum, crc := sha256.New(), crc32.NewIEEE()
	n, err := io.Copy(io.MultiWriter(copyTo, sum, crc), io.LimitReader(in, e.size+1))
	if err = errors.Join(err, in.Close()); err != nil {
		return "", err
	}
	digest = hex.EncodeToString(sum.Sum(nil))
	if n != e.size || crc.Sum32() != e.crc {
		return digest, errors.New("content does not fit its checksum")
	}
	return digest, nil
}
