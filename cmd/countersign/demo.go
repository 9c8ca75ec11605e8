package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"countersign"
	"countersign/internal/demo"
	"countersign/internal/enrol"
	"countersign/internal/evidence"
	"countersign/internal/filing"
	"countersign/internal/password"
	"countersign/internal/store"
)

func demoCommand(e *env) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "demo --out DIR", Short: "run real example tickets end to end without a browser, leave their files in DIR and verify them", Args: cobra.NoArgs,
	}
	cmd.Flags().StringVar(&out, "out", "", "`folder` for the files of the tickets (required)")
	apply := commonFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if out == "" {
			return errors.New("--out DIR is needed")
		}
		c, err := e.load(apply)
		if err != nil {
			return err
		}
		if !cmd.Flags().Changed("data") {
			dir, err := os.MkdirTemp("", "countersign-demo-")
			if err != nil {
				return err
			}
			defer func() { _ = os.RemoveAll(dir) }() // a scratch folder; what counts is in out
			c.Data = dir
		}
		if !cmd.Flags().Changed("listen") {
			c.HTTP.Listen = "127.0.0.1:0"
		}
		c.Engine.UI = false
		p, err := open(cmd.Context(), c, e.logger("warn"), true)
		if err != nil {
			return err
		}
		return errors.Join(e.demo(cmd.Context(), p, out), p.close())
	}
	return cmd
}

// demo plays every example ticket, files its documents below out and verifies them.
func (e *env) demo(ctx context.Context, p *parts, out string) error {
	if _, err := p.startEngine(ctx); err != nil {
		return err
	}
	if err := p.enrolDemo(ctx); err != nil {
		return err
	}
	if err := p.work(ctx); err != nil {
		return err
	}
	base, _, err := p.listen(ctx)
	if err != nil {
		return err
	}
	cast := demo.NewCast(base, p.pack)
	for _, play := range demo.Plays() {
		began := time.Now()
		number, err := play.Run(ctx, cast)
		if err != nil {
			return fmt.Errorf("%s: %w", play.Name, err)
		}
		if err := e.collect(ctx, cast, number, filepath.Join(out, number)); err != nil {
			return fmt.Errorf("%s: %w", play.Name, err)
		}
		fmt.Fprintf(e.out, "%-12s %s  %s  (%.1fs)\n", play.Name, number, filepath.Join(out, number), time.Since(began).Seconds())
	}
	return nil
}

// collect waits until a ticket is filed, downloads its documents into dir and verifies what can be verified.
func (e *env) collect(ctx context.Context, cast *demo.Cast, number, dir string) error {
	files, err := cast.Filed(ctx, number)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, want := range []string{filing.FormName(number), filing.EvidenceName} {
		content, ok := files[want]
		if !ok {
			return fmt.Errorf("%s has no %s", number, want)
		}
		name := filepath.Join(dir, want)
		if err := os.WriteFile(name, content, 0o644); err != nil {
			return err
		}
		report := evidence.VerifyFile(ctx, name, evidence.Options{Now: time.Now()})
		if !report.Valid {
			return errors.Join(fmt.Errorf("%s does not verify", name), report.Print(e.err))
		}
	}
	return nil
}

// enrolDemo gives the demo people of the pack their accounts, roles, keys and certificates.
func (p *parts) enrolDemo(ctx context.Context) error {
	d := p.pack.Demo
	if d == nil {
		return errors.New("the contract pack has no demo people")
	}
	grants := map[string][]countersign.Grant{}
	for _, g := range p.pack.Grants() {
		grants[g.Person] = append(grants[g.Person], g)
	}
	hash, err := password.Hash(d.Password) // the same for everybody: hashed once
	if err != nil {
		return err
	}
	desk := p.desk()
	desk.Via = "demo"
	var group errgroup.Group
	group.SetLimit(2) // each enrolment takes its share of a core for argon2id
	for _, person := range p.pack.People() {
		group.Go(func() error {
			_, err := p.store.ActiveKey(ctx, person.ID) // the last thing that enrolment stores
			if !errors.Is(err, countersign.ErrNotFound) {
				return err
			}
			return desk.Enrol(ctx, enrol.Newcomer{Person: person.Person, Grants: grants[person.ID], PasswordHash: hash, PIN: d.PINs[person.ID]})
		})
	}
	return group.Wait()
}

// desk manages people for whoever sits at the machine.
func (p *parts) desk() *enrol.Desk {
	return &enrol.Desk{Store: p.store, Pack: p.pack, Authority: p.authority, Keyring: p.keyring, Via: "cli"}
}

// greet plays one example upgrade on a new installation and prints what a stranger needs.
func (e *env) greet(ctx context.Context, p *parts, base string) error {
	cast := demo.NewCast(base, p.pack)
	number, err := p.example(ctx, cast)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "\nExample upgrade %s was signed by all three parties, carried out and filed:\n", number)
	dir := filepath.Join(p.config.Data, "example", number)
	if err := e.collect(ctx, cast, number, dir); err != nil {
		return err
	}
	for _, name := range []string{filing.FormName(number), filing.EvidenceName} {
		fmt.Fprintf(e.out, "  %s\n", filepath.Join(dir, name))
	}
	fmt.Fprintf(e.out, "  check it: bin/countersign verify %s\n\n", filepath.Join(dir, filing.EvidenceName))
	fmt.Fprintf(e.out, "Demo accounts (password of everybody: %s)\n", p.pack.Demo.Password)
	for _, person := range p.pack.People() {
		org, _ := p.pack.Organisation(person.Organisation)
		fmt.Fprintf(e.out, "  %-14s PIN %s  %s  %s %s\n", person.Account, p.pack.Demo.PINs[person.ID], person.Name, org.Name, person.Title)
	}
	fmt.Fprintf(e.out, "\nURL       %s\nAPI docs  %s/docs\nStop with Ctrl-C; everything is kept in %s.\n", base, base, p.config.Data)
	return nil
}

// exampleSetting remembers the example ticket of an installation.
const exampleSetting = "demo.example"

// example returns the installation's example ticket, played at the first start.
func (p *parts) example(ctx context.Context, cast *demo.Cast) (string, error) {
	var number string
	known, err := p.store.Setting(ctx, exampleSetting)
	if err == nil {
		return number, json.Unmarshal(known.Value, &number)
	}
	if !errors.Is(err, countersign.ErrNotFound) {
		return "", err
	}
	if number, err = demo.Plays()[0].Run(ctx, cast); err != nil {
		return "", err
	}
	value, err := json.Marshal(number)
	if err != nil {
		return "", err
	}
	_, err = p.store.PutSetting(ctx, store.Setting{Name: exampleSetting, Value: value, SetAt: time.Now()})
	return number, err
}
