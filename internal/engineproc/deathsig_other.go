//go:build !linux

package engineproc

import "syscall"

// dieWithUs keeps Ctrl-C in the terminal to us. Other kernels cannot kill the child with us; there the end of its
// standard input stops it.
func dieWithUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
