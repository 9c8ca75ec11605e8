// Package testkit owns what tests of several packages need from the machine they run on: throw-away servers.
// Only _test.go files call it; nothing of the product may import it. A helper that cannot get what it needs fails
// the test and names the Debian package to install: a test that skips proves nothing.
package testkit
