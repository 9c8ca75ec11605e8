// Package e2e tests the built program from outside: real processes, real HTTP, real databases, kill -9. It holds tests only.
package e2e
