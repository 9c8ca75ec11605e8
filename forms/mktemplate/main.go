// Command mktemplate writes template.docx beside each given form.yaml, from the
// form's own print part. It overwrites the file: do not run it on a template
// that a clerk has edited.
//
//	go run ./forms/mktemplate workflows/upgrade workflows/requirement
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"countersign/forms/builder"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: mktemplate FOLDER...   (each with a form.yaml)")
		os.Exit(2)
	}
	for _, folder := range os.Args[1:] {
		if err := write(folder); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", folder, err)
			os.Exit(1)
		}
	}
}

func write(folder string) error {
	form, err := os.ReadFile(filepath.Join(folder, "form.yaml"))
	if err != nil {
		return err
	}
	docx, err := builder.Build(form)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "template.docx"), docx, 0o644)
}
