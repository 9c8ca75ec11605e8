// Package signoff is the kit that every process stands on: the desk that a ticket's workflow sits at (waits, commands,
// atomic transitions), the approval chain with return, withdrawal and resubmission, soft and hard clocks, and the rules
// that keep the three parties apart. It decides and records; it renders, stores and sends nothing itself.
//
// A process's workflow calls Open, then Desk.Approve for the chain, then Desk.Wait for each later phase, and ends with
// Desk.Close. Each Wait is one durable state of the ticket: entering it commits everything that led there in one
// database transaction, and only then is the person who caused it answered.
package signoff
