// Package countersign holds the words of the domain (三方会签): parties, tickets, decisions, statements,
// audit entries and the one error type. It owns no behaviour that needs a database, a network or a clock
// and imports the standard library only; every other package speaks these words.
// The folders build on it in one direction: cmd -> api, worker -> workflows -> activities, forms -> here.
package countersign
