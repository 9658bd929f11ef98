package main

import "testing"

const glassPolicy = `version: 1
rules:
  - name: production needs an admin
    paths: ["**"]
    require:
      approvals: {count: 1, from: [admin]}
automerge: {method: exact, allow_no_checks: true}
break_glass: {}
`

// TestBrowserShowsABrokenGlass follows one from its first word to its review, on the page that is never loaded anew.
func TestBrowserShowsABrokenGlass(t *testing.T) {
	w, browser := newTown(t, glassPolicy), openBrowser(t)
	b := newTab(t, browser, w)
	page := "/" + w.Repo.FullName() + "/pull/1"
	b.happen("propose", "dev", "-title", "Put the old image back", "prod/api.nomad")
	b.happen("ci", "red")
	b.happen("blocked", "approval", "no-admin-approval")
	b.signIn("dev", page)
	b.until("it is live", `document.documentElement.dataset.stream === "open"`)
	b.happen("comment", "ana", "/sallyport", "break-glass", "prod", "is", "down", "and", "CI", "with", "it")
	b.until("who wants it is shown", `document.querySelector("#glass") && document.querySelector("#glass").textContent.includes("prod is down and CI with it")`)
	b.says("Break-glass", "It takes a second person", "It ends by itself")
	b.pictures("break-glass-open")
	b.open("/")
	b.says("break-glass")
	b.pictures("break-glass-overview")
	b.open(page)
	b.happen("comment", "bo", "/sallyport", "break-glass", "I", "have", "seen", "the", "outage", "too")
	b.happen("phone", "ana", "approves")
	b.happen("phone", "bo", "approves")
	b.happen("landed")
	b.until("its review is shown", `document.querySelector("#glass a") && document.querySelector("#glass a").textContent.includes("Review issue #2")`)
	b.says("Landed past the gates", "bo agrees to break the glass.")
	b.pictures("break-glass-landed")
}
