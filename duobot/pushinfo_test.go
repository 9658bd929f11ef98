package duobot_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/pull"
)

// shown decodes pushinfo in order, as "key: value" lines.
func shown(t *testing.T, info duobot.PushInfo) []string {
	t.Helper()
	var lines []string
	for pair := range strings.SplitSeq(info.Encode(), "&") {
		key, value, _ := strings.Cut(pair, "=")
		k, errK := url.QueryUnescape(key)
		v, errV := url.QueryUnescape(value)
		if errK != nil || errV != nil {
			t.Fatalf("%q is not encoded", pair)
		}
		lines = append(lines, k+": "+v)
	}
	return lines
}

func TestPushInfo(t *testing.T) {
	var crowd []string
	for i := range 500 {
		crowd = append(crowd, fmt.Sprintf("staging/service-%d/job.nomad", i))
	}
	var towns []string
	for i := range 90 {
		towns = append(towns, fmt.Sprintf("town-%d/job.nomad", i))
	}
	tests := []struct {
		name string
		info duobot.PushInfo
		want []string
	}{
		{"small", duobot.PushInfo{Repository: "acme/deploy", Number: 7, Merge: "abc", Paths: []string{"prod/a", "prod/b"}, Title: "More memory"},
			[]string{"repository: acme/deploy", "pull request: #7", "merge: abc", "paths: prod/a, prod/b", "files: 2", "title: More memory"}},
		{"title that would spoof other lines", duobot.PushInfo{Title: "x&merge=def\nmerge: def\u202e\u200b\x00%26=+"},
			[]string{"repository: ", "pull request: #0", "merge: ", "paths: ", "files: 0", "title: x&merge=def merge: def%26=+"}},
		{"long title", duobot.PushInfo{Title: strings.Repeat("é", 300)},
			[]string{"repository: ", "pull request: #0", "merge: ", "paths: ", "files: 0", "title: " + strings.Repeat("é", 99) + "…"}},
		{"broken bytes", duobot.PushInfo{Title: "a\xff\xfeb", Paths: []string{"p\x1b[31m/\u2066x"}},
			[]string{"repository: ", "pull request: #0", "merge: ", "paths: p[31m/x", "files: 1", "title: ab"}},
		{"many files", duobot.PushInfo{Paths: append([]string{"prod/db.nomad"}, append(crowd, "README.md")...)},
			[]string{"repository: ", "pull request: #0", "merge: ", "paths: prod/ (1), staging/ (500), README.md", "files: 502", "title: "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, shown(t, tt.info)); diff != "" {
				t.Errorf("pushinfo (-want +got):\n%s", diff)
			}
		})
	}

	paths := strings.TrimPrefix(shown(t, duobot.PushInfo{Paths: towns})[3], "paths: ")
	if utf8.RuneCountInString(paths) > 200 || !strings.HasPrefix(paths, "town-0/ (1), ") || !strings.HasSuffix(paths, " more") {
		t.Errorf("got %q, want at most 200 characters that say how many are left out", paths)
	}
	long := strings.TrimPrefix(shown(t, duobot.PushInfo{Paths: []string{strings.Repeat("x", 5000), "y"}})[3], "paths: ")
	if utf8.RuneCountInString(long) > 200 {
		t.Errorf("got %d characters for one long name", utf8.RuneCountInString(long))
	}
}

func TestDescribe(t *testing.T) {
	r := pull.Request{Repo: pull.Repo{Owner: "acme", Name: "deploy"}, Title: "Grow",
		Files: []pull.File{{Path: "a"}, {Path: "b"}, {Path: "prod/c"}, {Path: "b"}}}
	got := duobot.Describe(r, pull.Binding{Number: 7, Merge: sha("e")}, "prod/c", "absent", "prod/c")
	want := duobot.PushInfo{Repository: "acme/deploy", Number: 7, Merge: sha("e"), Paths: []string{"prod/c", "a", "b"}, Title: "Grow"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
