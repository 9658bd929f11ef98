package attest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

// A note is read by everybody who reads the repository: it must tell no more of secret teams than GitHub does.
func TestThreat68NotesNameNoBystandersOfSecretTeams(t *testing.T) {
	account := func(id int64) pull.Account { return pull.Account{ID: id, Login: "somebody"} }
	r := pull.Request{Author: account(1), Pusher: account(2), Reviews: []pull.Review{{Author: account(3)}},
		Comments: []pull.Comment{{Author: account(4)}}, Commits: []pull.Commit{{Author: account(5), Committer: account(6),
			CoAuthors: []pull.Account{account(7)}}}}
	r.Standing = pull.Standing{Secret: []string{"acme/red"},
		Members:    map[string][]int64{"acme/red": {1, 2, 3, 4, 5, 6, 7, 8, 9}, "acme/open": {8, 10}},
		Candidates: []pull.Account{account(3), account(8), account(10)}}
	got := Strip(r, false).Standing
	want := pull.Standing{Secret: []string{"acme/red"},
		Members:    map[string][]int64{"acme/red": {1, 2, 3, 4, 5, 6, 7}, "acme/open": {8, 10}},
		Candidates: []pull.Account{account(3), account(10)}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(r.Standing.Members["acme/red"]) != 9 || len(r.Standing.Candidates) != 3 {
		t.Error("the request itself was changed")
	}
}
