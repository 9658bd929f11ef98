package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

func record(number int, state pull.State, codes ...string) pull.Record {
	r := pull.Record{Key: key(number), State: "open", Next: "Wait."}
	r.Request = pull.Request{Repo: acme, Number: number, Title: "Scale\u0000 it", State: pull.Open,
		Head: pull.Head{SHA: "h"}, Base: pull.Base{SHA: "b", Branch: "main"}, Commits: []pull.Commit{{SHA: "h", Payload: "long"}}}
	v := pull.Verdict{Gate: pull.GateApproval, State: state}
	for _, c := range codes {
		v.Reasons = append(v.Reasons, pull.Reason{Code: c, State: state, Message: "Because."})
	}
	r.Verdicts = []pull.Verdict{v}
	return r
}

var records = []promise{
	{"Threat58EveryVerdictsRowCarriesItsInputs", func(w *world) {
		s := w.open()
		r := record(1, pull.Wait, "awaiting")
		r.Request.Labels, r.Request.Pusher = []string{"urgent"}, pull.Account{ID: 1, Login: "ann"}
		r.Request.Commits[0].Signed = &pull.Signed{Key: "ABCD", Code: "signature-bad"}
		r.Request.Checks = []pull.Check{{Name: "ci", App: 9, ID: 4, Status: "completed", Conclusion: "failure"}}
		r.Request.Standing = pull.Standing{Roles: map[int64]pull.Role{1: pull.Admin}}
		r.Request.Comments = []pull.Comment{{ID: 3, Body: "private words"}}
		r.Request.Remarks = []pull.Comment{{ID: 5, Body: "private remark"}}
		r.Request.Floor = pull.Source{Path: "floor.yml", Blob: "f1", Text: "private text"}
		w.must(s.Save(w.Context(), r))
		rows := got(s.Timeline(w.Context(), key(1), 10))(w)
		body := string(rows[0].Body.(json.RawMessage))
		for _, want := range []string{`"labels":["urgent"]`, `"login":"ann"`, `"key":"ABCD"`, `"name":"ci"`, `"conclusion":"failure"`, `"roles":{"1":5}`, `"blob":"f1"`, `"body":"sha256:`, `"remarks":[{"id":5`} {
			if !strings.Contains(body, want) {
				w.Errorf("%s is not in the row: %s", want, body)
			}
		}
		for _, bad := range []string{"private", `"payload":"long"`} {
			if strings.Contains(body, bad) {
				w.Errorf("%s is in the row, and should not outlive the pull request: %s", bad, body)
			}
		}
		if r.Request.Commits[0].Payload != "long" || r.Request.Comments[0].Body != "private words" || r.Request.Remarks[0].Body != "private remark" {
			w.Error("what was given was changed")
		}
	}},
	{"ComeBackAsSaved", func(w *world) {
		s := w.open()
		if _, found, err := s.Record(w.Context(), key(1)); found || err != nil {
			w.Errorf("before: found %v, error %v", found, err)
		}
		want := record(1, pull.Wait, "no-review")
		w.must(s.Save(w.Context(), want))
		r, found, err := s.Record(w.Context(), key(1))
		if diff := cmp.Diff(want, r); diff != "" || !found || err != nil {
			w.Errorf("found %v, error %v, record (-want +got):\n%s", found, err, diff)
		}
		got(s.File(w.Context(), []pull.Scope{one(1)}, false))(w)
		seen, _ := w.passes(s)
		if diff := cmp.Diff(&want, next(w, seen).Last); diff != "" {
			w.Errorf("the next pass's last record (-want +got):\n%s", diff)
		}
	}},
	{"OnlyAChangedVerdictIsLedgered", func(w *world) {
		s := w.open()
		w.must(s.Save(w.Context(), record(1, pull.Wait, "no-review")))
		same := record(1, pull.Wait, "no-review")
		same.Verdicts[0].Reasons[0].Message, same.Next = "Still.", "Wait more."
		w.must(s.Save(w.Context(), same))
		w.kinds(s, 1, "verdict")
		w.must(s.Save(w.Context(), record(1, pull.Wait, "conflict")))
		w.kinds(s, 1, "verdict", "verdict")
		w.must(s.Save(w.Context(), record(1, pull.Pass, "conflict")))
		w.kinds(s, 1, "verdict", "verdict", "verdict")
		landed := record(1, pull.Pass, "conflict")
		landed.State = "landed"
		w.must(s.Save(w.Context(), landed))
		w.kinds(s, 1, "verdict", "verdict", "verdict", "verdict")
	}},
	{"TheOverviewIsLightAndNewestFirst", func(w *world) {
		s := w.open()
		for n := 1; n <= 3; n++ {
			w.must(s.Save(w.Context(), record(n, pull.Wait)))
		}
		closed := record(2, pull.Wait)
		closed.Request.State, closed.State = pull.Closed, "closed"
		w.must(s.Save(w.Context(), closed))
		w.must(s.Save(w.Context(), record(1, pull.Pass)))
		var numbers []int
		for _, r := range got(s.OpenRecords(w.Context(), []int64{repo}, 0))(w) {
			numbers = append(numbers, r.Key.Number)
			if len(r.Request.Commits) != 0 || r.Request.Title == "" || len(r.Verdicts) != 1 {
				w.Errorf("not light, or not enough: %+v", r)
			}
		}
		if diff := cmp.Diff([]int{1, 3}, numbers); diff != "" {
			w.Errorf("open (-want +got):\n%s", diff)
		}
	}},
	{"SiblingsShareHeadAndBranch", func(w *world) {
		s := w.open()
		for n := 1; n <= 5; n++ {
			r := record(n, pull.Wait)
			switch n {
			case 3:
				r.Request.Head.SHA = "other"
			case 4:
				r.Request.Base.Branch = "release"
			case 5:
				r.Request.State = pull.Merged
			}
			w.must(s.Save(w.Context(), r))
		}
		siblings := got(s.Siblings(w.Context(), key(1), "h", "main"))(w)
		if len(siblings) != 1 || siblings[0].Key != key(2) {
			w.Errorf("siblings: %+v, want #2", siblings)
		}
	}},
	{"NeighboursShareTheBranch", func(w *world) {
		s := w.open()
		for n := 1; n <= 6; n++ {
			r := record(n, pull.Wait)
			switch n {
			case 3:
				r.Request.Base.Branch = "release"
			case 4:
				r.Request.State = pull.Merged
			case 5:
				r.Key.Repo, r.Request.Repo.ID = r.Key.Repo+1, r.Request.Repo.ID+1
			}
			r.Request.Files = []pull.File{{Path: "prod/api.nomad", NewMode: pull.Regular}}
			w.must(s.Save(w.Context(), r))
		}
		for limit, want := range map[int][]int{5: {2, 6}, 1: {2}} {
			list, total, err := s.Neighbours(w.Context(), key(1), "main", limit)
			w.must(err)
			var numbers []int
			for _, r := range list {
				if numbers = append(numbers, r.Key.Number); len(r.Request.Files) != 1 {
					w.Errorf("#%d is not whole: %+v", r.Key.Number, r.Request)
				}
			}
			if !slices.Equal(numbers, want) || total != 2 {
				w.Errorf("at most %d: got %v of %d, want %v of 2", limit, numbers, total, want)
			}
		}
	}},
	{"APushFindsWhatRestsOnItsRepository", func(w *world) {
		s := w.open()
		for n, path := range []string{"", "acme/policies:jobs.yml", "acme/.github:landing.yml", "acme/policiesx:jobs.yml", ".policy.yml", "acme/policies:other.yml"} {
			r := record(n+1, pull.Wait)
			r.Request.Remote.Path = path
			switch n {
			case 2:
				r.Request.Remote.Path, r.Request.Landing.Path = "", "Acme/Policies:landing.yml"
			case 5:
				r.Request.State = pull.Merged
			}
			w.must(s.Save(w.Context(), r))
		}
		filed := got(s.File(w.Context(), []pull.Scope{{RestsOn: "acme/POLICIES"}}, true))(w)
		if filed != 2 {
			w.Errorf("%d pull requests are looked at again, want #2 and #3", filed)
		}
	}},
	{"WhatChangesDuringTheFirstLookHasAnother", func(w *world) {
		s := w.open()
		for n, sc := range []pull.Scope{{Repo: repo, Branch: "release"}, {Repo: repo, Branch: "release", Unhurried: true}, {RestsOn: "acme/policies"}, {RestsOn: "partner"}} {
			w.accept(s, delivery(one(n+1)))
			if filed := got(s.File(w.Context(), []pull.Scope{sc}, true))(w); filed != 1 {
				w.Errorf("%+v: %d are looked at again, want the one that is not written down", sc, filed)
			}
			w.must(s.Save(w.Context(), record(n+1, pull.Wait)))
			if filed := got(s.File(w.Context(), []pull.Scope{sc}, true))(w); filed != 0 {
				w.Errorf("%+v: %d are looked at again, want none: all are known to go into main and to rest on nothing", sc, filed)
			}
		}
	}},
	{"AFirstLookThatFailsIsNotHurriedByWhateverHappens", func(w *world) {
		s := w.open()
		w.accept(s, delivery(one(1)))
		failed := make(chan bool, 9)
		w.work(s, doPass(func(context.Context, pull.Work) (pull.Outcome, error) {
			failed <- true
			return pull.Outcome{}, &pull.Failure{Class: pull.Transient, After: time.Hour, Err: errors.New("GitHub says no")}
		}))
		next(w, failed)
		w.until("the failure is written down", func() bool { return w.stats(s).Jobs["passes"]["running"] == 0 })
		for _, sc := range []pull.Scope{{Repo: repo, Branch: "release"}, {Repo: repo, Branch: "release", Unhurried: true}, {RestsOn: "acme/policies"}} {
			got(s.File(w.Context(), []pull.Scope{sc}, true))(w)
			if jobs := w.stats(s).Jobs["passes"]; jobs["scheduled"] != 1 || jobs["available"]+jobs["running"] != 0 {
				w.Errorf("%+v: %v, want the next look an hour away", sc, jobs)
			}
		}
	}},
	{"WhatChangesWhileAFailedFirstLookIsRepeatedHasAnother", func(w *world) {
		s := w.open()
		w.accept(s, delivery(one(1)))
		looks := 0
		begun, proceed := make(chan int, 9), make(chan bool)
		w.work(s, doPass(func(context.Context, pull.Work) (pull.Outcome, error) {
			looks++
			begun <- looks
			switch looks {
			case 1:
				return pull.Outcome{}, errors.New("GitHub says no")
			case 2:
				<-proceed
			}
			return pull.Outcome{}, nil
		}))
		next(w, begun)
		next(w, begun)
		got(s.File(w.Context(), []pull.Scope{{Repo: repo, Branch: "release"}}, true))(w)
		close(proceed)
		if n := next(w, begun); n != 3 {
			w.Errorf("look %d, want the third", n)
		}
	}},
	{"AnOrganisationFindsWhatIsJudgedByItsMembers", func(w *world) {
		s := w.open()
		for n, teams := range [][]string{nil, {"partner/sre"}, {"acme/sre", "Partner"}, {"acme/sre"}, {"partners/sre"}, {"partner/sre"}} {
			r := record(n+1, pull.Wait)
			r.Request.Repo.Owner, r.Asked.Teams = "Acme", teams
			if n == 5 {
				r.Request.State = pull.Merged
			}
			w.must(s.Save(w.Context(), r))
		}
		for org, want := range map[string]int{"partner": 2, "PARTNER": 2, "acme": 0, "partner/sre": 0, "nobody": 0} {
			if filed := got(s.File(w.Context(), []pull.Scope{{RestsOn: org}}, true))(w); filed != want {
				w.Errorf("%s: %d pull requests are looked at again, want %d", org, filed, want)
			}
		}
	}},
	{"OwnedByIsWhateverAnOwnersFloorHoldsFor", func(w *world) {
		s := w.open()
		w.must(s.UpsertRepos(w.Context(), []pull.Repo{{ID: 7, Owner: "acme", Name: "infra"}, {ID: 8, Owner: "Acme", Name: "web"}, {ID: 9, Owner: "other", Name: "web"}}))
		for _, pr := range []struct {
			repo   int64
			number int
			branch string
			state  string
		}{
			{7, 1, "main", "open"}, {7, 2, "release", "open"}, {8, 3, "main", "ungated"}, {8, 4, "main", "landed"}, {9, 5, "main", "open"}, {8, 6, "main", "open"},
		} {
			r := record(pr.number, pull.Wait)
			r.Key.Repo, r.Request.Repo.ID, r.Request.Base.Branch, r.State = pr.repo, pr.repo, pr.branch, pr.state
			if pr.state == "landed" {
				r.Request.State = pull.Merged
			}
			w.must(s.Save(w.Context(), r))
		}
		for limit, want := range map[int][]int{5: {2, 3, 6}, 1: {2}} {
			list, total, err := s.OwnedBy(w.Context(), "ACME", 7, "main", limit)
			w.must(err)
			var numbers []int
			for _, r := range list {
				numbers = append(numbers, r.Key.Number)
			}
			if !slices.Equal(numbers, want) || total != 3 {
				w.Errorf("at most %d: got %v of %d, want %v of 3", limit, numbers, total, want)
			}
		}
	}},
	{"BorrowersRestOnExactlyOneFileOfTheOwner", func(w *world) {
		s := w.open()
		w.must(s.UpsertRepos(w.Context(), []pull.Repo{{ID: 7, Owner: "acme", Name: ".github"}, {ID: 8, Owner: "Acme", Name: "web"}, {ID: 9, Owner: "other", Name: "web"}}))
		for number, pr := range map[int]struct {
			repo    int64
			state   string
			borrows []string
		}{
			1: {7, "open", []string{"acme/.github:policy.yml"}}, 2: {7, "open", []string{"acme/.github:policy.yml"}},
			3: {8, "ungated", []string{"no policy", "Acme/.github:bulldozer.yml"}}, 4: {8, "open", []string{"Acme/.github:policy.yml", "acme/.github:bulldozer.yml"}},
			5: {8, "landed", []string{"acme/.github:policy.yml"}}, 6: {9, "open", []string{"acme/.github:policy.yml"}},
			7: {8, "open", []string{"acme/Xgithub:policy.yml"}}, 8: {8, "open", nil}, 9: {8, "open", []string{"acme/.github:policy.yml2"}},
		} {
			r := record(number, pull.Wait)
			r.Key.Repo, r.Request.Repo.ID, r.State, r.Borrows = pr.repo, pr.repo, pr.state, pr.borrows
			if pr.state == "landed" {
				r.Request.State = pull.Merged
			}
			w.must(s.Save(w.Context(), r))
		}
		for _, tt := range []struct {
			what  string
			limit int
			want  []int
			total int
		}{
			{"acme/.github:policy.yml", 9, []int{2, 4}, 2}, {"ACME/.github:policy.yml", 1, []int{2}, 2},
			{"acme/.github:bulldozer.yml", 9, []int{3, 4}, 2}, {"no policy", 9, []int{3}, 1}, {"acme/_github:policy.yml", 9, nil, 0},
		} {
			list, total, err := s.Borrowers(w.Context(), pull.Key{Repo: 7, Number: 1}, "ACME", tt.what, tt.limit)
			w.must(err)
			var numbers []int
			for _, r := range list {
				if numbers = append(numbers, r.Key.Number); len(r.Request.Commits) != 1 {
					w.Errorf("#%d is not whole: %+v", r.Key.Number, r.Request)
				}
			}
			if !slices.Equal(numbers, tt.want) || total != tt.total {
				w.Errorf("%s, at most %d: got %v of %d, want %v of %d", tt.what, tt.limit, numbers, total, tt.want, tt.total)
			}
		}
		r := record(2, pull.Wait)
		r.Key.Repo, r.Request.Repo.ID = 7, 7
		w.must(s.Save(w.Context(), r))
		if _, total, err := s.Borrowers(w.Context(), pull.Key{Repo: 7, Number: 1}, "acme", "acme/.github:policy.yml", 9); err != nil || total != 1 {
			w.Errorf("after #2 got a policy of its own: %d, %v; want 1", total, err)
		}
	}},
	{"LentIsWhatOpenPullRequestsPointTo", func(w *world) {
		s := w.open()
		w.must(s.UpsertRepos(w.Context(), []pull.Repo{{ID: 8, Owner: "Acme", Name: "web"}, {ID: 9, Owner: "other", Name: "web"}}))
		for number, pr := range map[int]struct {
			repo   int64
			remote string
			open   bool
		}{1: {8, "Acme/Rules:a.yml", true}, 2: {9, "acme/rules:b/c.yml", true}, 3: {8, "acme/rules:d.yml", false}, 4: {8, "acme/rulesx:e.yml", true}, 5: {8, "acme/rules:a.yml", true}} {
			r := record(number, pull.Wait)
			r.Key.Repo, r.Request.Repo.ID, r.Request.Remote.Path, r.Borrows = pr.repo, pr.repo, pr.remote, []string{pr.remote, "no file about landing"}
			if !pr.open {
				r.Request.State = pull.Merged
			}
			w.must(s.Save(w.Context(), r))
		}
		for repository, want := range map[string][]string{"acme/RULES": {"acme/rules:a.yml", "acme/rules:b/c.yml"}, "acme/_ules": nil, "acme/web": nil} {
			if names := got(s.Lent(w.Context(), repository))(w); !slices.Equal(names, want) {
				w.Errorf("%s: got %q, want %q", repository, names, want)
			}
		}
		for owner, want := range map[string]int{"ACME": 2, "": 2, "other": 0} {
			if list, total, err := s.Borrowers(w.Context(), pull.Key{Repo: 7, Number: 1}, owner, "acme/rules:a.yml", 9); err != nil || len(list) != want || total != want {
				w.Errorf("of %q: got %d of %d, %v; want %d", owner, len(list), total, err, want)
			}
		}
	}},
	{"AnErrorIsShownBesideTheLastResult", func(w *world) {
		s := w.open()
		w.must(s.Save(w.Context(), record(1, pull.Pass)))
		w.accept(s, delivery(one(1)))
		w.work(s, doPass(func(context.Context, pull.Work) (pull.Outcome, error) {
			return pull.Outcome{}, &pull.Failure{Class: pull.Transient, After: patience, Err: context.DeadlineExceeded}
		}))
		w.until("the record shows the error", func() bool {
			r, _, err := s.Record(w.Context(), key(1))
			w.must(err)
			return r.Error == context.DeadlineExceeded.Error() && len(r.Verdicts) == 1
		})
		if open := got(s.OpenRecords(w.Context(), []int64{repo}, 0))(w); len(open) != 1 || open[0].Error == "" {
			w.Errorf("the overview does not show the error: %+v", open)
		}
	}},
}
