//go:build ui

package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// FS returns the built application: index.html, icon.svg and assets/.
func FS() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil { // only for an invalid path, and this one is a constant
		panic(err)
	}
	return sub
}
