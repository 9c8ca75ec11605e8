package forms

// The first template of each form is drawn from its form.yaml. Run go generate
// only after a change of a print part: it overwrites what a clerk edited.
//go:generate go run ./mktemplate ../workflows/upgrade ../workflows/requirement
