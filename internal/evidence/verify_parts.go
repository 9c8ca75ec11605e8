package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"countersign"
	"countersign/internal/auditlog"
	"countersign/internal/evidence/cades"
	"countersign/internal/pki"
)

// readTicket reads the final projection and compares it with the manifest's header.
func (v *verifier) readTicket() {
	if !v.decode(ticketFile, &v.ticket) {
		return
	}
	t, m := v.ticket, v.manifest
	v.Summary = Summary{
		Ticket: t.Number, Title: t.Title, Process: t.Process, Contract: m.ContractName, System: m.SystemName,
		State: t.State, Revision: t.Revision, SealedAt: v.Summary.SealedAt, Files: len(m.Files),
	}
	if t.Number != m.Ticket || t.Contract != m.Contract || t.System != m.System || t.Process != m.Process ||
		t.State != m.State || t.Revision != m.Revision {
		v.fault("ticket", ticketFile, "工单与清单不一致", "the ticket differs from the manifest")
	}
}

// revisions checks that revision 1 to the last are there, each with its form definition.
func (v *verifier) revisions() {
	for i, r := range v.manifest.RevisionFiles {
		if r.N != i+1 || r.File != revisionPath(r.N) {
			v.fault("revision", manifestFile, "表单版本不连续：第 %d 项是第 %d 版", "revisions are not consecutive: item %d is revision %d", i+1, r.N)
		}
		v.known[r.File], v.known[formPath(r.FormVersion)] = true, true
		if v.hashes[formPath(r.FormVersion)] != r.FormVersion {
			v.fault("form", formPath(r.FormVersion), "表单定义与其版本摘要不符", "the form definition does not fit its version")
		}
	}
	if len(v.manifest.RevisionFiles) != v.ticket.Revision {
		v.fault("revision", manifestFile, "应有 %d 个表单版本，实有 %d 个", "want %d revisions, found %d", v.ticket.Revision, len(v.manifest.RevisionFiles))
	}
}

// form returns the form values of a revision; what is wrong with the file itself is reported elsewhere.
func (v *verifier) form(revision int) []byte {
	data, err := v.archive.Read(revisionPath(revision), maxJSON)
	if err != nil {
		return nil
	}
	return data
}

// namedFiles checks that the lists of attachments and documents fit the files.
func (v *verifier) namedFiles() {
	for folder, list := range map[string][]NamedFile{"attachments": v.manifest.AttachmentFiles, "documents": v.manifest.DocumentFiles} {
		for _, f := range list {
			v.known[f.File] = true
			if f.File != filePath(folder, f.Name, f.SHA256) || v.hashes[f.File] != f.SHA256 {
				v.fault("changed_file", f.File, "文件 %q 与清单登记不符", "file %q does not fit its entry", f.Name)
			}
		}
	}
}

func (v *verifier) records() {
	for i, r := range v.manifest.RecordFiles {
		v.known[r.File] = true
		if r.File != recordPath(i+1, r.Kind) || v.hashes[r.File] != r.ID {
			v.fault("record", r.File, "执行记录与其编号不符", "the record does not fit its ID")
		}
	}
}

// audit checks the ticket's hash chain, and that the signed checkpoint covers its head.
func (v *verifier) audit() {
	var entries []countersign.AuditEntry
	for i, line := range bytes.SplitAfter(v.read(auditFile, maxAudit), []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		var e countersign.AuditEntry
		if err := decodeCanonical(bytes.TrimSuffix(line, []byte("\n")), &e); err != nil || !bytes.HasSuffix(line, []byte("\n")) {
			v.fault("audit", auditFile, "审计日志第 %d 行格式不正确", "line %d of the audit log is not well formed", i+1)
			return
		}
		entries = append(entries, e)
	}
	v.entries = entries
	head, err := auditlog.Check(entries)
	if err == nil && head.Chain != v.ticket.Number {
		err = fmt.Errorf("it is the chain of %q", head.Chain)
	}
	if err != nil {
		v.fault("audit", auditFile, "审计日志链不完整：%v", "the audit chain is broken: %v", err)
	}
	v.checkpoint(head)
}

func (v *verifier) checkpoint(head countersign.ChainHead) {
	body := v.read(checkpointFile, maxJSON)
	at := v.signedBySystem(checkpointCMS, body, pki.AuditName)
	if body == nil {
		return
	}
	var cp auditlog.CheckpointBody
	if err := json.Unmarshal(body, &cp); err != nil {
		v.fault("audit", checkpointFile, "检查点格式不正确：%v", "the checkpoint is not well formed: %v", err)
		return
	}
	if again, err := cp.Canonical(); err != nil || !bytes.Equal(again, body) {
		v.fault("audit", checkpointFile, "检查点格式不正确", "the checkpoint is not in canonical form")
	}
	if !at.IsZero() && !at.Equal(cp.At.Truncate(time.Second)) {
		v.fault("time", checkpointFile, "检查点时间与签名时间不一致", "the checkpoint's time differs from the signing time")
	}
	for _, h := range cp.Heads {
		if h == head {
			return
		}
	}
	v.fault("audit", checkpointFile, "签名的检查点没有包含审计日志的末条记录", "the signed checkpoint does not cover the head of the audit chain")
}

// signedFact is a statement with what its signature proved.
type signedFact struct {
	fact
	cms []byte
}

func statements(list []signedFact) []fact {
	out := make([]fact, len(list))
	for i, f := range list {
		out[i] = f.fact
	}
	return out
}

// signatures opens every signature in signing order.
func (v *verifier) signatures() []signedFact {
	var list []signedFact
	for i, s := range v.manifest.SignatureFiles {
		f := signedFact{fact: fact{Seq: s.Seq, File: strings.TrimSuffix(s.Statement, ".json")}}
		if s.Statement != f.File+".json" || s.CMS != f.File+".p7s" || f.File != signaturePath(s.Seq, s.Party) {
			v.fault("format", manifestFile, "签名 %d 的文件名不正确", "signature %d has wrong file names", i+1)
		}
		if i > 0 && v.manifest.SignatureFiles[i-1].Seq >= s.Seq {
			v.fault("format", manifestFile, "签名未按顺序列出", "signatures are not listed in order")
		}
		v.known[s.Statement], v.known[s.CMS] = true, true
		if v.decode(s.Statement, &f.Statement) {
			f.cms = v.signature(s, f.Statement)
			list = append(list, f)
		}
	}
	want := signatureFiles(statements(list), v.ticket.Revision)
	for i, s := range v.manifest.SignatureFiles {
		if len(want) == len(v.manifest.SignatureFiles) && s != want[i] {
			v.fault("format", manifestFile, "签名 %d 的登记与声明不符", "the entry of signature %d does not fit its statement", s.Seq)
		}
	}
	return list
}

// signature checks the CAdES of one statement: form, value, time, certificate and holder. It returns its bytes.
func (v *verifier) signature(s SignatureFile, st countersign.Statement) []byte {
	cms, err := v.archive.Read(s.CMS, maxSmall)
	if err != nil {
		v.fault("unreadable_file", s.CMS, "文件缺失或损坏：%v", "file is missing or damaged: %v", err)
		return nil
	}
	content, err := v.archive.Read(s.Statement, maxJSON)
	if err != nil {
		return cms // reported when the statement was read
	}
	signed, err := cades.Open(cms, content)
	if err != nil {
		v.fault("signature", s.CMS, "签名无效：%v", "signature is not valid: %v", err)
		return cms
	}
	v.signers[serial(signed.Certificate)] = true
	want := pki.Person{ID: st.Person, Name: st.PersonName, OrganisationName: st.OrganisationName}
	if holder, ok := pki.PersonOf(signed.Certificate); !ok || holder != want {
		v.fault("holder", s.CMS, "证书持有人与声明的签署人不符：%v", "the certificate's holder is not the statement's signer: %v", signed.Certificate.Subject)
	}
	exact := auditlog.Time(st.SignedAt) // UTC, whole milliseconds
	if !signed.At.Equal(exact.Truncate(time.Second)) || exact.Format(time.RFC3339Nano) != st.SignedAt.Format(time.RFC3339Nano) {
		v.fault("time", s.Statement, "声明时间与签名时间不一致", "the statement's time differs from the signing time")
	}
	revoked, err := signed.Check(v.trust, st.SignedAt)
	if err != nil {
		v.fault("certificate", s.CMS, certificateZH(err)+"：%v", "the certificate is not good: %v", err)
	} else if !revoked.IsZero() {
		v.add(Warning, "revoked_later", s.CMS, "证书在签署之后被吊销（%s，北京时间）", "the certificate was revoked after signing (%s, UTC+8)", clock(revoked))
	}
	return cms
}

func certificateZH(err error) string {
	switch {
	case errors.Is(err, cades.ErrRevoked):
		return "签署时证书已被吊销"
	case errors.Is(err, cades.ErrNoCRL):
		return "缺少签署之后的吊销列表"
	case errors.Is(err, cades.ErrUsage):
		return "证书用途不是签名"
	}
	return "证书不是可信机构签发，或签署时不在有效期内"
}

// links checks that each statement names the signature before it and the files that it answers for.
func (v *verifier) links(facts []signedFact) {
	records, names := map[string]bool{}, map[countersign.FileDigest]bool{}
	for _, r := range v.manifest.RecordFiles {
		records[r.ID] = true
	}
	for _, f := range append(append([]NamedFile{}, v.manifest.AttachmentFiles...), v.manifest.DocumentFiles...) {
		names[countersign.FileDigest{Name: f.Name, SHA256: f.SHA256}] = true
	}
	previous := ""
	for _, f := range facts {
		st := f.Statement
		if st.Previous != previous {
			v.fault("previous", f.path(), "声明引用的上一签名不是包中的上一签名", "the statement does not name the signature before it")
		}
		previous = digestOf(f.cms)
		if v.hashes[revisionPath(st.Revision)] != st.FormSHA256 {
			v.fault("form", revisionPath(st.Revision), "表单内容与签名 %d 的摘要不符", "the form does not fit the digest of signature %d", f.Seq)
		}
		if r := st.Revision; r < 1 || r > len(v.manifest.RevisionFiles) || v.manifest.RevisionFiles[r-1].FormVersion != st.FormVersion {
			v.fault("form", f.path(), "表单定义版本与清单不符", "the form version differs from the manifest")
		}
		for _, d := range append(append([]countersign.FileDigest{}, st.Attachments...), st.Documents...) {
			if !names[d] {
				v.fault("missing_file", f.path(), "声明引用的文件 %q 不在包中", "file %q that the statement names is not in the pack", d.Name)
			}
		}
		for _, r := range st.Records {
			if !records[r.SHA256] {
				v.fault("missing_file", f.path(), "声明引用的记录 %q 不在包中", "record %q that the statement names is not in the pack", r.Name)
			}
		}
		if st.SignedAt.After(v.manifest.CreatedAt.Add(clockSkew)) {
			v.fault("time", f.path(), "签署时间晚于证据包生成时间", "signed after the pack was made")
		}
	}
}

// signerFiles checks that certs/ holds exactly the certificates of those who signed.
func (v *verifier) signerFiles() {
	for _, name := range v.archive.Names {
		if !strings.HasPrefix(name, "certs/signer-") {
			continue
		}
		cert := v.certificate(name)
		if cert == nil || name != "certs/signer-"+serial(cert)+".pem" || !v.signers[serial(cert)] {
			v.fault("certificate", name, "不是任何签名人的证书", "not the certificate of any signer")
			continue
		}
		delete(v.signers, serial(cert))
	}
	for s := range v.signers {
		v.fault("missing_file", "certs/signer-"+s+".pem", "缺少签名人证书", "a signer's certificate is missing")
	}
}

// unexplained finds listed files that nothing refers to. The guide and the script are text for people.
func (v *verifier) unexplained() {
	v.known[guideFile], v.known[scriptFile] = true, true
	for _, f := range v.manifest.Files {
		if !v.known[f.Path] {
			v.fault("extra_file", f.Path, "没有任何声明或登记引用该文件", "nothing refers to this file")
		}
	}
	for _, name := range []string{ticketFile, auditFile, checkpointFile, checkpointCMS, rootFile, guideFile, scriptFile} {
		if v.hashes[name] == "" {
			v.fault("missing_file", name, "清单缺少必需的文件", "a required file is not listed")
		}
	}
}

func (v *verifier) summarise(facts []signedFact) {
	list := statements(facts)
	for i, f := range list {
		st := f.Statement
		v.Summary.Signatures = append(v.Summary.Signatures, SignedBy{
			Seq: f.Seq, Revision: st.Revision, Step: st.Step, Party: st.Party, Organisation: st.OrganisationName,
			Person: st.PersonName, OnBehalfOf: st.OnBehalfOfName, Decision: st.Decision, Opinion: st.Opinion,
			At: st.SignedAt, Counts: counts(list, i, v.ticket.Revision),
		})
	}
}
