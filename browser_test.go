package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/sallyport/sallyport/command"
	"github.com/sallyport/sallyport/internal/story"
)

// awhile bounds how long anything in the browser is waited for.
const awhile = 30 * time.Second

// screenshots are kept by CI, for people to look at.
const screenshots = "artifacts/screenshots"

// tab is a real browser's tab, looking at a real server.
type tab struct {
	*testing.T
	ctx context.Context
	w   *story.World
}

// openBrowser starts Debian's chromium with a profile of its own. Without it the test fails: nothing else tells
// whether the pages work.
func openBrowser(t *testing.T) context.Context {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium was not found: install the Debian package chromium (make tools does)")
	}
	profile, err := os.MkdirTemp("", "sallyport-browser-")
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.UserDataDir(profile), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("lang", "en"))
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, leave := chromedp.NewContext(allocated)
	t.Cleanup(func() {
		leave()
		stop()
		os.RemoveAll(profile)
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting chromium: %v", err)
	}
	return ctx
}

// newTab opens a tab of its own session: it shares no cookies with the others.
func newTab(t *testing.T, browser context.Context, w *story.World) *tab {
	t.Helper()
	ctx, leave := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(leave)
	n := &tab{t, ctx, w}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("opening a tab: %v", err)
	}
	send(n, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	n.as(1440, "light")
	return n
}

// do carries out actions, each of which waits for what it needs.
func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, awhile)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.Fatalf("in the browser: %v", err)
	}
}

// send sends the browser a command that chromedp has no action for.
func send[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, awhile)
	defer cancel()
	answer, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.Fatalf("in the browser: %v", err)
	}
	return answer
}

func (b *tab) run(script string) { b.Helper(); b.do(chromedp.Evaluate[chromedp.Void](script)) }

// as sets the width of the window and the scheme that the reader prefers.
func (b *tab) as(width int64, scheme string) {
	b.Helper()
	send(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1})
	send(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

func (b *tab) open(path string) {
	b.Helper()
	b.do(chromedp.Navigate(b.w.URL() + path))
}

// signIn goes through the simulated GitHub's own page, as a person does, and ends where it began.
func (b *tab) signIn(login, path string) {
	b.Helper()
	b.open(path)
	b.do(chromedp.Click(`//a[normalize-space()="` + login + `"]`))
	b.until("the page is back", `document.readyState === "complete" && location.pathname === `+quoted(path))
}

// until waits for a condition in the page.
func (b *tab) until(what, condition string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, awhile)
	defer cancel()
	pause := time.NewTicker(30 * time.Millisecond)
	defer pause.Stop()
	for {
		// While a page is being left, there is nothing to ask.
		met, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`Boolean(`+condition+`)`))
		if err == nil && met {
			return
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			b.shoot("failed")
			b.Fatalf("waited in vain until %s (%v); the page says:\n%s", what, err, b.get(`document.body.innerText`))
		}
	}
}

func (b *tab) get(expression string) string {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, awhile)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`String(`+expression+`)`))
	if err != nil {
		b.Fatalf("asking the page for %s: %v", expression, err)
	}
	return text
}

func (b *tab) want(what, expression, want string) {
	b.Helper()
	if got := b.get(expression); got != want {
		b.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func (b *tab) says(want ...string) {
	b.Helper()
	text := b.get(`document.body.innerText`)
	for _, words := range want {
		if !strings.Contains(text, words) {
			b.Errorf("the page does not say %q:\n%s", words, text)
		}
	}
}

// shoot keeps the whole page as it looks.
func (b *tab) shoot(name string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, awhile)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.Fatalf("taking a picture: %v", err)
	}
	at := filepath.Join(screenshots, name+".png")
	if err := errors.Join(os.MkdirAll(screenshots, 0o755), os.WriteFile(at, picture, 0o644)); err != nil {
		b.Fatal(err)
	}
	b.Logf("screenshot: %s", at)
}

// happen has something happen in the story's town.
func (b *tab) happen(line ...string) {
	b.Helper()
	if err := b.w.Run(b.ctx, line[0], line[1:]); err != nil {
		b.Fatalf("%v\nsallyport's log:\n%s", err, b.w.Log())
	}
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

// newTown is a world with the demo's kind of policy, whose pages ask everybody to sign in.
func newTown(t *testing.T, policy string) *story.World {
	t.Helper()
	dir := t.TempDir()
	w, err := story.New(story.Options{Dir: dir, Validate: true, Witness: true, Launch: command.Inside(context.Background(), false)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { endStory(t, w) })
	file := filepath.Join(dir, "policy.yml")
	if err := os.WriteFile(file, []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range [][]string{{"policy", file}, {"bypass"}, {"start"}} {
		if err := w.Run(context.Background(), line[0], line[1:]); err != nil {
			t.Fatal(err)
		}
	}
	return w
}
