// Package opc seals a Word file: one XML digital signature in the form that ISO/IEC 29500-2 and Word use (an OPC package
// signature with Office and XAdES properties), and verifies it.
//
// The standard leaves content types, document properties and the raw bytes of relationship parts unsigned. A sealed file
// therefore also carries one digest over every part, in the signed comment, and is written in the canonical zip form of
// internal/evidence/container, so that a change of any byte is found by our verifier, while Word and LibreOffice check
// what the standard covers. The writer produces canonical XML by construction and the verifier builds the same XML again
// and compares bytes; neither needs an XML canonicalizer.
//
// internal/evidence calls Seal when a ticket is filed and Check when "countersign verify" is given a .docx.
package opc
