package evidence

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"countersign"
	"countersign/internal/evidence/cades"
	"countersign/internal/evidence/container"
	"countersign/internal/pki"
)

// clockSkew is how far the clocks of one installation may be apart.
const clockSkew = cades.Skew

// Limits of the files that are read into memory, in bytes. Attachments and documents are only digested.
const (
	maxManifest = 16 << 20
	maxJSON     = 16 << 20
	maxAudit    = 256 << 20
	maxSmall    = 1 << 20
)

// Options of a verification.
type Options struct {
	// Root is the trust anchor. Without it the file's own root certificate is used, and the report asks to compare its
	// fingerprint with the one that the operator of the system publishes.
	Root *x509.Certificate
	// Now is the verifier's clock, for the warning about times in the future; default time.Now().
	Now time.Time
}

func (o Options) withDefaults() Options {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	return o
}

// Verify judges an evidence pack without any other source than r. It never fails: whatever is wrong stands in the report.
// A cancelled ctx makes the pack unreadable.
func Verify(ctx context.Context, r io.ReaderAt, size int64, options Options) *Report {
	rep := newReport(kindPack)
	a, err := container.Open(r, size)
	if errors.Is(err, container.ErrDamaged) {
		return rep.unreadable("压缩包已损坏或不完整（可能没有下载或复制完）：%v", "damaged or incomplete archive, perhaps cut off in a copy: %v", err)
	}
	if err != nil {
		return rep.unreadable("不是可读的证据包：%v", "not a readable evidence pack: %v", err)
	}
	if _, ok := a.Entries[manifestFile]; !ok {
		return rep.unreadable("压缩包中没有 %s", "the zip file holds no %s", manifestFile)
	}
	if a.Strange != nil {
		rep.fault("container", "", "压缩包结构被改动或被重新打包：%v", "the zip container was changed or packed again: %v", a.Strange)
	}
	v := &verifier{Report: rep, archive: a, options: options.withDefaults(), known: map[string]bool{}, signers: map[string]bool{}}
	if err := v.run(ctx); err != nil {
		return rep.unreadable("核验中断：%v", "verification was interrupted: %v", err)
	}
	return rep
}

// verifier holds what has been established so far about one pack.
type verifier struct {
	*Report
	archive  *container.Archive
	options  Options
	manifest Manifest
	ticket   countersign.Ticket
	entries  []countersign.AuditEntry // of the ticket's audit chain
	hashes   map[string]string        // path to SHA-256, as the manifest lists it
	known    map[string]bool          // paths whose purpose has been established
	signers  map[string]bool          // serials of certificates that signed something
	trust    cades.Trust
}

func (v *verifier) run(ctx context.Context) error {
	v.authorities()
	readable := v.readManifest()
	if err := v.contents(ctx); err != nil {
		return err
	}
	if !readable {
		return nil
	}
	v.readTicket()
	v.revisions()
	v.namedFiles()
	v.records()
	v.audit()
	facts := v.signatures()
	v.links(facts)
	judge(v.Report, dossier{facts: statements(facts), ticket: v.ticket, audit: v.entries, form: v.form})
	v.signerFiles()
	v.unexplained()
	v.summarise(facts)
	return nil
}

// read returns a file of the pack and marks it as understood; a missing or broken one is a fault.
func (v *verifier) read(name string, limit int64) []byte {
	v.known[name] = true
	data, err := v.archive.Read(name, limit)
	if err != nil {
		v.fault("unreadable_file", name, "文件缺失或损坏：%v", "file is missing or damaged: %v", err)
		return nil
	}
	return data
}

// decode reads a canonical JSON file into out.
func (v *verifier) decode(name string, out any) bool {
	data := v.read(name, maxJSON)
	if data == nil {
		return false
	}
	if err := decodeCanonical(data, out); err != nil {
		v.fault("format", name, "内容格式不正确：%v", "content is not well formed: %v", err)
		return false
	}
	return true
}

// certificate reads a PEM file that holds exactly one certificate.
func (v *verifier) certificate(name string) *x509.Certificate {
	data := v.read(name, maxSmall)
	if data == nil {
		return nil
	}
	block, _ := pem.Decode(data)
	if block != nil {
		if cert, err := x509.ParseCertificate(block.Bytes); err == nil && string(pemOf(cert)) == string(data) {
			return cert
		}
	}
	v.fault("certificate", name, "不是证书文件", "not a certificate file")
	return nil
}

// authorities establishes the trust anchor, the issuing authorities and their revocation lists.
func (v *verifier) authorities() {
	pool := x509.NewCertPool()
	root := v.certificate(rootFile)
	switch {
	case v.options.Root != nil:
		if root != nil && !root.Equal(v.options.Root) {
			v.fault("foreign_root", rootFile, "根证书不是指定的信任根", "the root certificate is not the given trust anchor")
		}
		root = v.options.Root
	case root != nil:
		v.add(Note, "root_unconfirmed", rootFile, "使用包内的根证书，请将上面的指纹与系统运营方公布的指纹核对",
			"the pack's own root certificate is used: compare its fingerprint with the published one")
	}
	if root != nil {
		pool.AddCert(root)
		v.RootSHA256 = pki.Fingerprint(root)
		if err := root.CheckSignatureFrom(root); err != nil {
			v.fault("certificate", rootFile, "根证书不是自签名的根证书：%v", "not a self-signed root: %v", err)
		}
	}
	v.trust = cades.Trust{Roots: pool, CRLs: []*x509.RevocationList{}}
	for _, name := range v.archive.Names {
		if strings.HasPrefix(name, "certs/issuing") {
			v.issuer(name, root)
		}
	}
	for _, name := range v.archive.Names {
		if strings.HasPrefix(name, "revocation/") {
			v.revocationList(name)
		}
	}
}

func (v *verifier) issuer(name string, root *x509.Certificate) {
	cert := v.certificate(name)
	if cert == nil || root == nil {
		return
	}
	if err := cert.CheckSignatureFrom(root); err != nil || !cert.IsCA {
		v.fault("certificate", name, "签发证书不是由根证书签发：%v", "the issuing certificate was not issued by the root: %v", err)
		return
	}
	v.trust.Intermediates = append(v.trust.Intermediates, cert)
}

func (v *verifier) revocationList(name string) {
	data := v.read(name, maxJSON)
	if data == nil {
		return
	}
	list, err := x509.ParseRevocationList(data)
	if err == nil {
		err = errors.New("no issuing certificate has signed it")
		for _, c := range v.trust.Intermediates {
			if list.CheckSignatureFrom(c) == nil {
				err = nil
			}
		}
	}
	if err != nil {
		v.fault("crl", name, "吊销列表无效：%v", "revocation list is not valid: %v", err)
		return
	}
	v.trust.CRLs = append(v.trust.CRLs, list)
}

// signedBySystem checks a signature of the system itself. It returns the signing time, zero if the signature is not good.
func (v *verifier) signedBySystem(cmsFile string, content []byte, signer string) time.Time {
	cms := v.read(cmsFile, maxSmall)
	if cms == nil || content == nil {
		return time.Time{}
	}
	signed, err := cades.Open(cms, content)
	if err == nil && !pki.IsSystem(signed.Certificate, signer) {
		err = fmt.Errorf("the signer is %q, not %q", signed.Certificate.Subject, signer)
	}
	if err == nil {
		v.signers[serial(signed.Certificate)] = true
		_, err = signed.Check(v.trust, time.Time{})
	}
	if err != nil {
		v.fault("signature", cmsFile, "签名无效：%v", "signature is not valid: %v", err)
		return time.Time{}
	}
	return signed.At
}

// readManifest checks the manifest's signature and form. It reports whether the manifest can be used.
func (v *verifier) readManifest() bool {
	data := v.read(manifestFile, maxManifest)
	at := v.signedBySystem(manifestSignature, data, pki.FilingName)
	if data == nil {
		return false
	}
	if err := decodeCanonical(data, &v.manifest); err != nil {
		v.fault("format", manifestFile, "清单格式不正确：%v", "manifest is not well formed: %v", err)
		return false
	}
	m := v.manifest
	if m.Format != packFormat || m.Version != packVersion {
		v.fault("version", manifestFile, "不支持的证据包格式 %s %d", "unsupported pack format %s %d", m.Format, m.Version)
		return false
	}
	if !at.IsZero() {
		v.Summary.SealedAt = &at
		if !at.Equal(m.CreatedAt.Truncate(time.Second)) {
			v.fault("time", manifestFile, "生成时间与签名时间不一致", "creation time differs from the signing time")
		}
		if at.After(v.options.Now.Add(clockSkew)) {
			v.add(Warning, "future", manifestFile, "签章时间晚于本机时间，请检查本机时钟", "sealed in the future: check this machine's clock")
		}
	}
	return true
}

// contents compares every file with the manifest: digests, sizes, nothing missing, nothing more.
func (v *verifier) contents(ctx context.Context) error {
	v.hashes = map[string]string{}
	for i, f := range v.manifest.Files {
		if i > 0 && v.manifest.Files[i-1].Path >= f.Path {
			v.fault("format", manifestFile, "文件列表未排序", "the list of files is not sorted")
		}
		v.hashes[f.Path] = f.SHA256
		e, ok := v.archive.Entries[f.Path]
		if !ok {
			v.fault("missing_file", f.Path, "清单所列文件缺失", "a file that the manifest lists is missing")
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		digest, err := e.Measure(io.Discard)
		if err != nil || digest != f.SHA256 || e.Size != f.Size {
			v.fault("changed_file", f.Path, "文件内容已被改动（与清单摘要不符）", "the content was changed: it does not fit the manifest's digest")
		}
	}
	for _, name := range v.archive.Names {
		if _, listed := v.hashes[name]; !listed && name != manifestFile && name != manifestSignature {
			v.fault("extra_file", name, "清单未列出的文件", "a file that the manifest does not list")
		}
	}
	return nil
}
