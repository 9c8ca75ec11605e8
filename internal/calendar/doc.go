// Package calendar counts working days (工作日) by the official holidays and make-up workdays of the PRC (D-67).
// It owns the arithmetic only: the dates come from a contract pack, which internal/contract loads and checks. It is
// pure: no clock, no I/O, no package state. The API and the activities call it and hand results to workflows as plain
// instants; hours and minutes of the contract run naturally and need only time.Time.Add.
package calendar
