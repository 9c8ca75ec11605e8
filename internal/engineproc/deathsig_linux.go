package engineproc

import "syscall"

// dieWithUs has the kernel kill the child when we die, however that happens. Its own process group keeps Ctrl-C in the
// terminal to us: Stop then takes it down in order.
func dieWithUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
