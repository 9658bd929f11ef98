package hub

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

func TestReposOfEveryInstallation(t *testing.T) {
	w := newWorld(t)
	var want []string
	for i := range 101 {
		name := fmt.Sprintf("repo-%03d", i)
		must(w.gh.Repo(w.org, name))(t)
		want = append(want, "acme/"+name)
	}
	other, quiet := w.gh.Organization("umbrella"), w.gh.Organization("quiet")
	must(w.gh.Repo(other, "labs"))(t)
	must(w.gh.Repo(quiet, "hidden"))(t)
	second := w.app.Install(other)
	w.app.Install(quiet).Suspend(true)
	want = append(want, "acme/infra", "umbrella/labs")
	repos := must(w.hub.Repos(context.Background()))(t)
	var got []string
	for _, r := range repos {
		got = append(got, r.FullName())
		if r.ID == 0 || r.NodeID == "" || r.DefaultBranch != "main" || (r.Owner == "umbrella") != (r.Installation == second.ID) {
			t.Errorf("read %+v", r)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("repositories (-want +got):\n%s", diff)
	}
}

func TestOneBrokenInstallationDoesNotHideTheOthers(t *testing.T) {
	w := newWorld(t)
	other := w.gh.Organization("umbrella")
	must(w.gh.Repo(other, "labs"))(t)
	second := w.app.Install(other)
	w.gh.Fault(githubtest.Fault{Path: fmt.Sprintf("/app/installations/%d/access_tokens", w.install.ID), Status: 503, Body: "{}"})
	repos, err := w.hub.Repos(context.Background())
	wantFailure(t, err, pull.Transient, "github-error")
	if len(repos) != 1 || repos[0].Installation != second.ID {
		t.Errorf("read %+v, want the other installation's", repos)
	}
	w.gh.Heal()
}

func TestOpenPulls(t *testing.T) {
	w := newWorld(t)
	var want []pull.Listed
	for i := range 101 {
		branch := fmt.Sprintf("change-%03d", i)
		sha := w.commit(branch, map[string]string{"prod/app.nomad": branch})
		p := w.open(branch)
		want = append(want, pull.Listed{Number: p.Number, Head: sha, Branch: "main"})
	}
	w.change().Close(w.alice)
	list, err := w.hub.OpenPulls(context.Background(), w.asRepo())
	if err != nil || !list.Gated {
		t.Fatalf("gated %v, error %v", list.Gated, err)
	}
	got := list.Open
	if diff := cmp.Diff(map[string]string{"main": w.repo.Branch("main")}, list.Tips); diff != "" {
		t.Errorf("tips (-want +got):\n%s", diff)
	}
	slices.SortFunc(got, func(a, b pull.Listed) int { return a.Number - b.Number })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("open pull requests (-want +got):\n%s", diff)
	}
	w.commit("main", nil, githubtest.Delete(".sallyport.yml"))
	if list, err = w.hub.OpenPulls(context.Background(), w.asRepo()); list.Gated || err != nil {
		t.Errorf("without a policy: gated %v, error %v", list.Gated, err)
	}
}

func TestFailedDeliveriesAreThoseThatNeverArrived(t *testing.T) {
	w := newWorld(t)
	healthy := make(chan bool, 1)
	healthy <- false
	sink := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		ok := <-healthy
		healthy <- ok
		if !ok {
			rw.WriteHeader(503)
		}
	}))
	defer sink.Close()
	settle := func() {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := w.gh.Settle(ctx); err != nil {
			t.Fatal(err)
		}
	}
	failedSince := func(since time.Time) []pull.FailedDelivery {
		t.Helper()
		failed, rest, err := w.hub.FailedDeliveries(t.Context(), since, "")
		if err != nil || rest != "" {
			t.Fatalf("the rest is at %q, error %v", rest, err)
		}
		return failed
	}
	settle()
	w.app.SetWebhook(sink.URL, "secret")
	p := w.change()
	for i := range 105 {
		p.Label(w.bo, fmt.Sprint(i))
	}
	settle()
	failed := failedSince(time.Now().Add(-time.Hour))
	missed := len(w.app.Deliveries())
	if len(failed) != missed || missed < 106 || failed[0].Event != "push" || failed[0].Status != 503 || failed[0].ID >= failed[1].ID {
		t.Fatalf("%d failed, first %+v; want %d, oldest first", len(failed), failed[0], missed)
	}
	<-healthy
	healthy <- true
	if err := w.hub.Redeliver(context.Background(), failed[0].ID); err != nil {
		t.Fatal(err)
	}
	settle()
	again := failedSince(time.Now().Add(-time.Hour))
	if len(again) != missed-1 || slices.ContainsFunc(again, func(d pull.FailedDelivery) bool { return d.GUID == failed[0].GUID }) {
		t.Errorf("%d failed after one arrived, want %d without it", len(again), missed-1)
	}
	if got := failedSince(time.Now().Add(time.Minute)); len(got) != 0 {
		t.Errorf("%d failed since the future", len(got))
	}
	wantFailure(t, w.hub.Redeliver(context.Background(), 1), pull.Permanent, "not-found")
}

// TestThreat7TheListOfDeliveriesIsReadInParts: one look reads thirty pages, and the next goes on where it ended.
func TestThreat7TheListOfDeliveriesIsReadInParts(t *testing.T) {
	w := newWorld(t)
	sink := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(503) }))
	defer sink.Close()
	w.app.SetWebhook(sink.URL, "secret")
	p := w.change()
	for range (deliveryPages*100 + 50) / 2 {
		p.Label(w.bo, "urgent")
		p.Unlabel(w.bo, "urgent")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := w.gh.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	since, sent := time.Now().Add(-time.Hour), len(w.app.Deliveries())
	w.gh.ResetCalls()
	newest, rest, err := w.hub.FailedDeliveries(ctx, since, "")
	if err != nil || rest == "" || len(newest) != deliveryPages*100 || len(w.gh.Calls()) > deliveryPages+1 {
		t.Fatalf("%d at first in %d requests, the rest at %q, error %v", len(newest), len(w.gh.Calls()), rest, err)
	}
	older, rest, err := w.hub.FailedDeliveries(ctx, since, rest)
	if err != nil || rest != "" || len(newest)+len(older) != sent || older[len(older)-1].ID >= newest[0].ID {
		t.Errorf("%d then, the rest at %q, error %v; want %d in all", len(older), rest, err, sent)
	}
}

func TestThreat29PusherIsWhoMovedTheBranch(t *testing.T) {
	w := newWorld(t)
	w.commit("change", map[string]string{"prod/app.nomad": "two\n"})
	w.commit("change", map[string]string{"prod/app.nomad": "three\n"}, githubtest.PushedBy(w.bo))
	r := w.snapshot(w.open("change"))
	pusher := func(r pull.Request) pull.Account {
		t.Helper()
		return must(w.hub.Pusher(context.Background(), r))(t)
	}
	if got := pusher(r); got != accountOf(w.bo) {
		t.Errorf("pusher is %+v, want bo", got)
	}
	elsewhere := r
	elsewhere.Head.SHA = w.repo.Branch("main")
	if got := pusher(elsewhere); got.Known() {
		t.Errorf("pusher of a SHA that the branch never was at is %+v", got)
	}
	fork := r
	fork.Head.Repo++
	if got := pusher(fork); got.Known() {
		t.Errorf("pusher of a fork is %+v", got)
	}
	fault := w.gh.Fault(githubtest.Fault{Path: "/repos/*/*/activity", Status: 404, Body: `{"message":"Not Found"}`})
	if got := pusher(r); got.Known() || fault.Strikes() != 1 {
		t.Errorf("pusher is %+v where GitHub does not say", got)
	}
	w.gh.Heal()
	w.gh.Fault(githubtest.Fault{Path: "/repos/*/*/activity", Status: 502, Body: `{}`})
	_, err := w.hub.Pusher(context.Background(), r)
	wantFailure(t, err, pull.Transient, "github-error")
	w.gh.Heal()
}

func TestPusherOfABranchMovedBackAndForth(t *testing.T) {
	ref := "refs/heads/x"
	who := func(id int64) activity {
		a := activity{Ref: ref, After: "H"}
		a.Actor = &struct {
			ID    int64  `json:"id"`
			Login string `json:"login"`
			Type  string `json:"type"`
		}{ID: id, Type: "User"}
		return a
	}
	other, elsewhere := who(3), who(4)
	other.After, elsewhere.Ref = "X", "refs/heads/xy"
	if got := moverOf([]activity{elsewhere, who(2), other, who(1)}, ref, "H"); got.ID != 2 {
		t.Errorf("pusher is %+v, want the newest", got)
	}
	nobody := who(0)
	nobody.Actor = nil
	if got := moverOf([]activity{nobody, who(1)}, ref, "H"); got.Known() {
		t.Errorf("pusher is %+v: the newest movement has no actor", got)
	}
}
