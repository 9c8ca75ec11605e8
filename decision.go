package countersign

import "time"

// Decision is what a person decides on a waiting step.
type Decision string

// Approve, Return and Reject answer a sign-off step; Withdraw belongs to the drafter.
const (
	Approve  Decision = "approve"  // 同意
	Return   Decision = "return"   // 退回, back to the drafter with an opinion
	Reject   Decision = "reject"   // 否决, ends the request
	Withdraw Decision = "withdraw" // 撤回, the drafter takes the request back
)

// Label returns the Chinese word for d.
func (d Decision) Label() string {
	switch d {
	case Approve:
		return "同意"
	case Return:
		return "退回"
	case Reject:
		return "否决"
	case Withdraw:
		return "撤回"
	}
	return string(d)
}

// ChainStep is one sign-off of a process: a step ID such as "approval.client", the party that signs it, the
// organisation that plays the party for the ticket's system, and the role its signer must hold.
type ChainStep struct {
	ID           string `json:"id"`
	Party        Party  `json:"party"`
	Organisation string `json:"organisation"`
	Role         string `json:"role"`
}

// FileDigest names a file and its SHA-256 (lower-case hex).
type FileDigest struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// StatementVersion is the version of the statement layout that this software writes.
const StatementVersion = 1

// Statement is what a person signs, as RFC 8785 canonical JSON. It carries every fact that the separation of
// the parties and the order of the chain can be recomputed from without our server.
type Statement struct {
	Version          int          `json:"version"`
	Contract         string       `json:"contract"`
	Ticket           string       `json:"ticket"`
	Process          string       `json:"process"`
	System           string       `json:"system"`
	Revision         int          `json:"revision"`
	FormVersion      string       `json:"form_version"`    // digest of the form definition
	FormSHA256       string       `json:"form_sha256"`     // digest of the revision's canonical bytes
	TemplateSHA256   string       `json:"template_sha256"` // digest of the Word template
	Documents        []FileDigest `json:"documents"`       // the rendered page that was shown
	Attachments      []FileDigest `json:"attachments"`
	Records          []FileDigest `json:"records"`  // execution records that the step answers for
	Drafters         []string     `json:"drafters"` // person IDs of everyone who drafted a revision so far, stand-ins and their principals included
	Chain            []ChainStep  `json:"chain"`    // the approval chain, frozen at submit
	Step             string       `json:"step"`
	Party            Party        `json:"party"`
	Organisation     string       `json:"organisation"`
	OrganisationName string       `json:"organisation_name"`
	Person           string       `json:"person"`
	PersonName       string       `json:"person_name"`
	OnBehalfOf       string       `json:"on_behalf_of"`      // person ID or ""
	OnBehalfOfName   string       `json:"on_behalf_of_name"` // or ""
	Decision         Decision     `json:"decision"`
	Opinion          string       `json:"opinion"`
	Waivers          []string     `json:"waivers"`            // e.g. "notice_lead_time": clause 附6-二-16.5.1.1, D-23
	Previous         string       `json:"previous_signature"` // SHA-256 of the signature before it, "" for the first
	SignedAt         time.Time    `json:"signed_at"`          // UTC, whole milliseconds
}

// WaiveNotice is the waiver of the two working days before an upgrade that affects business (D-22, D-23).
const WaiveNotice = "notice_lead_time"

// Signature is one signed statement. ID is the SHA-256 of the CMS bytes; the next statement names it as Previous.
type Signature struct {
	ID           string          `json:"id"`
	Ticket       string          `json:"ticket"`
	Seq          int             `json:"seq"` // order of signing within the ticket, from 1, over all rounds
	Revision     int             `json:"revision"`
	Step         string          `json:"step"`
	Party        Party           `json:"party"`
	Organisation string          `json:"organisation"`
	Person       string          `json:"person"`
	OnBehalfOf   string          `json:"on_behalf_of,omitempty"`
	Decision     Decision        `json:"decision"`
	Opinion      string          `json:"opinion"`
	Status       SignatureStatus `json:"status"`
	SignedAt     time.Time       `json:"signed_at"`
	Statement    []byte          `json:"-"` // canonical JSON
	CMS          []byte          `json:"-"` // detached CAdES, DER
	Certificate  []byte          `json:"-"` // signer certificate, DER
	Picture      []byte          `json:"-"` // PNG of the handwriting, may be nil
}

// SignatureStatus says whether a signature counts.
type SignatureStatus string

// A signature is staged before the workflow hears of it, counted by the workflow's transaction, void when a
// later return or withdrawal opened a new revision, refused when the workflow did not accept it.
const (
	SignatureStaged  SignatureStatus = "staged"
	SignatureCounted SignatureStatus = "counted"
	SignatureVoid    SignatureStatus = "void"
	SignatureRefused SignatureStatus = "refused"
)
