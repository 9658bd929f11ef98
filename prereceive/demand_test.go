package prereceive

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

func changed(paths ...string) []pull.File {
	var files []pull.File
	for _, path := range paths {
		files = append(files, pull.File{Path: path, OldMode: pull.Regular, NewMode: pull.Regular, OldID: "a", NewID: "b"})
	}
	return files
}

func TestJudge(t *testing.T) {
	const policy = `version: 1
rules:
  - {name: staging, paths: [staging/**], require: {}}
  - {name: free links, paths: [links/**], special: allow, require: {}}
  - {name: prod, paths: [prod/**], require: {duo: author}}
  - {name: nested, paths: [nested/**], require: {any: [{signatures: true}, {all: [{duo: author}]}]}}
  - {name: sometimes, paths: [maybe/**], when: {labels: [hotfix]}, require: {duo: author}}
  - {name: freed for some, paths: [some/**], when: {author: [bot]}, require: {}}
  - {name: rest of some, paths: [some/**], require: {duo: author}}
  - {name: rest of maybe, paths: [maybe/**], require: {}}
  - {name: approver, paths: [both/**], require: {approvals: {count: 1, from: [write]}, duo: both}}
`
	p, problems := config.ParsePolicy(policyFile, []byte(policy))
	if problems != nil {
		t.Fatal(problems)
	}
	link := []pull.File{{Path: "staging/x", NewMode: pull.Symlink, NewID: "a"}}
	freeLink := []pull.File{{Path: "links/x", NewMode: pull.Symlink, NewID: "a"}}
	for _, test := range []struct {
		name  string
		files []pull.File
		duo   bool
		code  string // of the refusal
		paths string
	}{
		{"nothing changes", nil, false, "", ""},
		{"free", changed("staging/a"), false, "", ""},
		{"asked for", changed("staging/a", "prod/b"), true, "", "prod/b"},
		{"asked for by an alternative", changed("nested/a"), true, "", "nested/a"},
		{"a condition that a push cannot tell", changed("maybe/a"), true, "", "maybe/a"},
		{"a condition that would free it", changed("some/a"), true, "", "some/a"},
		{"a symlink is never free", link, true, "", "staging/x"},
		{"but where the rule says so", freeLink, false, "", ""},
		{"an approver's word", changed("both/a"), false, "needs-approver", ""},
		{"no rule", changed("elsewhere"), false, "ungoverned", ""},
		{"a path in disguise", changed("staging/a\u202Eb"), false, "odd-path", ""},
	} {
		got, refusal := Judge(&p, test.files)
		code := ""
		if refusal != nil {
			code = refusal.Code
		}
		if got.Duo != test.duo || code != test.code || strings.Join(got.Paths, " ") != test.paths {
			t.Errorf("%s: got %+v, %q; want %v, %q, %q", test.name, got, code, test.duo, test.code, test.paths)
		}
	}
	if got, refusal := Judge(nil, changed("staging/a")); !got.Duo || refusal != nil {
		t.Errorf("without a policy: got %+v, %v", got, refusal)
	}
}

func TestParseRawRefusesHalves(t *testing.T) {
	whole := ":100644 000000 aa bb D\x00prod/x\x00:000000 100644 aa bb A\x00staging/x\x00"
	files, err := parseRaw([]byte(whole))
	if err != nil || len(files) != 2 || files[0].Path != "prod/x" || files[0].NewMode != pull.Absent || files[1].OldMode != pull.Absent {
		t.Errorf("got %+v, %v", files, err)
	}
	for _, cut := range []string{"x", whole[:len(whole)-1], whole[:28], ":100644 000000 aa bb\x00a\x00", ":9 0 a b M\x00a\x00", whole + "\x00"} {
		if files, err := parseRaw([]byte(cut)); err == nil {
			t.Errorf("%q: got %+v and no error", cut, files)
		}
	}
}

func TestReadUpdates(t *testing.T) {
	a, b := strings.Repeat("a", 40), strings.Repeat("0", 40)
	got, err := readUpdates(strings.NewReader(b + " " + a + " refs/heads/main\n"))
	if err != nil || len(got) != 1 || got[0] != (update{b, a, "refs/heads/main"}) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, line := range []string{"x", a + " " + b, a + " x refs/heads/main", a + " " + b + " main", a + " " + b + " refs/heads/" + strings.Repeat("x", 5000)} {
		if got, err := readUpdates(strings.NewReader(line + "\n")); err == nil {
			t.Errorf("%.100q: got %+v and no error", line, got)
		}
	}
}
