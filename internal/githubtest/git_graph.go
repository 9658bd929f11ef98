package githubtest

import (
	"slices"
	"time"
)

// ancestors is the set of commits reachable from one, itself included.
func (g *gitRepo) ancestors(sha string) map[string]bool {
	seen := map[string]bool{}
	todo := []string{sha}
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[at] || at == "" {
			continue
		}
		c, err := g.commit(at)
		if err != nil {
			continue
		}
		seen[at] = true
		todo = append(todo, c.Parents...)
	}
	return seen
}

// contains reports whether the older commit is reachable from the newer one.
func (g *gitRepo) contains(newer, older string) bool {
	return newer == older || g.ancestors(newer)[older]
}

// between lists the commits reachable from the head but not from the base, parents before children.
func (r *Repo) between(base, head string) []string {
	known := r.git.ancestors(base)
	var order []string
	var visit func(sha string)
	visit = func(sha string) {
		if known[sha] {
			return
		}
		known[sha] = true
		c, err := r.git.commit(sha)
		if err != nil {
			return
		}
		for _, p := range c.Parents {
			visit(p)
		}
		order = append(order, sha)
	}
	visit(head)
	return order
}

// mergeBase is a best common ancestor of two commits, the newest if there are several; empty when histories share nothing.
func (r *Repo) mergeBase(a, b string) string {
	common := r.git.ancestors(a)
	var best string
	var newest time.Time
	seen := map[string]bool{}
	todo := []string{b}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		c, err := r.git.commit(at)
		if seen[at] || err != nil {
			continue
		}
		seen[at] = true
		if !common[at] {
			todo = append(todo, c.Parents...)
			continue
		}
		if best == "" || r.git.contains(at, best) || (!r.git.contains(best, at) && c.Committer.When.After(newest)) {
			best, newest = at, c.Committer.When
		}
	}
	return best
}

// history lists a commit and what is reachable from it, newest first, at most limit of them; 0 is all.
func (g *gitRepo) history(sha string, limit int) []string {
	type stop struct {
		sha  string
		when time.Time
	}
	var out []string
	seen := map[string]bool{}
	front := []stop{{sha: sha}}
	for len(front) > 0 && (limit == 0 || len(out) < limit) {
		at := front[0]
		front = front[1:]
		c, err := g.commit(at.sha)
		if seen[at.sha] || err != nil {
			continue
		}
		seen[at.sha] = true
		out = append(out, at.sha)
		for _, p := range c.Parents {
			if pc, err := g.commit(p); err == nil && !seen[p] {
				next := stop{p, pc.Committer.When}
				i, _ := slices.BinarySearchFunc(front, next, func(a, b stop) int { return b.when.Compare(a.when) })
				front = slices.Insert(front, i, next)
			}
		}
	}
	return out
}
