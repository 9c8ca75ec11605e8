package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/gowebpki/jcs"

	"countersign"
	"countersign/internal/evidence/container"
)

// Fixed names inside a pack.
const (
	manifestFile      = "MANIFEST.json"
	manifestSignature = "MANIFEST.p7s"
	ticketFile        = "ticket.json"
	auditFile         = "audit.jsonl"
	checkpointFile    = "audit-checkpoint.json"
	checkpointCMS     = "audit-checkpoint.p7s"
	rootFile          = "certs/root.pem"
	guideFile         = "VERIFY.md"
	scriptFile        = "verify.sh"
)

// Format and version of the pack that this software writes.
const (
	packFormat  = "countersign-evidence"
	packVersion = 1
)

// Manifest is MANIFEST.json: the header of the ticket and every other file of the pack with its digest. It is signed by
// the filing key.
type Manifest struct {
	Format          string            `json:"format"`
	Version         int               `json:"version"`
	CreatedAt       time.Time         `json:"created_at"`
	Contract        string            `json:"contract"`
	ContractName    string            `json:"contract_name"`
	System          string            `json:"system"`
	SystemName      string            `json:"system_name"`
	Process         string            `json:"process"`
	Ticket          string            `json:"ticket"`
	State           countersign.State `json:"state"`
	Revision        int               `json:"revision"`
	People          map[string]string `json:"people"`        // person ID to name
	Organisations   map[string]string `json:"organisations"` // organisation key to name
	RevisionFiles   []RevisionFile    `json:"revision_files"`
	AttachmentFiles []NamedFile       `json:"attachment_files"`
	DocumentFiles   []NamedFile       `json:"document_files"`
	RecordFiles     []RecordFile      `json:"record_files"`
	SignatureFiles  []SignatureFile   `json:"signature_files"`
	Files           []FileHash        `json:"files"`
}

// FileHash is one file of the pack.
type FileHash struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

// NamedFile is a file of the pack with the name that people gave it.
type NamedFile struct {
	File   string `json:"file"`
	Name   string `json:"name"`
	SHA256 string `json:"digest"`
}

// RevisionFile is one revision of the form.
type RevisionFile struct {
	File        string     `json:"file"`
	N           int        `json:"n"`
	FormVersion string     `json:"form_version"`
	CreatedBy   string     `json:"created_by"`
	CreatedAt   time.Time  `json:"created_at"`
	SubmittedAt *time.Time `json:"submitted_at"`
}

// RecordFile is one execution record.
type RecordFile struct {
	File   string    `json:"file"`
	ID     string    `json:"id"` // SHA-256 of the file
	Kind   string    `json:"kind"`
	Person string    `json:"person"`
	At     time.Time `json:"at"`
}

// SignatureFile is one signature: the statement and its detached CAdES.
type SignatureFile struct {
	Statement string               `json:"statement"`
	CMS       string               `json:"cms"`
	Seq       int                  `json:"seq"`
	Revision  int                  `json:"revision"`
	Step      string               `json:"step"`
	Party     countersign.Party    `json:"party"`
	Decision  countersign.Decision `json:"decision"`
	Counts    bool                 `json:"counts"` // false: a later return or revision made it void
}

// Canonical returns the RFC 8785 bytes of v: the one form in which statements, manifests and tickets are signed.
func Canonical(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("canonical JSON: %w", err)
	}
	out, err := jcs.Transform(raw)
	if err != nil {
		return nil, fmt.Errorf("canonical JSON: %w", err)
	}
	return out, nil
}

// decodeCanonical reads JSON into v and demands that data is exactly the canonical form of the result: no unknown,
// doubled, missing or reordered members, no other spelling of a value.
func decodeCanonical(data []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return fmt.Errorf("not readable: %w", err)
	}
	again, err := Canonical(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, data) {
		return fmt.Errorf("not in canonical form (RFC 8785)")
	}
	return nil
}

func revisionPath(n int) string { return fmt.Sprintf("revisions/%03d.json", n) }

func formPath(version string) string { return "forms/" + container.SafeName(version) + ".json" }

func filePath(folder, name, digest string) string {
	return fmt.Sprintf("%s/%.12s-%s", folder, digest, container.SafeName(name))
}

func recordPath(n int, kind string) string {
	return fmt.Sprintf("records/%02d-%s.json", n, container.SafeName(kind))
}

// signaturePath returns the path without its extension.
func signaturePath(seq int, party countersign.Party) string {
	return fmt.Sprintf("signatures/%02d-%s", seq, container.SafeName(string(party)))
}

// numbered returns prefix+ext for the first file of a kind and prefix-2+ext and so on for the others.
func numbered(prefix, ext string, i int) string {
	if i == 0 {
		return prefix + ext
	}
	return fmt.Sprintf("%s-%d%s", prefix, i+1, ext)
}

// isDigest reports whether s is a SHA-256 in lower-case hex.
func isDigest(s string) bool { return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == "" }
