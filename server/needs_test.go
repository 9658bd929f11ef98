package server

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

func blockedRecord() pull.Record {
	rec := waitingRecord()
	rec.Verdicts[2] = pull.Verdict{Gate: pull.GateApproval, State: pull.Block, Reasons: []pull.Reason{{Code: "odd-path", Message: "A path is odd."}}}
	return rec
}

func askedRecord() pull.Record {
	rec := waitingRecord()
	ask := func(rule string) pull.Reason {
		return pull.Reason{Code: "no-approval", State: pull.Wait, Message: "Waiting for 1 approval.", Evidence: map[string]string{"rule": rule},
			Because: []pull.Reason{
				{Code: "no-approval", State: pull.Wait, Evidence: map[string]string{"candidates": "bo, cy and 7 more"}},
				{Code: "approved", State: pull.Pass, Evidence: map[string]string{"candidates": "nobody"}},
			}}
	}
	rec.Verdicts[2].Reasons = []pull.Reason{ask("one"), ask("two"), ask("three"), ask("four"), ask("five"), {Code: "approved", State: pull.Pass}}
	rec.Verdicts[3].Reasons = []pull.Reason{{Code: "awaiting-phone", State: pull.Wait, Message: "Waiting for ana.", Evidence: map[string]string{"account": "ana"}}}
	return rec
}

func TestNeeds(t *testing.T) {
	for name, tc := range map[string]struct {
		rec  pull.Record
		want []need
	}{
		"what several rules ask for is one need; who can is named": {askedRecord(), []need{
			{Gate: "Approval", State: pull.Wait, What: "Waiting for 1 approval.", Who: []string{"bo", "cy"}, More: "and 7 more",
				Rules: []string{"one", "two", "three"}, MoreRules: 2},
			{Gate: "Duo", State: pull.Wait, What: "Waiting for ana.", Who: []string{"ana"}},
		}},
		"what only waits for the others is none": {blockedRecord(), []need{{Gate: "Approval", State: pull.Block, What: "A path is odd."}}},
	} {
		if diff := cmp.Diff(tc.want, needsOf(tc.rec)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestChoice(t *testing.T) {
	for _, tc := range []struct {
		query, viewer string
		rec           pull.Record
		want          bool
	}{
		{"", "", askedRecord(), true},
		{"repo=Acme/Infra", "", askedRecord(), true},
		{"repo=acme/other", "", askedRecord(), false},
		{"author=ANA", "", askedRecord(), true},
		{"author=bo", "", askedRecord(), false},
		{"mine=1", "BO", askedRecord(), true},
		{"mine=1", "ana", askedRecord(), true}, // their phone rings
		{"mine=1", "eve", askedRecord(), false},
		{"mine=1", "", askedRecord(), false},
		{"mine=1", "ana", blockedRecord(), true}, // the author has to change it
		{"mine=1", "bo", blockedRecord(), false},
	} {
		q, err := url.ParseQuery(tc.query)
		if err != nil {
			t.Fatal(err)
		}
		chosen := choiceOf(q)
		if got := chosen.has(tc.rec, tc.viewer); got != tc.want {
			t.Errorf("%q for %q: got %v, want %v", tc.query, tc.viewer, got, tc.want)
		}
		if again, err := url.ParseQuery(chosen.query()); err != nil || choiceOf(again) != chosen {
			t.Errorf("%q: written as %q it reads otherwise", tc.query, chosen.query())
		}
	}
}

func TestSteps(t *testing.T) {
	words := func(rec pull.Record) (all []string) {
		for _, s := range stepsOf(rec) {
			word := s.Name + " " + s.Word
			if s.Now {
				word += " now"
			}
			all = append(all, word)
		}
		return all
	}
	for name, tc := range map[string]struct {
		rec  pull.Record
		want []string
	}{
		"waiting":    {waitingRecord(), []string{"Review Waiting now", "Signatures Not needed", "Checks and turn Later", "Phone Later", "Landing Later"}},
		"blocked":    {blockedRecord(), []string{"Review Blocked now", "Signatures Not needed", "Checks and turn Later", "Phone Later", "Landing Later"}},
		"not judged": {pull.Record{State: "open"}, []string{"Review Later", "Signatures Later", "Checks and turn Later", "Phone Later", "Landing Later"}},
	} {
		if diff := cmp.Diff(tc.want, words(tc.rec)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
