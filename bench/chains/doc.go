// Package chains measures ticket chains per second (submit and three signed decisions) of Countersign beside a bare workflow
// with three updates of one empty local activity each, on the same Temporal server and database, in one run:
// `make bench`. It holds measurements only; the product does not import it.
package chains
