package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Config holds every setting. Each section owns its defaults and its Validate.
type Config struct {
	Data     string   `yaml:"data"`      // folder for everything that this process keeps on disk
	LogLevel string   `yaml:"log_level"` // debug, info, warn or error
	HTTP     HTTP     `yaml:"http"`
	Database Database `yaml:"database"`
	Engine   Engine   `yaml:"engine"`
	Contract Contract `yaml:"contract"`
	Signing  Signing  `yaml:"signing"`
}

// HTTP is where and how the API listens.
type HTTP struct {
	Listen        string        `yaml:"listen"`
	Secure        bool          `yaml:"secure"`  // behind TLS: cookies are marked Secure
	Proxies       []string      `yaml:"proxies"` // addresses or CIDR ranges whose X-Forwarded-For and -Proto are believed
	SessionIdle   time.Duration `yaml:"session_idle"`
	SessionMax    time.Duration `yaml:"session_max"`
	MaxAttachment int64         `yaml:"max_attachment"` // bytes
}

// Database is the application database: SQLite below Data unless URL names a PostgreSQL.
type Database struct {
	URL  string `yaml:"url"`
	Sync string `yaml:"sync"` // SQLite: full survives power loss, normal is faster
}

// Engine is the Temporal server: an embedded one unless Address names another.
type Engine struct {
	Address   string `yaml:"address"`
	Namespace string `yaml:"namespace"`
	Binary    string `yaml:"binary"`
	Postgres  string `yaml:"postgres"` // embedded server on PostgreSQL instead of SQLite
	Sync      string `yaml:"sync"`
	UI        bool   `yaml:"ui"`
}

// Contract is the contract pack and the folder with templates that override the embedded ones.
type Contract struct {
	Pack      string `yaml:"pack"` // folder, "" for the embedded default
	Templates string `yaml:"templates"`
}

// Signing is the master key and the PIN cache.
type Signing struct {
	MasterKey string        `yaml:"master_key"` // file; "" for Data/master.key, made at the first start
	WarmFor   time.Duration `yaml:"warm_for"`   // how long an unlocked key may answer further PINs, 0 for never
}

// Default returns the settings of one machine without any outside service.
func Default() Config {
	return Config{
		Data: "data", LogLevel: "info",
		HTTP:     HTTP{Listen: "127.0.0.1:8080", SessionIdle: 30 * time.Minute, SessionMax: 12 * time.Hour, MaxAttachment: 50 << 20},
		Database: Database{Sync: "full"},
		Engine:   Engine{Namespace: "countersign", Sync: "full", UI: true},
		Signing:  Signing{WarmFor: 5 * time.Minute},
	}
}

// environment names the variables that override the file.
var environment = map[string]func(*Config, string){
	"COUNTERSIGN_DATA":   func(c *Config, v string) { c.Data = v },
	"COUNTERSIGN_LISTEN": func(c *Config, v string) { c.HTTP.Listen = v },
	"COUNTERSIGN_PROXIES": func(c *Config, v string) {
		c.HTTP.Proxies = strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })
	},
	"COUNTERSIGN_LOG_LEVEL":  func(c *Config, v string) { c.LogLevel = v },
	"COUNTERSIGN_PACK":       func(c *Config, v string) { c.Contract.Pack = v },
	"COUNTERSIGN_TEMPLATES":  func(c *Config, v string) { c.Contract.Templates = v },
	"COUNTERSIGN_ENGINE":     func(c *Config, v string) { c.Engine.Binary = v },
	"COUNTERSIGN_MASTER_KEY": func(c *Config, v string) { c.Signing.MasterKey = v },
	"DATABASE_URL":           func(c *Config, v string) { c.Database.URL = v },
	"TEMPORAL_ADDRESS":       func(c *Config, v string) { c.Engine.Address = v },
	"TEMPORAL_NAMESPACE":     func(c *Config, v string) { c.Engine.Namespace = v },
}

// Load reads defaults, then file (may be ""), then the environment. Unknown keys in the file are errors.
func Load(file string, getenv func(string) string) (Config, error) {
	c := Default()
	if file != "" {
		raw, err := os.ReadFile(file)
		if err != nil {
			return c, fmt.Errorf("configuration: %w", err)
		}
		dec := yaml.NewDecoder(strings.NewReader(string(raw)))
		dec.KnownFields(true)
		if err := dec.Decode(&c); err != nil {
			return c, fmt.Errorf("configuration %s: %w", file, err)
		}
	}
	for name, set := range environment {
		if v := getenv(name); v != "" {
			set(&c, v)
		}
	}
	return c, nil
}

// Validate reports every problem at once.
func (c Config) Validate() error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if c.Data == "" {
		bad("data: a folder is needed")
	}
	switch c.LogLevel {
	case "debug", "info", "warn", "error":
	default:
		bad("log_level: %q is none of debug, info, warn, error", c.LogLevel)
	}
	return errors.Join(append(problems, c.HTTP.Validate(), c.Database.Validate(), c.Engine.Validate(), c.Contract.Validate(), c.Signing.Validate())...)
}

// Validate checks the section.
func (h HTTP) Validate() error {
	var problems []error
	if _, _, err := net.SplitHostPort(h.Listen); err != nil {
		problems = append(problems, fmt.Errorf("http.listen: %q is no host:port", h.Listen))
	}
	for _, p := range h.Proxies {
		_, rangeErr := netip.ParsePrefix(p)
		if _, err := netip.ParseAddr(p); err != nil && rangeErr != nil {
			problems = append(problems, fmt.Errorf("http.proxies (COUNTERSIGN_PROXIES): %q is neither an IP address nor a CIDR range", p))
		}
	}
	if h.SessionIdle <= 0 || h.SessionMax < h.SessionIdle {
		problems = append(problems, errors.New("http.session_idle must be positive and at most http.session_max"))
	}
	if h.MaxAttachment < 1<<10 || h.MaxAttachment > 1<<30 {
		problems = append(problems, errors.New("http.max_attachment must be between 1 KiB and 1 GiB"))
	}
	return errors.Join(problems...)
}

// Validate checks the section.
func (d Database) Validate() error {
	var problems []error
	if d.URL != "" && !strings.HasPrefix(d.URL, "postgres://") && !strings.HasPrefix(d.URL, "postgresql://") {
		problems = append(problems, errors.New("database.url (DATABASE_URL) must begin with postgres://"))
	}
	return errors.Join(append(problems, validSync("database.sync", d.Sync))...)
}

// Validate checks the section.
func (e Engine) Validate() error {
	var problems []error
	if e.Namespace == "" {
		problems = append(problems, errors.New("engine.namespace must not be empty"))
	}
	if e.Address != "" {
		if _, _, err := net.SplitHostPort(e.Address); err != nil {
			problems = append(problems, fmt.Errorf("engine.address (TEMPORAL_ADDRESS): %q is no host:port", e.Address))
		}
	}
	return errors.Join(append(problems, validSync("engine.sync", e.Sync))...)
}

// Validate checks the section.
func (c Contract) Validate() error {
	var problems []error
	for name, dir := range map[string]string{"contract.pack": c.Pack, "contract.templates": c.Templates} {
		if dir == "" {
			continue
		}
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			problems = append(problems, fmt.Errorf("%s: %s is no folder", name, dir))
		}
	}
	return errors.Join(problems...)
}

// Validate checks the section.
func (s Signing) Validate() error {
	if s.WarmFor < 0 || s.WarmFor > time.Hour {
		return errors.New("signing.warm_for must be between 0 and 1h")
	}
	return nil
}

func validSync(name, v string) error {
	if v != "full" && v != "normal" {
		return fmt.Errorf("%s: %q is neither full nor normal", name, v)
	}
	return nil
}

// MasterFile returns the file that holds the installation's master key.
func (c Config) MasterFile() string {
	if c.Signing.MasterKey != "" {
		return c.Signing.MasterKey
	}
	return filepath.Join(c.Data, "master.key")
}
