// Package web owns the application that people use in the browser: Vue and TypeScript below src/, built by Vite into
// dist/ and embedded into the binary by the build tag `ui`. Without the tag there is only a stub, so that work in Go needs
// no Node. cmd/countersign hands FS to the API, which serves it below /.
//
// Below src: api (client and types generated from /openapi.json), stores (who is logged in, what the contract holds), ui
// (tokens and small parts), forms (values, paper, input fields by kind), ticket (parts of the ticket page), pages (one file
// per route), i18n (zh-CN first, en).
//
// Screens know no process: forms, execution steps and records are drawn from GET /processes/{process}/form.
// Next: live updates, charts, search over every field, saved filters.
package web
