package opc

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// Algorithms and namespaces of XML-DSig, XAdES and Office.
const (
	dsigNS   = "http://www.w3.org/2000/09/xmldsig#"
	xadesNS  = "http://uri.etsi.org/01903/v1.3.2#"
	mdssiNS  = "http://schemas.openxmlformats.org/package/2006/digital-signature"
	officeNS = "http://schemas.microsoft.com/office/2006/digsig"

	c14n         = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	ecdsaSHA256  = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
	sha256URI    = "http://www.w3.org/2001/04/xmlenc#sha256"
	relTransform = "http://schemas.openxmlformats.org/package/2006/RelationshipTransform"
	objectType   = dsigNS + "Object"
	propsType    = "http://uri.etsi.org/01903#SignedProperties"
)

// Identifiers inside the signature. They carry a number because LibreOffice confuses signatures that share them.
const (
	idSignature  = "idPackageSignature_1"
	idPackage    = "idPackageObject_1"
	idOffice     = "idOfficeObject_1"
	idProperties = "idSignedProperties_1"
)

// timeFormat is how signing times are written, UTC in whole seconds.
const timeFormat = "2006-01-02T15:04:05Z"

// The signed comment holds the digest over all parts, after its label.
const (
	commentPrefix = "Countersign 三方会签 " + digestLabel
	digestLabel   = "package-sha256:"
)

// reference is one digest of the manifest.
type reference struct{ part, xml string }

// signature is the XML of a signature around its value. signedInfo holds the canonical bytes that are signed.
type signature struct {
	signedInfo []byte
	references []reference
	head, tail string
}

// with returns the whole signature part for a signature value.
func (s signature) with(value string) string {
	return s.head + "<SignatureValue>" + value + "</SignatureValue>" + s.tail
}

func b64(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

func digestXML(data []byte) string {
	sum := sha256.Sum256(data)
	return `<DigestMethod Algorithm="` + sha256URI + `"></DigestMethod><DigestValue>` + b64(sum[:]) + `</DigestValue>`
}

// xmlnsOn puts inherited namespace declarations on the first element of a fragment: the form in which it is digested.
func xmlnsOn(fragment, declarations string) []byte {
	i := strings.IndexAny(fragment, " >")
	return []byte(fragment[:i] + declarations + fragment[i:])
}

const dsigDeclaration = ` xmlns="` + dsigNS + `"`

// compose writes everything of the signature but its value. chain begins with the signer's certificate.
func compose(p parts, chain []*x509.Certificate, at time.Time) (signature, error) {
	references, err := manifest(p)
	if err != nil {
		return signature{}, err
	}
	var list strings.Builder
	for _, r := range references {
		list.WriteString(r.xml)
	}
	when := at.UTC().Format(timeFormat)
	pkg := `<Object Id="` + idPackage + `"><Manifest>` + list.String() + `</Manifest><SignatureProperties>` +
		`<SignatureProperty Id="idSignatureTime_1" Target="#` + idSignature + `"><mdssi:SignatureTime xmlns:mdssi="` + mdssiNS + `">` +
		`<mdssi:Format>YYYY-MM-DDThh:mm:ssTZD</mdssi:Format><mdssi:Value>` + when + `</mdssi:Value>` +
		`</mdssi:SignatureTime></SignatureProperty></SignatureProperties></Object>`
	office := `<Object Id="` + idOffice + `"><SignatureProperties><SignatureProperty Id="idOfficeV1Details_1" Target="#` + idSignature + `">` +
		officeInfo(p.digest()) + `</SignatureProperty></SignatureProperties></Object>`
	properties := signedProperties(chain[0], when)

	info := `<SignedInfo><CanonicalizationMethod Algorithm="` + c14n + `"></CanonicalizationMethod>` +
		`<SignatureMethod Algorithm="` + ecdsaSHA256 + `"></SignatureMethod>` +
		`<Reference Type="` + objectType + `" URI="#` + idPackage + `">` + digestXML(xmlnsOn(pkg, dsigDeclaration)) + `</Reference>` +
		`<Reference Type="` + objectType + `" URI="#` + idOffice + `">` + digestXML(xmlnsOn(office, dsigDeclaration)) + `</Reference>` +
		`<Reference Type="` + propsType + `" URI="#` + idProperties + `"><Transforms><Transform Algorithm="` + c14n + `"></Transform></Transforms>` +
		digestXML(xmlnsOn(properties, dsigDeclaration+` xmlns:xd="`+xadesNS+`"`)) + `</Reference></SignedInfo>`

	var certs strings.Builder
	for _, c := range chain {
		certs.WriteString(`<X509Certificate>` + b64(c.Raw) + `</X509Certificate>`)
	}
	return signature{
		signedInfo: xmlnsOn(info, dsigDeclaration),
		references: references,
		head:       xmlHead + `<Signature` + dsigDeclaration + ` Id="` + idSignature + `">` + info,
		tail: `<KeyInfo><X509Data>` + certs.String() + `</X509Data></KeyInfo>` + pkg + office +
			`<Object><xd:QualifyingProperties xmlns:xd="` + xadesNS + `" Target="#` + idSignature + `">` + properties +
			`</xd:QualifyingProperties></Object></Signature>`,
	}, nil
}

// manifest writes one reference per covered part, sorted by name.
func manifest(p parts) ([]reference, error) {
	types, err := readTypes(p[typesPart])
	if err != nil {
		return nil, err
	}
	var out []reference
	for _, name := range p.names() {
		if !covered(name) {
			continue
		}
		ct, transforms, data := relsType, "", p[name]
		if strings.HasSuffix(name, ".rels") {
			list, err := signedRels(name, data)
			if err != nil {
				return nil, err
			}
			transforms, data = relsTransforms(list), transformed(list)
		} else if ct, err = types.of(name); err != nil {
			return nil, err
		}
		out = append(out, reference{name, `<Reference URI="/` + escape(name) + `?ContentType=` + escape(ct) + `">` +
			transforms + digestXML(data) + `</Reference>`})
	}
	return out, nil
}

func relsTransforms(list []relationship) string {
	var b strings.Builder
	b.WriteString(`<Transforms><Transform Algorithm="` + relTransform + `">`)
	for _, r := range list {
		fmt.Fprintf(&b, `<mdssi:RelationshipReference xmlns:mdssi="%s" SourceId="%s"></mdssi:RelationshipReference>`, mdssiNS, escape(r.ID))
	}
	b.WriteString(`</Transform><Transform Algorithm="` + c14n + `"></Transform></Transforms>`)
	return b.String()
}

// officeInfo is the property that Word shows; its comment carries the digest over all parts.
func officeInfo(digest string) string {
	return `<SignatureInfoV1 xmlns="` + officeNS + `"><SetupID></SetupID><SignatureText></SignatureText><SignatureImage></SignatureImage>` +
		`<SignatureComments>` + commentPrefix + digest + `</SignatureComments>` +
		`<WindowsVersion>10.0</WindowsVersion><OfficeVersion>16.0</OfficeVersion><ApplicationVersion>16.0</ApplicationVersion>` +
		`<Monitors>1</Monitors><HorizontalResolution>1920</HorizontalResolution><VerticalResolution>1080</VerticalResolution>` +
		`<ColorDepth>32</ColorDepth><SignatureProviderId>{00000000-0000-0000-0000-000000000000}</SignatureProviderId>` +
		`<SignatureProviderUrl></SignatureProviderUrl><SignatureProviderDetails>9</SignatureProviderDetails>` +
		`<SignatureType>1</SignatureType></SignatureInfoV1>`
}

// signedProperties is the XAdES part: when, and with exactly which certificate.
func signedProperties(cert *x509.Certificate, when string) string {
	return `<xd:SignedProperties Id="` + idProperties + `"><xd:SignedSignatureProperties><xd:SigningTime>` + when + `</xd:SigningTime>` +
		`<xd:SigningCertificate><xd:Cert><xd:CertDigest>` + digestXML(cert.Raw) + `</xd:CertDigest><xd:IssuerSerial>` +
		`<X509IssuerName>` + escapeText(cert.Issuer.String()) + `</X509IssuerName><X509SerialNumber>` + cert.SerialNumber.String() +
		`</X509SerialNumber></xd:IssuerSerial></xd:Cert></xd:SigningCertificate>` +
		`<xd:SignaturePolicyIdentifier><xd:SignaturePolicyImplied></xd:SignaturePolicyImplied></xd:SignaturePolicyIdentifier>` +
		`</xd:SignedSignatureProperties></xd:SignedProperties>`
}
