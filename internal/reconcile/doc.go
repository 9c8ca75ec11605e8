// Package reconcile compares what the database says of open tickets with their workflows, at start and on a schedule, and
// repairs what can be repaired: a start that was lost, a command that was stored but never delivered, a transition that was
// committed just before a worker died. What it cannot repair it reports. cmd runs it beside the worker.
package reconcile
