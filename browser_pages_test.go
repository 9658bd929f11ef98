package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/sallyport/sallyport/internal/story"
)

const townPolicy = `version: 1
rules:
  - name: staging is approved by default
    paths: [staging/**]
    require: {}
  - name: production needs an admin
    paths: [prod/**, .sallyport.yml, .github/**]
    require:
      approvals: {count: 1, from: [admin]}
      duo: author
%s  - name: everything else needs a second pair of eyes
    paths: ["**"]
    require:
      approvals: {count: 1, from: [write]}
automerge:
  method: exact
`

// crowdedPolicy has many rules, so that a change to all that they govern has many reasons.
func crowdedPolicy() string {
	var b strings.Builder
	for i := range crowd {
		fmt.Fprintf(&b, "  - name: service %02d belongs to whoever carries its pager at night and on holidays\n    paths: [services/%02d/**]\n    require: {approvals: {count: 1, from: [maintain]}}\n", i, i)
	}
	return fmt.Sprintf(townPolicy, b.String())
}

const (
	crowd      = 60
	crowdFiles = 300
	longTitle  = "שלום עולם \u202egnihton\u202c Rewrite-every-service-with-a-title-that-has-no-space-to-break-at-and-goes-on-and-on and then some more <script>alert(1)</script>"
)

// TestBrowser walks through the pages in a real browser: the real server, both simulators, a person who signs in.
func TestBrowser(t *testing.T) {
	w, browser := newTown(t, crowdedPolicy()), openBrowser(t)
	page := "/" + w.Repo.FullName() + "/pull/1"
	t.Run("FollowsAPullRequestToItsLanding", func(t *testing.T) { followsToLanding(newTab(t, browser, w), page) })
	crowded := propose300(t, w)
	t.Run("LooksRight", func(t *testing.T) { looksRight(newTab(t, browser, w), page, crowded) })
	t.Run("ByKeyboard", func(t *testing.T) { byKeyboard(newTab(t, browser, w), crowded) })
	t.Run("ToAScreenReader", func(t *testing.T) { toAScreenReader(newTab(t, browser, w), page, crowded) })
	t.Run("WithoutJavaScript", func(t *testing.T) { withoutJavaScript(newTab(t, browser, w), crowded) })
	t.Run("Threat68OnlyForThoseWhoMaySee", func(t *testing.T) { onlyForThoseWhoMaySee(newTab(t, browser, w), crowded) })
}

// followsToLanding never reloads: all that the page comes to say, it is told.
func followsToLanding(b *tab, page string) {
	b.happen("propose", "dev", "-title", "Raise the API to four instances", "prod/api.nomad")
	b.happen("blocked", "approval", "no-admin-approval")
	b.signIn("dev", page)
	b.until("it is live", `document.documentElement.dataset.stream === "open"`)
	b.says("Raise the API to four instances", "Waiting for 1 approval from an admin", "Who can", "ana", "bo", "The way to landing", "production needs an admin")
	b.shoot("pull-waiting")
	// What the reader has done to the page must survive what happens.
	b.run(`window.untouched = true; document.querySelector("#why-approval").open = false; document.querySelector("#why-approval > summary").focus(); scrollTo(0, 200)`)

	b.happen("review", "ana", "approves")
	b.until("the approval is seen", `document.querySelector("#gate-approval").closest(".card").classList.contains("pass")`)
	b.until("it was announced", `document.querySelector("#announcer").textContent.includes("Approval: passed.")`)
	b.want("what was folded stays so", `document.querySelector("#why-approval").open`, "false")
	b.want("the focus stays", `document.activeElement === document.querySelector("#why-approval > summary")`, "true")
	b.want("the scroll stays", `scrollY`, "200")
	b.happen("ci", "running")
	b.happen("ci", "green")
	b.until("the phone is awaited", `document.querySelector(".top .sentence").textContent.includes("phone")`)
	b.shoot("pull-phone")
	b.happen("phone", "dev", "approves")
	b.until("it has landed", `document.querySelector(".top .word").textContent === "Landed"`)
	b.want("the page was never loaded anew", `window.untouched`, "true")
	b.until("it is attested", `document.querySelector("#attested .badge").textContent === "attested"`)
	b.until("it says that it is settled", `document.querySelector("#live-state").textContent.includes("settled")`)
	b.happen("landed")
	b.shoot("pull-landed")
	decisionAsItWas(b)
}

// decisionAsItWas goes from the timeline to the first decision, which still says what it said.
func decisionAsItWas(b *tab) {
	b.run(`[...document.querySelectorAll(".timeline li a")].find((a) => a.textContent.includes("Waiting for 1 approval")).click()`)
	b.until("the decision is shown", `location.pathname.includes("/decisions/") && document.querySelector(".past")`)
	b.says("This is the past", "Waiting for 1 approval from an admin", "Nobody had reviewed it", "Policy")
}

func propose300(t *testing.T, w *story.World) string {
	t.Helper()
	line := []string{"eve", "-title", longTitle}
	for i := range crowdFiles {
		line = append(line, fmt.Sprintf("services/%02d/a-directory-with-a-rather-long-name/%d/job.nomad=job %d", i%crowd, i, i))
	}
	for _, step := range [][]string{append([]string{"propose"}, line...), {"blocked", "approval", "nobody-can-approve"}} {
		if err := w.Run(context.Background(), step[0], step[1:]); err != nil && step[0] == "propose" {
			t.Fatal(err)
		}
	}
	return "/" + w.Repo.FullName() + "/pull/2"
}

// looksRight holds every page to its width, in both schemes, and keeps a picture of it for people to judge.
func looksRight(b *tab, page, crowded string) {
	b.happen("propose", "dev", "-title", "Tune the web job", "prod/web.nomad")
	b.happen("blocked", "approval", "no-admin-approval")
	denied := b.denied()
	b.signIn("ana", "/")
	ledger := "/" + b.w.Repo.FullName() + "/ledger"
	b.open(page)
	decision := b.get(`document.querySelector(".timeline li:nth-last-child(2) a").getAttribute("href")`)
	for name, path := range map[string]string{"overview": "/", "landed": page, "crowded": crowded,
		"waiting": "/" + b.w.Repo.FullName() + "/pull/3", "denied": denied, "ledger": ledger, "decision": decision,
		"freezes": "/" + b.w.Repo.FullName() + "/freezes", "nothing": "/acme/nothing/pull/1"} {
		b.open(path)
		if name == "ledger" {
			b.says("Newest signed checkpoint")
			b.run(`document.querySelector(".checkpoint").open = true`)
		}
		b.want(name+": it names who is signed in", `document.querySelector(".who span").textContent`, "Signed in as ana")
		b.pictures(name)
	}
	b.run(`document.querySelector(".who button").click()`)
	b.until("they are signed out", `!document.querySelector(".who")`)
	b.pictures("signed-out")
	b.signIn("dev", "/")
	b.open(ledger)
	b.says("admin")
	b.pictures("forbidden")
}

// denied is the page of a pull request that its author's phone has denied.
func (b *tab) denied() string {
	b.Helper()
	b.happen("propose", "dev", "-title", "Move the cache next to the API", "prod/cache.nomad")
	b.happen("review", "ana", "approves")
	b.happen("ci", "green")
	b.happen("phone", "dev", "denies")
	b.happen("blocked", "duo", "duo-denied")
	return "/" + b.w.Repo.FullName() + "/pull/4"
}

// pictures keeps the page at both widths and in both schemes.
func (b *tab) pictures(name string) {
	b.Helper()
	for _, width := range []int64{375, 1440} {
		for _, scheme := range []string{"light", "dark"} {
			b.as(width, scheme)
			at := fmt.Sprintf("%s-%d-%s", name, width, scheme)
			if got := b.get(`document.documentElement.scrollWidth`); got != fmt.Sprint(width) {
				b.Errorf("%s: it is %s pixels wide", at, got)
			}
			b.want(at+": its scheme is honoured", `getComputedStyle(document.body).backgroundColor === "rgb(20, 23, 27)"`, fmt.Sprint(scheme == "dark"))
			b.shoot(at)
		}
	}
	b.as(1440, "light")
}

// byKeyboard goes through the page with nothing but the Tab key.
func byKeyboard(b *tab, page string) {
	b.signIn("ana", page)
	b.do(chromedp.KeyEvent(kb.Tab))
	b.want("first comes the way past the header", `document.activeElement.textContent`, "Skip to the content")
	b.want("and it can be seen", `document.activeElement.getBoundingClientRect().left >= 0`, "true")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.until("the content has the focus", `document.activeElement.id === "main"`)
	for range 12 {
		b.run(`window.before = document.activeElement`)
		b.do(chromedp.KeyEvent(kb.Tab))
		b.want("what has the focus shows it", `getComputedStyle(document.activeElement).outlineStyle`, "solid")
		b.want("it is in the content", `document.activeElement.closest("main") !== null`, "true")
		b.want("the focus goes on in reading order", `(before.compareDocumentPosition(document.activeElement) & Node.DOCUMENT_POSITION_FOLLOWING) > 0`, "true")
	}
	b.do(chromedp.Focus("#why-approval > summary"))
	b.run(`document.querySelector("#why-approval").open = false`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.until("Enter unfolds the reasons", `document.querySelector("#why-approval").open`)
}

// toAScreenReader reads the tree that assistive technology is given.
func toAScreenReader(b *tab, page, crowded string) {
	b.signIn("ana", "/")
	for _, path := range []string{"/", page, crowded, "/" + b.w.Repo.FullName() + "/ledger"} {
		b.open(path)
		b.readTree(path, send(b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes)
	}
}

func (b *tab) readTree(path string, nodes []*accessibility.Node) {
	b.Helper()
	var roles []string
	level := 0
	for _, n := range nodes {
		if n.Ignored || n.Role == nil {
			continue
		}
		role, name := axText(n.Role), axText(n.Name)
		roles = append(roles, role)
		switch role {
		case "heading":
			at := headingLevel(n)
			if at > level+1 || level == 0 && at != 1 {
				b.Errorf("%s: heading %q is of level %d after %d", path, name, at, level)
			}
			level = at
		}
		if slices.Contains([]string{"link", "button", "heading", "region", "checkbox", "combobox", "navigation", "form", "DisclosureTriangle"}, role) && strings.TrimSpace(name) == "" {
			b.Errorf("%s: a %s has no name", path, role)
		}
	}
	for _, landmark := range []string{"banner", "main", "contentinfo", "heading", "status"} {
		if !slices.Contains(roles, landmark) {
			b.Errorf("%s: there is no %s among %v", path, landmark, slices.Compact(slices.Sorted(slices.Values(roles))))
		}
	}
}

func axText(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	return strings.Trim(string(v.Value), `"`)
}

func headingLevel(n *accessibility.Node) int {
	for _, p := range n.Properties {
		if p.Name == "level" {
			level, _ := strconv.Atoi(string(p.Value.Value))
			return level
		}
	}
	return 0
}

// withoutJavaScript has the whole page, and the choice on the overview works.
func withoutJavaScript(b *tab, page string) {
	send(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.signIn("dev", page)
	b.says("does not update by itself", "The way to landing", "service 00")
	b.open("/")
	b.do(chromedp.Click(`input[name="mine"]`), chromedp.Click(`.choice button`))
	b.until("the choice is shown", `document.readyState === "complete" && document.querySelector(".choice a")`)
	b.want("the choice is in the address", `location.search.includes("mine=1")`, "true")
	b.shoot("without-javascript")
}

// onlyForThoseWhoMaySee has a stranger find nothing, as at an address where nothing is. # threat 68
func onlyForThoseWhoMaySee(b *tab, page string) {
	b.w.Person("mallory")
	b.signIn("mallory", page)
	there := b.get(`document.body.innerText`)
	b.open("/acme/nothing/pull/1")
	b.want("nothing tells the two apart", `document.body.innerText`, there)
	b.says("Nothing to see here")
}
