package evidence

import (
	"bytes"
	"crypto/x509"
	"strconv"
	"strings"
	"time"

	"countersign/internal/evidence/cades"
	"countersign/internal/evidence/container"
	"countersign/internal/evidence/opc"
	"countersign/internal/pki"
)

// SealDocx returns the Word file docx with the filing seal over every part of it. chain holds the certificates above the
// filing signer's, the root last (Authority.Chain and Authority.Root); at becomes the signing time. The result is a Word
// file whose signature Word and LibreOffice show; any later change of a byte makes VerifyDocx refuse it.
func SealDocx(docx []byte, filing pki.Signer, chain []*x509.Certificate, at time.Time) ([]byte, error) {
	return opc.Seal(docx, filing, append([]*x509.Certificate{filing.Certificate}, chain...), at)
}

// VerifyDocx judges a sealed Word file. Without options.Root the file's own root certificate is the trust anchor, and the
// report asks to compare its fingerprint. Revocation of the filing key is not checked: the evidence pack does that.
func VerifyDocx(data []byte, options Options) *Report {
	a, err := container.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return newReport(kindDocx).unreadable("不是可读的 Word 文件：%v", "not a readable Word file: %v", err)
	}
	return verifyDocx(a, options.withDefaults())
}

func verifyDocx(a *container.Archive, options Options) *Report {
	rep := newReport(kindDocx)
	if !opc.IsDocx(a) {
		return rep.unreadable("不是可读的 Word 文件", "not a readable Word file")
	}
	s, err := opc.Check(a)
	if err != nil {
		rep.fault("seal", "", "文件没有有效的归档签章：%v", "the file carries no usable filing seal: %v", err)
		return rep
	}
	for _, p := range s.Problems {
		rep.fault("changed_file", p.Part, "封存后被改动：%v", "changed after it was sealed: %v", p.Err)
	}
	if len(s.Chain) == 0 {
		return rep
	}
	if len(s.Problems) == 0 {
		readHeader(rep, a)
	}
	rep.Summary.SealedAt, rep.Summary.Files = &s.At, s.Parts
	judgeSealer(rep, s, options)
	return rep
}

// readHeader says which ticket and revision the page is that was sealed: its content controls are under the seal.
func readHeader(rep *Report, a *container.Archive) {
	texts, err := opc.Controls(a, "doc.")
	if err != nil {
		rep.fault("format", "", "页面无法读取：%v", "the page cannot be read: %v", err)
		return
	}
	one := func(tag string) string { return strings.Join(texts[tag], " / ") }
	rep.Summary.Ticket, rep.Summary.ShortCode = one("doc.number"), one("doc.short_code")
	if n, err := strconv.Atoi(strings.Trim(one("doc.revision"), "第版 ")); err == nil {
		rep.Summary.Revision = n
	}
	if rep.Summary.Ticket == "" {
		rep.add(Warning, "no_ticket", "", "页面没有工单编号", "the page names no ticket")
	}
}

// judgeSealer checks that the seal is the filing signer's.
func judgeSealer(rep *Report, s *opc.Sealed, options Options) {
	root := options.Root
	if root == nil {
		root = s.Chain[len(s.Chain)-1]
		rep.add(Note, "root_unconfirmed", "", "使用文件内的根证书，请将上面的指纹与系统运营方公布的指纹核对",
			"the file's own root certificate is used: compare its fingerprint with the published one")
	}
	rep.RootSHA256 = pki.Fingerprint(root)
	roots := x509.NewCertPool()
	roots.AddCert(root)
	signer := cades.Signed{Certificate: s.Chain[0], At: s.At}
	if _, err := signer.Check(cades.Trust{Roots: roots, Intermediates: s.Chain[1:]}, s.At); err != nil {
		rep.fault("certificate", "", certificateZH(err)+"：%v", "the certificate is not good: %v", err)
	}
	if !pki.IsSystem(signer.Certificate, pki.FilingName) {
		rep.fault("holder", "", "不是归档签章，而是 %v", "not the filing seal, but %v", signer.Certificate.Subject)
	}
	if s.At.After(options.Now.Add(clockSkew)) {
		rep.add(Warning, "future", "", "签章时间晚于本机时间，请检查本机时钟", "sealed in the future: check this machine's clock")
	}
}
