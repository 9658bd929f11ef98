package githubtest

import (
	"fmt"
	"testing"
)

// BenchmarkStorm is 50 pull requests with 20 status events each, asked for mergeability and landed one after the other.
func BenchmarkStorm(b *testing.B) {
	for b.Loop() {
		storm(b)
	}
}

func storm(b *testing.B) {
	hub, err := New(Options{MergeabilityAsks: -1})
	if err != nil {
		b.Fatal(err)
	}
	defer hub.Close()
	alice := hub.User("alice")
	repo, err := hub.Repo(alice, "infra")
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	must(err)
	_, err = repo.Commit("main", map[string]string{"README.md": "hello\n"}, alice)
	must(err)
	var pulls []*Pull
	for i := range 50 {
		branch := fmt.Sprintf("change-%d", i)
		head, err := repo.Commit(branch, map[string]string{"jobs/" + branch + ".nomad": "job {}\n"}, alice)
		must(err)
		p, err := repo.OpenPull(alice, branch, branch, "main")
		must(err)
		pulls = append(pulls, p)
		for n := range 20 {
			must(repo.Status(alice, head, fmt.Sprintf("ci/%d", n), "success"))
		}
	}
	for _, p := range pulls {
		hub.mu.Lock()
		hub.serial++
		state := hub.askMergeability(p).state
		hub.mu.Unlock()
		if state != mergeable {
			b.Fatalf("%s is %s", p.ref(), state)
		}
		_, err := p.MergeBy(alice, "merge")
		must(err)
	}
}
