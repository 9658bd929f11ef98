package reconcile

import (
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// A command is what GitHub shows that somebody wrote, and counts once.
func TestWhichCommandsAreHeard(t *testing.T) {
	at := time.Date(2026, 3, 14, 9, 26, 0, 0, time.UTC)
	bo, eve := pull.Account{ID: 2, Login: "bo", Kind: pull.User}, pull.Account{ID: 3, Login: "eve", Kind: pull.User}
	const newest = 50 // whose command was carried out last
	told := func(n pull.News) pull.News {
		n.Delivery, n.Event, n.Sender, n.At = "d", "issue_comment", bo, at
		return n
	}
	wrote := func(id int64, body string) pull.Comment { return pull.Comment{ID: id, Author: bo, Body: body, At: at} }
	tests := []struct {
		name    string
		news    pull.News
		shows   pull.Comment
		heard   bool
		replies int
		code    string
	}{
		{"threat 81: an admin's hold is not there", told(pull.News{Command: []string{"hold"}, Comment: 60}), wrote(59, "hello"), true, 0, ""},
		{"threat 81: nor a freeze", told(pull.News{Command: []string{"freeze", "x"}, Comment: 60}), wrote(59, "hello"), true, 0, ""},
		{"threat 81: somebody else edited a hold", told(pull.News{Command: []string{"hold"}, Comment: 60}),
			pull.Comment{ID: 60, Author: bo, Body: "never mind", Edited: true, EditedBy: eve}, true, 0, ""},
		{"its author took a hold back", told(pull.News{Command: []string{"hold"}, Comment: 60}),
			pull.Comment{ID: 60, Author: bo, Body: "never mind", Edited: true, EditedBy: bo}, false, 0, ""},
		{"a hold of another's comment", told(pull.News{Command: []string{"hold"}, Comment: 60}), pull.Comment{ID: 60, Author: eve, Body: "/sallyport hold"}, false, 0, ""},
		{"a hold that was carried out and deleted", told(pull.News{Command: []string{"hold"}, Comment: newest}), wrote(59, "hello"), false, 0, "comment-not-seen"},
		{"a hold of somebody who may not", pull.News{Delivery: "d", Event: "issue_comment", Sender: eve, At: at, Command: []string{"hold"}, Comment: 60}, wrote(59, "hello"), false, 0, "comment-not-seen"},
		{"a button that would hold", pull.News{Delivery: "d", Event: "check_run", Command: []string{"hold"}, Sender: bo, At: at}, pull.Comment{}, false, 0, ""},
		{"it is there", told(pull.News{Command: []string{"unhold"}, Comment: 60}), wrote(60, "/sallyport unhold"), true, 0, ""},
		{"it is another's", told(pull.News{Command: []string{"unhold"}, Comment: 60}), pull.Comment{ID: 60, Author: eve, Body: "/sallyport unhold"}, false, 0, ""},
		{"it says something else", told(pull.News{Command: []string{"unhold"}, Comment: 60}), wrote(60, "/sallyport why"), false, 0, ""},
		{"somebody else edited it", told(pull.News{Command: []string{"unhold"}, Comment: 60}),
			pull.Comment{ID: 60, Author: bo, Body: "/sallyport unhold", Edited: true, EditedBy: eve}, false, 0, ""},
		{"its author edited it", told(pull.News{Command: []string{"unhold"}, Comment: 60}),
			pull.Comment{ID: 60, Author: bo, Body: "/sallyport unhold", Edited: true, EditedBy: bo}, true, 0, ""},
		{"it is not there yet", told(pull.News{Command: []string{"unhold"}, Comment: 60}), wrote(59, "hello"), false, 0, "comment-not-seen"},
		{"it was carried out", told(pull.News{Command: []string{"unhold"}, Comment: newest}), wrote(newest, "/sallyport unhold"), false, 0, ""},
		{"a later one was carried out", told(pull.News{Command: []string{"unhold"}, Comment: 40}), wrote(40, "/sallyport unhold"), false, 1, ""},
		{"a hold is never too late", told(pull.News{Command: []string{"hold"}, Comment: 40}), wrote(40, "/sallyport hold"), true, 0, ""},
		{"nor is a freeze", told(pull.News{Command: []string{"freeze", "an", "outage"}, Comment: 40}), wrote(40, "/sallyport freeze an outage"), true, 0, ""},
		{"a hold that was carried out", told(pull.News{Command: []string{"hold"}, Comment: newest}), wrote(newest, "/sallyport hold"), false, 0, ""},
		{"a button that asks for a look", pull.News{Delivery: "d", Event: "check_run", Command: []string{"recheck"}, Sender: bo, At: at}, pull.Comment{}, true, 0, ""},
		{"a button that would lift a hold", pull.News{Delivery: "d", Event: "check_run", Command: []string{"unhold"}, Sender: bo, At: at}, pull.Comment{}, false, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &pass{Reconciler: &Reconciler{}, log: slog.New(slog.DiscardHandler), heard: newest, work: pull.Work{News: []pull.News{tt.news}}}
			err := p.hear(pull.Request{At: at, Comments: []pull.Comment{tt.shows}, Standing: pull.Standing{Roles: map[int64]pull.Role{bo.ID: pull.Admin, eve.ID: pull.Write}}})
			var failure *pull.Failure
			if errors.As(err, &failure); (err == nil) != (tt.code == "") || err != nil && (failure == nil || failure.Code != tt.code) {
				t.Fatalf("got %v, want %q", err, tt.code)
			}
			if got := len(p.work.News[0].Command) > 0; tt.code == "" && got != tt.heard {
				t.Errorf("heard: %v, want %v", got, tt.heard)
			}
			if len(p.replies) != tt.replies || slices.ContainsFunc(p.replies, func(r pull.Reply) bool { return r.Text != tooLate }) {
				t.Errorf("answered with %v, want %d answers", p.replies, tt.replies)
			}
		})
	}
}
