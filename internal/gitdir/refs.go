package gitdir

import (
	"fmt"
	"strings"
)

// Ref is the commit that a full ref name points to; ok is false where there is no such ref.
func (d *Dir) Ref(name string) (id string, ok bool, err error) {
	said, err := d.ask("for-each-ref", "--format=%(objectname) %(refname)", name)
	if err != nil {
		return "", false, fmt.Errorf("reading %s: %w", name, err)
	}
	for line := range strings.Lines(said) {
		id, ref, _ := strings.Cut(strings.TrimSpace(line), " ")
		if ref == name {
			return id, true, d.isID(id)
		}
	}
	return "", false, nil
}

// Resolve finds the commit that a person names as git would: a branch, a tag, an object id, HEAD~3. A word that means
// both a branch and a tag is refused, since whoever can push a tag could choose what it means.
func (d *Dir) Resolve(name string) (string, error) {
	if name == "" || strings.HasPrefix(name, "-") || strings.ContainsAny(name, " \n\x00") {
		return "", fmt.Errorf("%q names no commit", name)
	}
	for _, pair := range [][2]string{{"refs/heads/", "refs/tags/"}, {"refs/remotes/", "refs/tags/"}, {"refs/heads/", "refs/remotes/"}} {
		_, one, err := d.Ref(pair[0] + name)
		if err != nil {
			return "", err
		}
		_, other, err := d.Ref(pair[1] + name)
		if err != nil {
			return "", err
		}
		if one && other {
			return "", fmt.Errorf("%q is ambiguous: write %s%s or %s%s", name, pair[0], name, pair[1], name)
		}
	}
	var said strings.Builder
	cmd := d.command("-c", "core.warnAmbiguousRefs=true", "-C", d.path, "rev-parse", "--verify", "--end-of-options", name+"^{commit}")
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%q names no commit of this clone", name)
	}
	// Git says so, and then chooses a tag before a branch and any ref before an abbreviated id, also below a suffix as in main~3.
	if d.isID(name) != nil && strings.Contains(said.String(), "ambiguous") {
		return "", fmt.Errorf("%q is ambiguous: write the commit's whole id, or a ref's whole name", name)
	}
	id := strings.TrimSuffix(string(out), "\n")
	id = strings.TrimPrefix(id, "--end-of-options\n")
	return id, d.isID(id)
}

func (d *Dir) isID(s string) error {
	if len(s) == d.digits && strings.Trim(s, "0123456789abcdef") == "" {
		return nil
	}
	return fmt.Errorf("%q is not an object id of this repository", s)
}
