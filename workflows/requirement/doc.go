// Package requirement is the process 需求申请 (annex 六 part 二, clause 19.1.2): the implementer's operation staff write down
// what a business office needs, the requester confirms with a signature before anything is developed, the developers
// feed the completion date back, and a passed test in the test environment ends it. A version upgrade links to its number.
// Decisions: D-70.
package requirement
