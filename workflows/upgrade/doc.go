// Package upgrade is the process 系统小版本升级 (annex 六 part 二, clauses 14.1.1, 16.1.1.1, 19.1.2 and 16.5.1.1): the
// implementer asks with 信息系统升级申请单(功能调整), implementer, supervisor and client sign in that order, the named
// operators carry the upgrade out inside its window, and what does not succeed in time is rolled back by the plan that was
// signed. It ends with the 升级报告 that the client accepts, and is filed. Decisions: D-06, D-21, D-22, D-23, D-56, D-61,
// D-64, D-67, D-68, D-70, D-73, D-74.
//
// The API submits and sends commands, workflows/signoff runs the chain, this package says what an upgrade demands before,
// during and after. The other processes copy its shape.
package upgrade
