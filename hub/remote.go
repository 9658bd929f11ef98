package hub

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// RemotePolicy reads a policy file of another repository ("owner/name"), with the rights that the app has on repo. An
// empty path means policy-bot's usual file, an empty ref the default branch. What is not there, or not readable, or not
// the only thing that the ref may mean, is an unreadable source, which blocks.
func (h *Hub) RemotePolicy(ctx context.Context, repo pull.Repo, remote, path, ref string) (pull.Source, error) {
	path = cmp.Or(path, policyBotPath)
	source := pull.Source{Path: remote + ":" + path}
	places := placesOf(ref)
	var found remoteFacts
	absent := func(e graphError) bool { return e.at("repository") && (e.missing() || e.forbidden()) }
	if err := h.ask(ctx, repo.Installation, remoteQuery(remote, path, places), &found, absent); err != nil {
		return pull.Source{}, fmt.Errorf("reading the policy in %s: %w", remote, err)
	}
	blob, both := found.pick(places)
	switch {
	case both:
		source.Unreadable = fmt.Sprintf("%q is ambiguous, for %s has a branch and a tag of that name; write refs/heads/%s or refs/tags/%s", ref, remote, ref, ref)
	case blob == nil || blob.OID == "":
		source.Unreadable = fmt.Sprintf("%s has no file %s at %s, or the app may not see it", remote, path, cmp.Or(ref, "HEAD"))
	default:
		source = blob.sourceAt(source, path)
	}
	return source, nil
}

// placesOf are the full names of what a ref of a policy may mean. A bare name would be looked up as git does, which
// prefers refs/NAME and a tag to the branch; no rule of a repository speaks of refs/NAME, so whoever may push there could
// speak in the branch's place. A commit's full name and HEAD mean one thing alone.
func placesOf(ref string) []string {
	switch {
	case ref == "":
		return []string{"HEAD"}
	case strings.HasPrefix(ref, "refs/"), objectIDForm.MatchString(ref):
		return []string{ref}
	}
	return []string{"refs/heads/" + ref, "refs/tags/" + ref}
}

// remoteFacts is the answer to a query for one path at several places: the file under inN, and for a ref, the ref itself
// under atN. Without it, git would go on to look for refs/refs/…
type remoteFacts struct {
	Repository map[string]*standsAt `json:"repository"`
	points
}

type standsAt struct {
	blobFacts
	Prefix string `json:"prefix"` // of a ref, as Name
	Name   string `json:"name"`
}

func remoteQuery(remote, path string, places []string) query {
	owner, name, _ := strings.Cut(remote, "/")
	variables := []variable{{"owner", "String!", owner}, {"name", "String!", name}}
	var b strings.Builder
	b.WriteString("repository(owner: $owner, name: $name) {\n")
	for i, place := range places {
		variables = append(variables, variable{fmt.Sprintf("file%d", i), "String!", place + ":" + path})
		fmt.Fprintf(&b, "in%d: object(expression: $file%d) { ...Text }\n", i, i)
		if strings.HasPrefix(place, "refs/") {
			variables = append(variables, variable{fmt.Sprintf("ref%d", i), "String!", place})
			fmt.Fprintf(&b, "at%d: ref(qualifiedName: $ref%d) { prefix name }\n", i, i)
		}
	}
	b.WriteString("}")
	return newQuery("RemotePolicy", variables, b.String())
}

// pick is the file at the one place that is there; both reports that more than one is.
func (f remoteFacts) pick(places []string) (blob *blobFacts, both bool) {
	there := 0
	for i, place := range places {
		at := f.Repository[fmt.Sprintf("at%d", i)]
		if strings.HasPrefix(place, "refs/") && (at == nil || at.Prefix+at.Name != place) {
			continue
		}
		there++
		if blob = nil; f.Repository[fmt.Sprintf("in%d", i)] != nil {
			blob = &f.Repository[fmt.Sprintf("in%d", i)].blobFacts
		}
	}
	return blob, there > 1
}

// sourceAt is the file's text, if GitHub's rendering of it hashes to its name.
func (b *blobFacts) sourceAt(source pull.Source, path string) pull.Source {
	source.Blob = b.OID
	switch {
	case b.ByteSize > policySize:
		source.Unreadable = tooLarge(path, b.ByteSize, policySize)
	case b.Text == nil || b.Truncated || hashObject("blob", []byte(*b.Text), len(b.OID)) != b.OID:
		source.Unreadable = path + " is not plain UTF-8 text"
	default:
		source.Text, source.Unreadable = *b.Text, unreadableText(path, *b.Text, policySize)
	}
	return source
}
