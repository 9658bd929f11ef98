package automerge

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// MostDependencies is how many pull requests one description may wait for.
const MostDependencies = 20

var (
	dependsLine = regexp.MustCompile(`(?im)^[ \t]*depends-on:[ \t]*(.*?)[ \t]*\r?$`)
	shortRef    = regexp.MustCompile(`^(?:([A-Za-z0-9][A-Za-z0-9-]{0,38})/([A-Za-z0-9._-]{1,100}))?#([1-9][0-9]{0,8})$`)
	refPath     = regexp.MustCompile(`^/([A-Za-z0-9][A-Za-z0-9-]{0,38})/([A-Za-z0-9._-]{1,100})/pull/([1-9][0-9]{0,8})/?$`)
)

// DependsOn reads the lines "Depends-On: …" of a description in repo, each with one or more pull requests, separated by
// commas. What it cannot read it gives as it stands: a slip of the pen must not let something land too early. Addresses
// count only on the web host that the repository is on. Once it is too much to follow, the rest is not read: everybody can
// write thousands of names.
func DependsOn(body string, repo pull.Repo, host string) (refs []pull.Ref, unread []string) {
	for _, line := range dependsLine.FindAllStringSubmatch(body, -1) {
		for _, word := range strings.Split(line[1], ",") {
			ref, ok := readRef(strings.TrimSpace(word), repo, host)
			switch {
			case !ok:
				unread = append(unread, pull.OneLine(word))
			case !slices.ContainsFunc(refs, ref.Same):
				refs = append(refs, ref)
			}
			if tooMany(refs, unread) {
				return refs, unread
			}
		}
	}
	return refs, unread
}

func tooMany(refs []pull.Ref, unread []string) bool { return len(refs)+len(unread) > MostDependencies }

func readRef(word string, repo pull.Repo, host string) (pull.Ref, bool) {
	found := shortRef.FindStringSubmatch(word)
	if u, err := url.Parse(word); found == nil && err == nil && u.Scheme == "https" && strings.EqualFold(u.Host, host) && host != "" {
		found = refPath.FindStringSubmatch(u.Path)
	}
	if found == nil {
		return pull.Ref{}, false
	}
	number, err := strconv.Atoi(found[3])
	if found[1] == "" {
		found[1], found[2] = repo.Owner, repo.Name
	}
	return pull.Ref{Owner: found[1], Name: found[2], Number: number}, err == nil
}

// Dependencies reads what r's description waits for.
func Dependencies(r pull.Request) (refs []pull.Ref, unread []string) {
	var host string
	if u, err := url.Parse(r.URL); err == nil {
		host = u.Host
	}
	return DependsOn(r.Body, r.Repo, host)
}

// Waits says which pull requests r waits for, and what is amiss with that.
func Waits(r pull.Request) []pull.Reason { return Case{Request: r}.dependencies() }

// OfDependency reports whether a reason is one of Waits.
func OfDependency(r pull.Reason) bool {
	return strings.HasPrefix(r.Code, "dependency-") || r.Code == "stacked"
}

// dependencies says which pull requests have to land before this one. Whatever is not known to have landed holds it back.
func (c Case) dependencies() []pull.Reason {
	r := c.Request
	refs, unread := Dependencies(r)
	var out []pull.Reason
	if tooMany(refs, unread) {
		return append(out, pull.Reason{Code: "dependency-too-many", State: pull.Block,
			Message: fmt.Sprintf("The description names more than %d pull requests to wait for; so many are not followed.", MostDependencies),
			Next:    "Name fewer, or let some wait for one another."})
	}
	for _, text := range unread {
		out = append(out, pull.Reason{Code: "dependency-unread", State: pull.Block,
			Message:  fmt.Sprintf("The description says Depends-On: %s, which names no pull request here.", text),
			Evidence: map[string]string{"line": text},
			Next:     "Write Depends-On: #3, Depends-On: owner/name#3 or the address of the pull request, or take the line out."})
	}
	if circle := circle(r); circle != nil {
		return append(out, cyclic(r, circle))
	}
	for _, ref := range refs {
		if reason, holds := waits(r, ref); holds {
			out = append(out, reason)
		}
	}
	slices.SortStableFunc(out, func(a, b pull.Reason) int { return int(a.State) - int(b.State) })
	return out
}

// waits says why one dependency holds r back, if it does.
func waits(r pull.Request, ref pull.Ref) (pull.Reason, bool) {
	name, d := ref.In(r.Repo), known(r, ref)
	reason := pull.Reason{Evidence: map[string]string{"dependency": ref.String()}}
	switch d.State {
	case pull.Merged:
		return stacked(r, d)
	case pull.Open:
		reason.Code, reason.State = "dependency-open", pull.Wait
		reason.Message = fmt.Sprintf("It waits for %s to land.", name)
		reason.Next = fmt.Sprintf("Land %s first, or take the line Depends-On out of the description.", name)
	case pull.Closed:
		reason.Code = "dependency-closed"
		reason.Message = fmt.Sprintf("It waits for %s, which was closed without landing.", name)
		reason.Next = fmt.Sprintf("Reopen %s, or take the line Depends-On out of the description.", name)
	default:
		reason.Code = "dependency-unseen"
		reason.Message = fmt.Sprintf("It waits for %s, which cannot be looked at from here.", name)
		reason.Next = "It may not exist, Sallyport may not be installed there, or whoever wrote the description last may not read it. Correct the line Depends-On, or take it out."
	}
	return reason, true
}

// Stacked finds the dependency on whose branch r is stacked and which has landed: r's target leads nowhere any more. A
// default branch is nobody's to leave, nor is one that something guards.
func Stacked(r pull.Request) (pull.Dependency, bool) {
	for _, d := range r.Depends {
		if d.Direct && d.State == pull.Merged && d.Key.Repo == r.Repo.ID && d.Head != "" && d.Head == r.Base.Branch && d.Base != "" &&
			d.Base != d.Head && r.Base.Branch != r.Repo.DefaultBranch {
			return d, true
		}
	}
	return pull.Dependency{}, false
}

func stacked(r pull.Request, d pull.Dependency) (pull.Reason, bool) {
	on, ok := Stacked(r)
	if !ok || !on.Ref.Same(d.Ref) {
		return pull.Reason{}, false
	}
	return pull.Reason{Code: "stacked", State: pull.Wait, Evidence: map[string]string{"dependency": d.Ref.String(), "target": d.Base},
		Message: fmt.Sprintf("%s has landed on %s, and this is stacked on its branch %s: it moves on to %s.", d.Ref.In(r.Repo), d.Base, d.Head, d.Base),
		Next:    fmt.Sprintf("Nothing to do: Sallyport changes the target to %s. If it cannot, change it by hand.", d.Base)}, true
}

// known is what was read of a dependency; the zero Dependency, which holds back, for nothing.
func known(r pull.Request, ref pull.Ref) pull.Dependency {
	for _, d := range r.Depends {
		if d.Ref.Same(ref) {
			return d
		}
	}
	return pull.Dependency{Ref: ref}
}

// circle finds a way from r back to r along dependencies that have not landed; nil for none.
func circle(r pull.Request) []pull.Ref {
	self := pull.Ref{Owner: r.Repo.Owner, Name: r.Repo.Name, Number: r.Number}
	refs, _ := Dependencies(r)
	seen := map[string]bool{}
	var walk func(needs []pull.Ref, way []pull.Ref) []pull.Ref
	walk = func(needs []pull.Ref, way []pull.Ref) []pull.Ref {
		for _, ref := range needs {
			if ref.Same(self) {
				return append(way, self)
			}
			if at := strings.ToLower(ref.String()); !seen[at] {
				seen[at] = true
				if d := known(r, ref); d.State == pull.Open {
					if found := walk(d.Needs, append(slices.Clone(way), ref)); found != nil {
						return found
					}
				}
			}
		}
		return nil
	}
	return walk(refs, []pull.Ref{self})
}

func cyclic(r pull.Request, way []pull.Ref) pull.Reason {
	names := make([]string, len(way))
	for i, ref := range way {
		names[i] = ref.In(r.Repo)
	}
	text := strings.Join(names, " → ")
	return pull.Reason{Code: "dependency-cycle", State: pull.Block, Evidence: map[string]string{"cycle": text},
		Message: fmt.Sprintf("They wait for one another, so none can land: %s.", text),
		Next:    "Take a line Depends-On out of one of their descriptions."}
}
