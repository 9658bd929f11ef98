// Package prereceive is the hook of a git server that lets a guarded branch move only when the person who moves it has
// confirmed on their phone, where the policy asks for that. It computes what changes from the trees, and whatever it
// cannot tell it refuses.
package prereceive

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/sallyport/sallyport/client"
	"github.com/sallyport/sallyport/config"
)

// Refusal is a push turned away: a stable code, a sentence, the smallest next step.
type Refusal struct{ Code, Message, Next string }

func (r *Refusal) Error() string { return r.Code + ": " + r.Message }

// Server is what the hook needs of a Sallyport.
type Server interface {
	Check(ctx context.Context, key, user string, underWay bool) (client.Answer, error)
	Push(ctx context.Context, key, user, info string) (client.Answer, error)
}

// Hook is one run.
type Hook struct {
	Server     Server
	Dir        string        // of the repository; "" for the current folder
	Branches   []string      // patterns of guarded branches; none means the repository's own HEAD
	User       string        // who pushes: a Duo name or github:LOGIN
	Repository string        // as people call it; "" where nobody says
	Wait       time.Duration // for the phone, before the push is turned away
	Poll       time.Duration // between looks; 0 is a second
	Out        io.Writer     // what git shows to whoever pushes
}

// update is one line of what git tells the hook.
type update struct{ before, after, ref string }

const (
	maxUpdates = 10_000
	maxLine    = 4096
)

var objectName = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

func readUpdates(in io.Reader) ([]update, error) {
	var all []update
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	for lines.Scan() {
		f := strings.SplitN(lines.Text(), " ", 3)
		if len(f) != 3 || !objectName.MatchString(f[0]) || !objectName.MatchString(f[1]) || !strings.HasPrefix(f[2], "refs/") {
			return nil, fmt.Errorf("git's line cannot be read: %.100q", lines.Text())
		}
		if all = append(all, update{f[0], f[1], f[2]}); len(all) > maxUpdates {
			return nil, fmt.Errorf("more than %d branches and tags at once", maxUpdates)
		}
	}
	return all, lines.Err()
}

// Run lets the push through or says why not. Every guarded branch has to pass.
func (h *Hook) Run(ctx context.Context, in io.Reader) error {
	updates, err := readUpdates(in)
	if err != nil {
		return doubtful(err)
	}
	guarded, err := h.guarded(ctx, updates)
	if err != nil {
		return doubtful(err)
	}
	for _, u := range guarded {
		if err := h.update(ctx, u); err != nil {
			return err
		}
	}
	return nil
}

func doubtful(err error) *Refusal {
	return &Refusal{"cannot-tell", capitalised(err.Error()) + ".", "Try again; if it stays, ask whoever runs this git server"}
}

func (h *Hook) guarded(ctx context.Context, updates []update) ([]update, error) {
	var head string
	if len(h.Branches) == 0 {
		var err error
		if head, err = h.repo().head(ctx); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(updates, func(u update) bool {
		if head != "" {
			return u.ref != head
		}
		branch, isBranch := strings.CutPrefix(u.ref, "refs/heads/")
		return !isBranch || !slices.ContainsFunc(h.Branches, func(pattern string) bool {
			return doublestar.MatchUnvalidated(pattern, branch)
		})
	}), nil
}

func (h *Hook) repo() repository { return repository{h.Dir} }

// update judges the move of one guarded branch.
func (h *Hook) update(ctx context.Context, u update) error {
	branch := strings.TrimPrefix(u.ref, "refs/heads/")
	if r := h.movable(ctx, u, branch); r != nil {
		return r
	}
	demand, refusal := h.demand(ctx, u)
	switch {
	case refusal != nil:
		return refusal
	case !demand.Duo:
		h.say("%s: nothing that changes needs a confirmation.", branch)
		return nil
	}
	h.say("%s: %s needs a confirmation, since %s.", branch, listed(demand.Paths), demand.Why)
	return h.confirm(ctx, u, branch, demand)
}

// movable refuses what leaves the old end behind: nobody could say what changes.
func (h *Hook) movable(ctx context.Context, u update, branch string) *Refusal {
	switch {
	case zero(u.after):
		return &Refusal{"deletion", fmt.Sprintf("The branch %s is guarded and cannot be deleted.", branch), "Keep it, or ask whoever runs this git server"}
	case zero(u.before):
		return &Refusal{"creation", fmt.Sprintf("The branch %s is guarded and does not exist, so there is no policy to judge by.", branch),
			"Have whoever runs this git server create it with the hook off"}
	}
	follows, err := h.repo().contains(ctx, u.after, u.before)
	if err != nil {
		return doubtful(err)
	}
	if !follows {
		return &Refusal{"force-push", fmt.Sprintf("The push would drop commits from %s.", branch), "Rebase on the branch as it is, and push without force"}
	}
	return nil
}

func zero(name string) bool { return strings.Trim(name, "0") == "" }

// demand reads the policy at the old end of the push, which the push itself cannot change.
func (h *Hook) demand(ctx context.Context, u update) (Demand, *Refusal) {
	files, err := h.repo().changes(ctx, u.before, u.after)
	if err != nil {
		return Demand{}, doubtful(err)
	}
	text, found, err := h.repo().policy(ctx, u.before)
	if err != nil {
		return Demand{}, doubtful(err)
	}
	if !found {
		return unruled(files)
	}
	policy, problems := config.ParsePolicy(policyFile, text)
	if problems != nil {
		h.say("The policy cannot be judged by, so every path needs a confirmation: %s", problems.List()[0].String())
		return unruled(files)
	}
	if policy.Approval.History != "" {
		own, err := h.repo().ownChanges(ctx, u.before, u.after)
		if err != nil {
			return Demand{}, doubtful(err)
		}
		files = append(files, own...)
	}
	return Judge(&policy, files)
}
