package story

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/sallyport/sallyport/internal/githubtest"
)

// mergeQueue has main land through GitHub's merge queue.
func mergeQueue(_ context.Context, w *World, args []string) error {
	given, words, err := flags(args, "unchecked", "headgreen", "bypass")
	if err != nil {
		return err
	}
	queue := githubtest.Rule{Type: "merge_queue", Method: "MERGE"}
	for _, word := range words {
		if n, err := strconv.Atoi(word); err == nil {
			queue.MinEntries = n
			continue
		}
		method, ok := map[string]string{"merge": "MERGE", "squash": "SQUASH", "rebase": "REBASE"}[word]
		if !ok {
			return fmt.Errorf("no queue lands by %s", word)
		}
		queue.Method = method
	}
	if given["headgreen"] != "" {
		queue.Grouping = "HEADGREEN"
	}
	rules := []githubtest.Rule{queue}
	if given["unchecked"] == "" {
		var ours []githubtest.RequiredCheck
		for _, gate := range []string{"approval", "duo", "signatures"} {
			ours = append(ours, githubtest.RequiredCheck{Name: "sallyport/" + gate, App: w.App.ID})
		}
		rules = append(rules, githubtest.Rule{Type: "required_status_checks", Checks: ours})
	}
	bypass := []githubtest.Bypass{{OrganizationAdmin: true}}
	if given["bypass"] != "" {
		bypass = append(bypass, githubtest.Bypass{App: w.App})
	}
	if w.queueRules != 0 {
		w.Repo.RemoveRuleset(w.queueRules)
	}
	w.queueRules = w.Repo.AddRuleset(githubtest.Ruleset{Name: "queue", Include: []string{"~DEFAULT_BRANCH"}, Rules: rules, Bypass: bypass})
	return nil
}

func enqueue(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	return p.EnqueueBy(w.person(args[0]), len(args) > 1 && args[1] == "first")
}

func enqueueRefused(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	if err := p.EnqueueBy(w.person(args[0]), false); err == nil {
		return errors.New("it was let in")
	}
	return nil
}

func dequeue(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	return p.DequeueBy(w.person(args[0]))
}

// queued waits until the pull request is in the merge queue and its group is built. With "anew", it is another group than
// the one that was seen last.
func queued(ctx context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 0)
	if err != nil {
		return err
	}
	before := w.groups[p.Number]
	return w.until(ctx, "its group is built", func(ctx context.Context) (string, bool) {
		head, _ := p.Group()
		a, err := w.inquire(ctx, p.Number)
		if head == "" || len(args) > 0 && head == before {
			return fmt.Sprintf("the group is %q; %v %v", head, a, err), false
		}
		w.groups[p.Number] = head
		w.Say(fmt.Sprintf("#%d is in GitHub's merge queue; its group is %.10s", p.Number, head))
		return head, true
	})
}

func notQueued(ctx context.Context, w *World, args []string) error {
	_, p, err := w.words(args, 0)
	if err != nil {
		return err
	}
	return w.until(ctx, "it is out of the queue", func(context.Context) (string, bool) {
		return p.State(), !p.InQueue() && p.State() == "open"
	})
}

func groupCI(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	head, _ := p.Group()
	if head == "" {
		return errors.New("there is no group")
	}
	return w.ciSays(args[0], head)
}

// groupCheck waits until our check run on the group last seen shows so.
func groupCheck(ctx context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err != nil {
		return err
	}
	return w.until(ctx, "the check run on the group shows it", func(context.Context) (string, bool) {
		run, ok := w.Repo.FindCheckRun(w.App, "sallyport/"+args[0], w.groups[p.Number])
		shown := orElse(run.Conclusion, run.Status)
		if !ok {
			shown = "absent"
		}
		return shown + " " + run.Title, shown == args[1]
	})
}

// phoneGroup sees that the phone names the head of the group that the queue shows now.
func phoneGroup(ctx context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	return w.until(ctx, "the phone names the group", func(ctx context.Context) (string, bool) {
		head, _ := p.Group()
		push, err := w.openPush(ctx, args[0])
		if err != nil {
			return err.Error(), false
		}
		return fmt.Sprintf("it names %q, the group is %q", push.Get("merge"), head), head != "" && push.Get("merge") == head
	})
}

// grouped sees that what landed is the group that the phone named.
func grouped(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	if shown := w.merges[args[0]]; p.Merged() == "" || p.Merged() != shown {
		return fmt.Errorf("it landed as %q, and the phone of %s named %q", p.Merged(), args[0], shown)
	}
	return nil
}

func queueTimesOut(_ context.Context, w *World, args []string) error {
	_, p, err := w.words(args, 0)
	if err == nil {
		p.QueueTimesOut()
	}
	return err
}
