package main

import (
	"net"
	"strconv"

	"github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// newUI makes the web UI for operators. It only shows: a change to a ticket needs a signature, and a click here would
// leave none. Payloads appear encrypted.
func newUI(address, frontend string) *server.Server {
	host, port, _ := net.SplitHostPort(address) // it comes from net.Addr
	number, _ := strconv.Atoi(port)
	return server.NewServer(server_options.WithConfigProvider(&uiconfig.Config{
		TemporalGRPCAddress: frontend,
		Host:                host,
		Port:                number,
		EnableUI:            true,
		DefaultNamespace:    namespace,
		DisableNewsFetch:    true, // isolated networks: nothing is fetched from outside
		DisableWriteActions: true,
		HideLogs:            true,
		CORS:                uiconfig.CORS{CookieInsecure: true}, // plain http, but on loopback only
	}))
}
