package storetest

import (
	"context"
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

var acme = pull.Repo{ID: repo, NodeID: "R_1", Owner: "acme", Name: "infra", DefaultBranch: "main", Installation: 5}

var intake = []promise{
	{"ADeliveryBecomesAPass", func(w *world) {
		s := w.open()
		d := delivery(one(1))
		d.Repos = []pull.Repo{acme}
		w.accept(s, d)
		seen, _ := w.passes(s)
		work := next(w, seen)
		want := pull.Work{Key: key(1), Repo: acme, Generation: 1, Woken: true, News: []pull.News{d.News}}
		if diff := cmp.Diff(want, work); diff != "" {
			w.Errorf("work (-want +got):\n%s", diff)
		}
		w.idle(s)
		if st := w.stats(s); st.Inbox != 0 {
			w.Errorf("%d deliveries are unhandled after the pass, want 0", st.Inbox)
		}
	}},
	{"Threat06ADuplicateChangesNothing", func(w *world) {
		a, b := w.pair()
		d := delivery(one(1))
		w.accept(a, d)
		again := d
		again.Scopes = []pull.Scope{one(1), one(2)}
		again.Repos = []pull.Repo{{ID: repo, Owner: "evil", Name: "twin"}}
		fresh, err := b.Accept(w.Context(), again)
		if fresh || err != nil {
			w.Fatalf("accepting again: fresh %v, error %v; want false, nil", fresh, err)
		}
		if _, found, _ := a.FindRepo(w.Context(), "evil", "twin"); found {
			w.Error("the duplicate's repository was written")
		}
		seen, stop := w.passes(a)
		if work := next(w, seen); work.Generation != 1 || len(work.News) != 1 {
			w.Errorf("generation %d with %d news, want 1 and 1", work.Generation, len(work.News))
		}
		w.idle(a)
		stop()
		if n := len(seen); n != 0 {
			w.Errorf("%d more passes, want none", n)
		}
	}},
	{"Threat06DuplicatesAtOnceAreAcceptedOnce", func(w *world) {
		a, b := w.pair()
		d := delivery(one(1))
		fresh := make(chan bool, 16)
		for i := range cap(fresh) {
			go func() {
				ok, err := []*store.Store{a, b}[i%2].Accept(w.Context(), d)
				if err != nil {
					w.Error(err)
				}
				fresh <- ok
			}()
		}
		n := 0
		for range cap(fresh) {
			if <-fresh {
				n++
			}
		}
		if n != 1 {
			w.Errorf("accepted %d times, want once", n)
		}
	}},
	{"RepositoriesAreKnownById", func(w *world) {
		s := w.open()
		w.must(s.UpsertRepos(w.Context(), []pull.Repo{acme}))
		w.must(s.UpsertRepos(w.Context(), []pull.Repo{{ID: repo, Owner: "acme-corp", Name: "Platform"}}))
		renamed := acme
		renamed.Owner, renamed.Name = "acme-corp", "Platform"
		found, ok, err := s.FindRepo(w.Context(), "ACME-Corp", "platform")
		if err != nil || !ok || found != renamed {
			w.Errorf("after the rename: got %+v, %v, %v; want %+v", found, ok, err, renamed)
		}
		if _, ok, _ := s.FindRepo(w.Context(), "acme", "infra"); ok {
			w.Error("the old name still finds the repository")
		}
		d := delivery()
		d.Gone = []int64{repo}
		w.accept(s, d)
		if repos := got(s.Repos(w.Context()))(w); len(repos) != 0 {
			w.Errorf("a repository that is gone is listed: %+v", repos)
		}
		w.must(s.UpsertRepos(w.Context(), []pull.Repo{{ID: repo}}))
		if repos := got(s.Repos(w.Context()))(w); len(repos) != 1 || repos[0] != renamed {
			w.Errorf("back again: got %+v, want %+v", repos, renamed)
		}
	}},
	{"PushersAreRemembered", func(w *world) {
		s := w.open()
		mallory, alice := pull.Account{ID: 1, Login: "mallory", Kind: pull.User}, pull.Account{ID: 2, Login: "alice", Kind: pull.User}
		push := func(sha string, by pull.Account) {
			d := delivery()
			d.Pushes = []pull.Push{{Repo: repo, SHA: sha, By: by}}
			w.accept(s, d)
		}
		push("aa", mallory)
		push("aa", mallory)
		if by, ok, err := s.Pusher(w.Context(), repo, "aa"); by != mallory || !ok || err != nil {
			w.Errorf("got %+v, %v, %v; want mallory", by, ok, err)
		}
		push("bb", alice)
		if got := got(s.Pushers(w.Context(), repo, []string{"aa", "bb", "cc"}))(w); !slices.Equal(got, []pull.Pushed{{SHA: "aa", By: mallory}, {SHA: "bb", By: alice}}) {
			w.Errorf("got %+v", got)
		}
		push("aa", alice) // mallory has alice push the same commit elsewhere
		push("aa", mallory)
		if by, ok, _ := s.Pusher(w.Context(), repo, "aa"); ok {
			w.Errorf("a SHA that two people pushed is attributed to %+v", by)
		}
		if got := got(s.Pushers(w.Context(), repo, []string{"aa"}))(w); !slices.Equal(got, []pull.Pushed{{SHA: "aa"}}) {
			w.Errorf("got %+v, want that it was pushed and nobody known", got)
		}
		if _, ok, _ := s.Pusher(w.Context(), repo+1, "aa"); ok {
			w.Error("another repository's push is attributed")
		}
	}},
	{"NewRepositoriesAreDiscovered", func(w *world) {
		s := w.open()
		d := delivery()
		d.Repos, d.Discover = []pull.Repo{acme}, true
		w.accept(s, d)
		found := make(chan pull.Repo, 10)
		w.work(s, store.Handlers{
			Pass:     func(context.Context, pull.Work) (pull.Outcome, error) { return pull.Outcome{}, nil },
			Discover: func(_ context.Context, r pull.Repo) error { found <- r; return nil },
		})
		if r := next(w, found); r != acme {
			w.Errorf("discovered %+v, want %+v", r, acme)
		}
	}},
	{"RedeliveryIsAskedForOnce", func(w *world) {
		a, b := w.pair()
		w.accept(a, pull.Delivery{ID: "known"})
		if first := got(a.Redelivered(w.Context(), "lost"))(w); !first {
			w.Error("the first redelivery is not the first")
		}
		if first := got(b.Redelivered(w.Context(), "lost"))(w); first {
			w.Error("the second redelivery counts as the first")
		}
		seen := got(b.Seen(w.Context(), []string{"known", "lost"}))(w)
		if diff := cmp.Diff(map[string]bool{"known": true}, seen); diff != "" {
			w.Errorf("seen (-want +got):\n%s", diff)
		}
	}},
}
