package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"countersign"
	"countersign/internal/config"
	"countersign/internal/enrol"
	"countersign/internal/password"
	"countersign/internal/store"
)

// userCommand manages people from the machine itself. Secrets are read from standard input, one per line, so that they
// stand in no process list and no shell history.
func userCommand(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "add and manage people from the command line"}
	cmd.AddCommand(userAdd(e), userList(e), userPassword(e), userGrant(e), userDisable(e), userEnable(e),
		userUnlock(e), userCertify(e))
	return cmd
}

// withParts opens the parts for one user command.
func (e *env) withParts(cmd *cobra.Command, apply func(*config.Config), do func(context.Context, *parts) error) error {
	c, err := e.load(apply)
	if err != nil {
		return err
	}
	p, err := open(cmd.Context(), c, e.logger("warn"), false)
	if err != nil {
		return err
	}
	return errors.Join(do(cmd.Context(), p), p.close())
}

// secret reads one line from standard input.
func secret(in *bufio.Reader, what string) (string, error) {
	line, err := in.ReadString('\n')
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", errors.Join(fmt.Errorf("%s is expected on standard input", what), err)
	}
	return line, nil
}

// readPassword reads a password that is good enough and returns its hash.
func readPassword(in *bufio.Reader) (string, error) {
	word, err := secret(in, "the password")
	if err != nil {
		return "", err
	}
	if err := password.Check(word); err != nil {
		return "", err
	}
	return password.Hash(word)
}

// parseGrants reads role@system, where system may be *.
func parseGrants(person string, texts []string) ([]countersign.Grant, error) {
	var out []countersign.Grant
	for _, t := range texts {
		role, system, ok := strings.Cut(t, "@")
		if !ok || role == "" || system == "" {
			return nil, fmt.Errorf("role %q: write role@system, for example supervisor.signer@*", t)
		}
		out = append(out, countersign.Grant{Person: person, Role: role, System: system})
	}
	return out, nil
}

func userAdd(e *env) *cobra.Command {
	var p countersign.Person
	var roles []string
	var sign bool
	cmd := &cobra.Command{
		Use: "add", Short: "add a person; reads the password and, with --sign, the PIN from standard input, a line each", Args: cobra.NoArgs,
	}
	f := cmd.Flags()
	f.StringVar(&p.ID, "id", "", "opaque person `ID` such as P101 (required)")
	f.StringVar(&p.Account, "account", "", "login `name` (required)")
	f.StringVar(&p.Name, "name", "", "full `name` as it is printed (required)")
	f.StringVar(&p.Organisation, "organisation", "", "organisation `key` of the contract pack (required)")
	f.StringArrayVar(&roles, "role", nil, "`role@system`, repeatable")
	f.BoolVar(&sign, "sign", false, "make a signing key and certificate")
	apply := commonFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if p.ID == "" || p.Account == "" || p.Name == "" || p.Organisation == "" {
			return errors.New("--id, --account, --name and --organisation are needed")
		}
		grants, err := parseGrants(p.ID, roles)
		if err != nil {
			return err
		}
		in := bufio.NewReader(e.in)
		n := enrol.Newcomer{Person: p, Grants: grants}
		if n.PasswordHash, err = readPassword(in); err != nil {
			return err
		}
		if sign {
			if n.PIN, err = secret(in, "the PIN"); err != nil {
				return err
			}
		}
		return e.withParts(cmd, apply, func(ctx context.Context, parts *parts) error {
			if _, err := parts.store.Person(ctx, p.ID); !errors.Is(err, countersign.ErrNotFound) {
				return errors.Join(fmt.Errorf("person %s exists already", p.ID), err)
			}
			return parts.desk().Enrol(ctx, n)
		})
	}
	return cmd
}

func userList(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "list people with organisation and roles", Args: cobra.NoArgs}
	apply := commonFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return e.withParts(cmd, apply, func(ctx context.Context, p *parts) error {
			for cursor := ""; ; {
				people, next, err := p.store.ListPersons(ctx, "", store.Page{Cursor: cursor})
				if err != nil {
					return err
				}
				for _, person := range people {
					if err := e.printPerson(ctx, p, person); err != nil {
						return err
					}
				}
				if cursor = next; cursor == "" {
					return nil
				}
			}
		})
	}
	return cmd
}

func (e *env) printPerson(ctx context.Context, p *parts, person countersign.Person) error {
	grants, err := p.store.Grants(ctx, person.ID)
	if err != nil {
		return err
	}
	var roles []string
	for _, g := range grants {
		roles = append(roles, g.Role+"@"+g.System)
	}
	state := ""
	if person.Disabled {
		state = " (disabled)"
	}
	_, err = fmt.Fprintf(e.out, "%-6s %-16s %s  %s  %s%s\n", person.ID, person.Account, person.Name, person.Organisation, strings.Join(roles, " "), state)
	return err
}

// userChange is a command about one account.
func userChange(e *env, use, short string, do func(context.Context, *parts, countersign.Person, []string) error) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.MinimumNArgs(1)}
	apply := commonFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return e.withParts(cmd, apply, func(ctx context.Context, p *parts) error {
			person, err := p.store.PersonByAccount(ctx, args[0])
			if err != nil {
				return fmt.Errorf("account %s: %w", args[0], err)
			}
			return do(ctx, p, person, args[1:])
		})
	}
	return cmd
}

func userPassword(e *env) *cobra.Command {
	return userChange(e, "password ACCOUNT", "set a password, read from standard input, and end all sessions",
		func(ctx context.Context, p *parts, person countersign.Person, _ []string) error {
			hash, err := readPassword(bufio.NewReader(e.in))
			if err != nil {
				return err
			}
			return p.desk().SetPassword(ctx, person, hash)
		})
}

func userGrant(e *env) *cobra.Command {
	return userChange(e, "grant ACCOUNT ROLE@SYSTEM...", "replace a person's roles",
		func(ctx context.Context, p *parts, person countersign.Person, texts []string) error {
			grants, err := parseGrants(person.ID, texts)
			if err != nil {
				return err
			}
			return p.desk().Grant(ctx, person, grants)
		})
}

func userDisable(e *env) *cobra.Command {
	return userChange(e, "disable ACCOUNT", "end a person's sessions and let them log in no more",
		func(ctx context.Context, p *parts, person countersign.Person, _ []string) error {
			return p.desk().Disable(ctx, person)
		})
}

func userEnable(e *env) *cobra.Command {
	return userChange(e, "enable ACCOUNT", "let a disabled person log in again",
		func(ctx context.Context, p *parts, person countersign.Person, _ []string) error {
			return p.desk().Enable(ctx, person)
		})
}

func userUnlock(e *env) *cobra.Command {
	return userChange(e, "unlock ACCOUNT", "let a person try their PIN again after too many wrong ones (first check who asks)",
		func(ctx context.Context, p *parts, person countersign.Person, _ []string) error {
			return p.desk().Unlock(ctx, person)
		})
}

func userCertify(e *env) *cobra.Command {
	return userChange(e, "certify ACCOUNT", "make a new signing key under a PIN read from standard input, and revoke the certificate before (first check who asks)",
		func(ctx context.Context, p *parts, person countersign.Person, _ []string) error {
			pin, err := secret(bufio.NewReader(e.in), "the PIN")
			if err != nil {
				return err
			}
			return p.desk().Certify(ctx, person, pin)
		})
}
