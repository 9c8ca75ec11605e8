package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"countersign/internal/pki"
)

// rootCommand lets the operator publish the trust anchor: without a root certificate obtained from the operator, a pack made
// by anybody's installation verifies.
func rootCommand(e *env) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "root", Args: cobra.NoArgs,
		Short: "print the root certificate and its fingerprint, to publish them to whoever verifies evidence packs",
	}
	cmd.Flags().StringVar(&out, "out", "", "`file` for the certificate (PEM); without it the certificate is printed")
	apply := commonFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return e.withParts(cmd, apply, func(_ context.Context, p *parts) error {
			root := p.authority.Root()
			e.sayRoot(root)
			text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw})
			if out == "" {
				_, err := e.out.Write(text)
				return err
			}
			return os.WriteFile(out, text, 0o644)
		})
	}
	return cmd
}

// sayRoot prints the fingerprint that others compare.
func (e *env) sayRoot(root *x509.Certificate) {
	fmt.Fprintf(e.out, "Root certificate SHA-256 %s\n", pki.Fingerprint(root))
}
