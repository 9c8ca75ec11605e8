// Package enrol gives people what they need to take part: account, roles, and a signing key with its certificate. The
// command line and the demo use it; the certificate processes build on the same parts.
package enrol
