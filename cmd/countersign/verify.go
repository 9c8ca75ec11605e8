package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"countersign/internal/contract"
	"countersign/internal/evidence"
	"countersign/workflows"
)

func verifyCommand(e *env) *cobra.Command {
	var asJSON bool
	var rootFile string
	cmd := &cobra.Command{
		Use: "verify FILE", Short: "check an evidence pack or a filed Word form, offline (0 valid, 1 not valid, 2 unreadable)",
		Args: func(cmd *cobra.Command, args []string) error { return e.misused(cobra.ExactArgs(1)(cmd, args)) },
		RunE: func(cmd *cobra.Command, args []string) error {
			options := evidence.Options{Now: time.Now()}
			if rootFile != "" {
				root, err := readCertificate(rootFile)
				if err != nil {
					return e.misused(err)
				}
				options.Root = root
			}
			return e.verify(cmd.Context(), args[0], options, asJSON)
		},
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return e.misused(err) })
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	cmd.Flags().StringVar(&rootFile, "root", "", "PEM `file` of the root certificate to trust; without it the file's own root is used and its fingerprint shown")
	return cmd
}

// misused says what is wrong with how verify was called. It exits with 2: 1 is a verdict on the file.
func (e *env) misused(err error) error {
	if err == nil {
		return nil
	}
	fmt.Fprintln(e.err, "countersign:", err)
	return exit(evidence.ExitUnreadable)
}

func (e *env) verify(ctx context.Context, file string, options evidence.Options, asJSON bool) error {
	report := evidence.VerifyFile(ctx, file, options)
	if err := e.print(report, asJSON); err != nil {
		return err
	}
	if code := report.ExitCode(); code != 0 {
		return exit(code)
	}
	return nil
}

func (e *env) print(report *evidence.Report, asJSON bool) error {
	if !asJSON {
		return report.Print(e.out)
	}
	text, err := report.JSON()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.out, "%s\n", text)
	return err
}

func readCertificate(file string) (*x509.Certificate, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, errors.New(file + " holds no PEM certificate")
	}
	return x509.ParseCertificate(block.Bytes)
}

func contractCommand(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "contract", Short: "work with contract packs"}
	cmd.AddCommand(&cobra.Command{
		Use: "check DIR", Short: "check a contract pack and name every problem with file and line (0 clean, 1 problems, 2 unreadable)",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if code := contract.RunCheck(args[0], e.out, contract.WithProcesses(processKeys()...)); code != 0 {
				return exit(code)
			}
			return nil
		},
	})
	return cmd
}

func processKeys() []string {
	var keys []string
	for _, p := range workflows.All() {
		keys = append(keys, p.Key)
	}
	return keys
}
