// Package evidencetest builds evidence packs for tests: a certificate authority with a cast of invented people, and
// tickets that are signed step by step. Tests of this project may use it; the product does not.
package evidencetest
