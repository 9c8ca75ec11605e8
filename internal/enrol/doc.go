// Package enrol gives people what they need to take part, and takes it away: account, roles, password, and a signing key
// with its certificate. The command line and the demo use it; the certificate processes build on the same parts. Every
// change and every refusal is an entry of the audit chain "system".
package enrol
