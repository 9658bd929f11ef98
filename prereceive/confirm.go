package prereceive

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/client"
	"github.com/sallyport/sallyport/pull"
)

// unruled is a push that no policy speaks of: whatever it changes needs a confirmation.
func unruled(files []pull.File) (Demand, *Refusal) { return Judge(nil, files) }

// confirm lets the branch move when Sallyport itself lands the commit, or when whoever pushes has confirmed this very
// move; otherwise it has them asked and waits.
func (h *Hook) confirm(ctx context.Context, u update, branch string, demand Demand) error {
	if landed, err := h.Server.Check(ctx, u.after, "", true); err != nil {
		return unreachable(err)
	} else if h.ours(landed, branch) {
		h.say("%s", landed.Message)
		return nil
	}
	if h.User == "" {
		return &Refusal{"nobody", "The git server does not say who pushes.", "Have the hook told by --user or SALLYPORT_HOOK_USER"}
	}
	about := h.about(u, branch, demand)
	before, err := h.Server.Check(ctx, u.after, h.User, false)
	switch {
	case err != nil:
		return unreachable(err)
	case before.Valid && same(before, about):
		h.say("%s", before.Message)
		return nil
	}
	if before.Code != "awaiting-phone" || !same(before, about) {
		asked, err := h.Server.Push(ctx, u.after, h.User, about)
		switch {
		case err != nil:
			return unreachable(err)
		case asked.Code != "awaiting-phone" && asked.Code != "key-pending":
			return refused(asked)
		}
	}
	return h.await(ctx, u.after, about)
}

// ours reports whether the commit is one that Sallyport lands or landed here: on this branch of this repository.
func (h *Hook) ours(a client.Answer, branch string) bool {
	return a.Valid && (a.Code == "landed" || a.Code == "landing") && a.Pull != nil && a.Pull.Branch == branch &&
		(h.Repository == "" || strings.EqualFold(a.Pull.Repository, h.Repository))
}

// about is what the phone shows, and what binds an answer to this move: the same commit elsewhere is another matter.
func (h *Hook) about(u update, branch string, demand Demand) string {
	lines := [][2]string{
		{"repository", h.Repository}, {"branch", branch}, {"from", u.before},
		{"paths", listed(demand.Paths)}, {"files", strconv.Itoa(len(demand.Paths))},
	}
	var pairs []string
	for _, line := range lines {
		pairs = append(pairs, url.QueryEscape(line[0])+"="+url.QueryEscape(line[1]))
	}
	return strings.Join(pairs, "&")
}

// same reports whether an answer was given about this very move.
func same(a client.Answer, about string) bool {
	if a.Prompt == nil || a.Code != "confirmed" && a.Code != "awaiting-phone" {
		return false
	}
	got, errGot := url.ParseQuery(a.Prompt.Info)
	want, errWant := url.ParseQuery(about)
	if errors.Join(errGot, errWant) != nil {
		return false
	}
	for _, line := range []string{"repository", "branch", "from"} {
		if got.Get(line) != want.Get(line) {
			return false
		}
	}
	return true
}

const sayEvery = 5 * time.Second

// await looks until the phone has answered or patience ends. The person may then answer at leisure and push again.
func (h *Hook) await(ctx context.Context, commit, about string) error {
	began := time.Now()
	said := began
	h.say("Waiting for the phone of %s, which shows %.12s.", h.User, commit)
	pause := time.NewTicker(max(h.Poll, 20*time.Millisecond))
	defer pause.Stop()
	for {
		a, err := h.Server.Check(ctx, commit, h.User, false)
		switch {
		case err != nil:
			return unreachable(err)
		case a.Valid && same(a, about):
			h.say("%s", a.Message)
			return nil
		case a.Code != "awaiting-phone":
			return refused(a)
		case time.Since(began) >= h.Wait:
			return &Refusal{"awaiting-phone", fmt.Sprintf("%s has not answered yet.", h.User),
				"Approve it on the phone, then push again: the answer counts for a while"}
		}
		if time.Since(said) >= sayEvery {
			said = time.Now()
			h.say("Still waiting for the phone of %s (%s).", h.User, time.Since(began).Round(time.Second))
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return doubtful(ctx.Err())
		}
	}
}

func refused(a client.Answer) *Refusal {
	if a.Valid || a.Code == "confirmed" {
		return &Refusal{"another-move", "This commit was confirmed for another branch, repository or starting point.", "Push again to be asked about this one"}
	}
	return &Refusal{a.Code, a.Message, a.Next}
}

func unreachable(err error) *Refusal {
	return &Refusal{"server-unreachable", capitalised(err.Error()) + ".", "Try again; if it stays, ask whoever runs Sallyport"}
}

func (h *Hook) say(format string, args ...any) {
	fmt.Fprintf(h.Out, "sallyport: "+format+"\n", args...)
}

func listed(paths []string) string {
	const shown = 3
	if len(paths) <= shown {
		return strings.Join(paths, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(paths[:shown], ", "), len(paths)-shown)
}

func capitalised(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
