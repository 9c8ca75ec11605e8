package api

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"countersign/activities"
	"countersign/internal/blob"
	"countersign/internal/contract"
	"countersign/internal/pki"
	"countersign/internal/store"
	"countersign/internal/templates"
	"countersign/workflows/signoff"
)

// Config is what a Server is built from. Fields are required unless they say otherwise.
type Config struct {
	Store     *store.Store
	Blobs     *blob.Store
	Pack      *contract.Pack
	Processes []*signoff.Process // those that the pack does not enable are not served
	Authority *pki.Authority
	Keyring   *pki.Keyring
	Engine    Engine
	Documents Documents
	Calendar  activities.Calendar
	Templates *templates.Library

	UI      fs.FS            // optional: the web UI; a plain page without it
	Clock   func() time.Time // optional: default time.Now
	Log     *slog.Logger     // optional: default slog.Default()
	Secure  bool             // cookies only over https, for servers behind a TLS proxy
	Proxies []string         // optional: IP addresses and CIDR ranges of trusted proxies, whose X-Forwarded-For and -Proto are believed
	Version string           // optional: of the program, shown in OpenAPI
	Limits  Limits           // optional: zero fields mean the defaults
}

// Limits bound what one client can ask for.
type Limits struct {
	Body        int           // bytes of a JSON body; default 1 MiB
	Upload      int           // bytes of a multipart body; default 50 MiB
	Attachments int           // files of one ticket; default 50
	Request     time.Duration // longest time of one request; default 60 s
	SessionIdle time.Duration // without a request a session ends; default 30 min
	SessionLife time.Duration // a session ends in any case; default 12 h
	LoginTries  int           // failed logins of one account from one address, ten times as many of all accounts; default 5
	LoginWindow time.Duration // in this time; default 15 min
	RemindPause time.Duration // between two reminders of one ticket; default 1 h
}

func (l Limits) withDefaults() Limits {
	number := func(n *int, value int) {
		if *n == 0 {
			*n = value
		}
	}
	span := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	number(&l.Body, 1<<20)
	number(&l.Upload, 50<<20)
	number(&l.Attachments, 50)
	number(&l.LoginTries, 5)
	span(&l.Request, time.Minute)
	span(&l.SessionIdle, 30*time.Minute)
	span(&l.SessionLife, 12*time.Hour)
	span(&l.LoginWindow, 15*time.Minute)
	span(&l.RemindPause, time.Hour)
	return l
}

// Validate names everything that is missing or out of range, at once.
func (c Config) Validate() error {
	var errs []error
	need := func(ok bool, what string) {
		if !ok {
			errs = append(errs, fmt.Errorf("api: %s is missing", what))
		}
	}
	need(c.Store != nil, "Store")
	need(c.Blobs != nil, "Blobs")
	need(c.Pack != nil, "Pack")
	need(len(c.Processes) > 0, "Processes")
	need(c.Authority != nil, "Authority")
	need(c.Keyring != nil, "Keyring")
	need(c.Engine != nil, "Engine")
	need(c.Documents != nil, "Documents")
	need(c.Calendar != nil, "Calendar")
	need(c.Templates != nil, "Templates")
	l := c.Limits
	if l.Body < 0 || l.Upload < 0 || l.Attachments < 0 || l.LoginTries < 0 {
		errs = append(errs, errors.New("api: limits must not be negative"))
	}
	if l.Request < 0 || l.SessionIdle < 0 || l.SessionLife < 0 || l.LoginWindow < 0 || l.RemindPause < 0 {
		errs = append(errs, errors.New("api: times must not be negative"))
	}
	return errors.Join(errs...)
}
