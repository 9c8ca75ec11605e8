//go:build !ui

package web

import "io/fs"

// FS returns nil: this build has no web application. `-tags ui` embeds it, after `npm ci && npm run build` in web/.
func FS() fs.FS { return nil }
