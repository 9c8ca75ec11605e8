package store

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"countersign"
)

// Page limits.
const (
	DefaultLimit = 50
	MaxLimit     = 500
)

// Page asks for one page of a list: the cursor that the page before returned ("" = the first page) and how many rows.
type Page struct {
	Cursor string
	Limit  int // 0 = DefaultLimit; at most MaxLimit are given
}

func pageSize(limit int) int {
	if limit <= 0 {
		return DefaultLimit
	}
	return min(limit, MaxLimit)
}

// cursorOf packs the sort key of the last row of a page; callers treat it as opaque.
func cursorOf(n int64, key string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(itoa(n) + "|" + key))
}

// cursorKey unpacks a cursor.
func cursorKey(cursor string) (n int64, key string, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		number, rest, _ := strings.Cut(string(raw), "|")
		key = rest
		n, err = strconv.ParseInt(number, 10, 64)
	}
	if err == nil {
		err = text(key)
	}
	if err != nil {
		return 0, "", countersign.ErrMalformed.Because(fmt.Errorf("store: cursor: %w", err))
	}
	return n, key, nil
}

// cut ends a page at limit rows; rows may hold one more, which is how it knows that another page follows.
func cut[T any](rows []T, limit int, key func(T) (int64, string)) (page []T, next string) {
	if len(rows) <= limit {
		return rows, ""
	}
	n, k := key(rows[limit-1])
	return rows[:limit], cursorOf(n, k)
}
