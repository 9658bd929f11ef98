package githubtest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// queueWorld has a main branch that lands through a merge queue and requires CI's check.
func queueWorld(t *testing.T, rule Rule) *world {
	w := newWorld(t, Options{})
	rule.Type = "merge_queue"
	w.repo.AddRuleset(Ruleset{Name: "queue", Include: []string{"main"}, Rules: []Rule{rule,
		{Type: "required_status_checks", Checks: []RequiredCheck{{"build", w.ci.ID}}}}})
	return w
}

func (w *world) build(sha, conclusion string) {
	w.t.Helper()
	_, err := w.repo.CheckRun(w.ci, "build", sha, "completed", conclusion)
	check(w.t, err)
}

// enqueued opens a pull request, makes it green and puts it into the queue.
func (w *world) enqueued(branch, path string) *Pull {
	w.t.Helper()
	p := w.pull(branch, path, branch+"\n")
	w.build(p.Head(), "success")
	check(w.t, p.EnqueueBy(w.bob, false))
	return p
}

func (w *world) group(p *Pull) string {
	w.t.Helper()
	head, _ := p.Group()
	if head == "" {
		w.t.Fatalf("#%d has no group", p.Number)
	}
	return head
}

func TestGreenGroupLandsByTheQueuesMethod(t *testing.T) {
	for method, parents := range map[string]int{"MERGE": 2, "SQUASH": 1, "REBASE": 1} {
		t.Run(method, func(t *testing.T) {
			w := queueWorld(t, Rule{Method: method})
			base := w.repo.Branch("main")
			p := w.enqueued("feature", "a.txt")
			head := w.group(p)
			if ref := "gh-readonly-queue/main/pr-1-" + base; w.repo.Branch(ref) != head {
				t.Errorf("%s is at %q, want the group %s", ref, w.repo.Branch(ref), head)
			}
			w.build(head, "success")
			if p.Merged() != head || w.repo.Branch("main") != head {
				t.Errorf("merged as %q with main at %s, want the group %s", p.Merged(), w.repo.Branch("main"), head)
			}
			line := strings.Fields(gitOut(t, w.repo, "rev-list", "--parents", "-1", "main"))
			if line[1] != base || len(line)-1 != parents {
				t.Errorf("it landed on %v, want %s and %d parents", line[1:], base, parents)
			}
		})
	}
}

func TestRedGroupLeavesAndTheNextIsBuiltAnew(t *testing.T) {
	w := queueWorld(t, Rule{})
	first, second := w.enqueued("one", "one.txt"), w.enqueued("two", "two.txt")
	_, under := second.Group()
	if under != w.group(first) {
		t.Fatalf("the second group stands on %s, want the first group", under)
	}
	was := w.group(second)
	w.build(w.group(first), "failure")
	if first.InQueue() || first.State() != "open" {
		t.Errorf("the red one is %s, in the queue: %v", first.State(), first.InQueue())
	}
	if _, base := second.Group(); base != w.repo.Branch("main") || w.group(second) == was {
		t.Errorf("the second group was not built anew on main: it stands on %s", base)
	}
	w.settle()
	var told []string
	for _, e := range w.events.take() {
		if e.Name == "merge_group" {
			told = append(told, e.json(t)["action"].(string))
		}
	}
	want := []string{"checks_requested", "checks_requested", "destroyed", "destroyed", "checks_requested"}
	if !slices.Equal(told, want) {
		t.Errorf("merge_group told %v, want %v", told, want)
	}
}

func TestTwoLandByOneMovement(t *testing.T) {
	for grouping, green := range map[string]func(first, second string) []string{
		"ALLGREEN":  func(first, second string) []string { return []string{second, first} },
		"HEADGREEN": func(_, second string) []string { return []string{second} },
	} {
		t.Run(grouping, func(t *testing.T) {
			w := queueWorld(t, Rule{MinEntries: 2, Grouping: grouping})
			first, second := w.enqueued("one", "one.txt"), w.enqueued("two", "two.txt")
			heads := []string{w.group(first), w.group(second)}
			for i, sha := range green(heads[0], heads[1]) {
				if i > 0 && (first.Merged() != "" || second.Merged() != "") {
					t.Fatal("something landed before all groups were green")
				}
				w.build(sha, "success")
			}
			if first.Merged() != heads[0] || second.Merged() != heads[1] || w.repo.Branch("main") != heads[1] {
				t.Errorf("merged as %q and %q with main at %s, want %v", first.Merged(), second.Merged(), w.repo.Branch("main"), heads)
			}
		})
	}
}

func TestQueueTakesOnlyWhatTheRulesLetIn(t *testing.T) {
	w := queueWorld(t, Rule{})
	p := w.pull("feature", "a.txt", "a\n")
	refused := func(why string) {
		t.Helper()
		if err := p.EnqueueBy(w.bob, false); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("entering the queue gave %v, want %q", err, why)
		}
	}
	refused(`Required status check "build" is expected.`)
	w.build(p.Head(), "success")
	p.SetDraft(w.bob, true)
	refused("draft")
	p.SetDraft(w.bob, false)
	check(t, p.EnqueueBy(w.bob, false))
	refused("already in the merge queue")
	head := w.group(p)
	if err := w.repo.Push(w.alice, "gh-readonly-queue/main/pr-1-"+w.repo.Branch("main"), p.Head(), true); err == nil {
		t.Error("somebody could push to the queue's own branch")
	}
	w.commit("feature", "b.txt", "b\n", w.bob)
	if p.InQueue() {
		t.Error("a pull request whose head moved stayed in the queue")
	}
	w.build(head, "success")
	if p.State() != "open" {
		t.Errorf("an abandoned group landed: it is %s", p.State())
	}
}

func TestQueueTimesOutAndIsRebuiltWhenTheBranchMoves(t *testing.T) {
	w := queueWorld(t, Rule{})
	p, q := w.enqueued("one", "one.txt"), w.enqueued("two", "two.txt")
	check(t, p.DequeueBy(w.bob))
	before := w.group(q)
	q.QueueTimesOut()
	if q.InQueue() {
		t.Error("a group whose checks never came stayed")
	}
	check(t, q.EnqueueBy(w.bob, false))
	check(t, p.EnqueueBy(w.bob, true))
	if _, base := q.Group(); base != w.group(p) || w.group(q) == before {
		t.Errorf("the one that jumped does not come first: the other stands on %s", base)
	}
}

const queueQuestion = `query Queue { repository(owner: "acme", name: "infra") { mergeQueue(branch: "main") { url resourcePath
    configuration { mergeMethod mergingStrategy minimumEntriesToMerge } entries(first: 5) { totalCount nodes { position state jump enqueuer { login } } } }
  pullRequest(number: 1) { isInMergeQueue mergeQueueEntry { id position baseCommit { oid } headCommit { oid parents(first: 3) { nodes { oid } } } }
    timelineItems(last: 1, itemTypes: [REMOVED_FROM_MERGE_QUEUE_EVENT]) { nodes { ... on RemovedFromMergeQueueEvent { reason createdAt beforeCommit { oid } } } } } } }`

func TestQueueThroughGraphQL(t *testing.T) {
	w := queueWorld(t, Rule{})
	p := w.pull("feature", "a.txt", "a\n")
	w.build(p.Head(), "success")
	ask := func(text string) string {
		t.Helper()
		var out struct{ Data, Errors any }
		w.want(200, "POST", "/graphql", object{"query": text}, &out)
		return strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(stringOf(t, out.Data)+stringOf(t, out.Errors), "\n", ""), " ", ""))
	}
	enqueue := func(head string) string {
		return ask(`mutation Enqueue { enqueuePullRequest(input: {pullRequestId: "` + nodeID("PR", p.ID) + `", expectedHeadOid: "` + head + `"}) { mergeQueueEntry { position } } }`)
	}
	if got := enqueue(w.repo.Branch("main")); !strings.Contains(got, "headbranchwasmodified") {
		t.Errorf("another head entered the queue: %s", got)
	}
	w.installation.Permit("merge_queues", "read")
	if got := enqueue(p.Head()); !strings.Contains(got, "FORBIDDEN") {
		t.Errorf("without the permission it entered the queue: %s", got)
	}
	w.installation.Permit("merge_queues", "write")
	if got := enqueue(p.Head()); !strings.Contains(got, `"position":1`) {
		t.Errorf("it did not enter the queue: %s", got)
	}
	if got := ask(queueQuestion); !strings.Contains(got, `"state":"AWAITING_CHECKS"`) || !strings.Contains(got, w.group(p)) {
		t.Errorf("the queue shows %s", got)
	}
	ask(`mutation Dequeue { dequeuePullRequest(input: {id: "` + nodeID("PR", p.ID) + `"}) { mergeQueueEntry { id } } }`)
	if got := ask(queueQuestion); !strings.Contains(got, `"isInMergeQueue":false`) || !strings.Contains(got, `"reason":"manual"`) {
		t.Errorf("after it left, the queue shows %s", got)
	}
}

func stringOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	check(t, err)
	return string(text)
}
