package githubtest

import (
	"slices"
	"strings"
)

// Label is a label of a repository.
type Label struct {
	ID int64 // never changes

	repo  *Repo
	name  string
	color string
}

// label finds the repository's label of that name in any case, created on first mention.
func (r *Repo) label(name string) *Label {
	for _, l := range r.labels {
		if strings.EqualFold(l.name, name) {
			return l
		}
	}
	l := &Label{ID: r.s.nextID(), repo: r, name: name, color: "ededed"}
	r.labels = append(r.labels, l)
	return l
}

// Label puts a label on the pull request.
func (p *Pull) Label(by *Account, name string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.addLabel(by, name)
}

func (p *Pull) addLabel(by *Account, name string) {
	l := p.repo.label(name)
	if slices.Contains(p.labels, l) {
		return
	}
	p.labels = append(p.labels, l)
	p.emit("labeled", by, object{"label": l.json()})
}

// Unlabel takes a label off the pull request; it reports whether the label was on it.
func (p *Pull) Unlabel(by *Account, name string) bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.removeLabel(by, name)
}

func (p *Pull) removeLabel(by *Account, name string) bool {
	i := slices.IndexFunc(p.labels, func(l *Label) bool { return strings.EqualFold(l.name, name) })
	if i < 0 {
		return false
	}
	l := p.labels[i]
	p.labels = slices.Delete(p.labels, i, i+1)
	p.emit("unlabeled", by, object{"label": l.json()})
	return true
}
