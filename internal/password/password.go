package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Cost of a new hash: RFC 9106, second recommended option.
const (
	passes   = 3
	memory   = 64 << 10 // KiB
	threads  = 4
	saltSize = 16
	hashSize = 32
)

// Bounds of a password in characters.
const (
	MinLength = 10
	MaxLength = 128
)

// ErrWeak says that a password is too short, too long, or one character repeated.
var ErrWeak = errors.New("口令至少 10 个字符，最多 128 个，且不能是同一字符重复")

// slots bounds how many hashes are computed at once: each takes 64 MiB.
var slots = make(chan struct{}, 2)

// Check returns ErrWeak for a password that must not be set.
func Check(password string) error {
	n := utf8.RuneCountInString(password)
	if n < MinLength || n > MaxLength || strings.Count(password, string([]rune(password)[0])) == n {
		return ErrWeak
	}
	return nil
}

// Hash returns the stored form of a password, in the PHC format $argon2id$v=19$m=..,t=..,p=..$salt$hash, or ErrWeak.
func Hash(password string) (string, error) {
	if err := Check(password); err != nil {
		return "", err
	}
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails: crypto/rand
	key := derive(password, salt, passes, memory, threads, hashSize)
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, threads, enc.EncodeToString(salt), enc.EncodeToString(key)), nil
}

// Verify reports whether the password belongs to the stored hash. A hash that cannot be read belongs to none. An empty
// hash costs as much time as a real one, so that unknown accounts cannot be told from known ones.
func Verify(stored, password string) bool {
	if utf8.RuneCountInString(password) > MaxLength {
		return false
	}
	var version, m, t, p int
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		derive(password, make([]byte, saltSize), passes, memory, threads, hashSize)
		return false
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &m, &t, &p); err != nil {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || version != argon2.Version || !bounded(m, t, p, len(salt), len(want)) {
		return false
	}
	got := derive(password, salt, uint32(t), uint32(m), uint8(p), uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

// bounded keeps a changed database row from making us compute for hours.
func bounded(m, t, p, salt, hash int) bool {
	return m >= 8 && m <= 1<<20 && t >= 1 && t <= 64 && p >= 1 && p <= 64 && salt >= 8 && salt <= 64 && hash >= 16 && hash <= 64
}

func derive(password string, salt []byte, t, m uint32, p uint8, size uint32) []byte {
	slots <- struct{}{}
	defer func() { <-slots }()
	return argon2.IDKey([]byte(password), salt, t, m, p, size)
}
