// Package web_test owns the tests of the application in a real browser: web_test.go builds the page and a binary that
// embeds it, starts `serve --demo`, and lets run.mjs act in it as the people of the demo. Pictures of every screen are left
// in test/screenshots. COUNTERSIGN_WEB_ONLY holds a part of a journey's name when only that one is wanted.
package web_test
