package prereceive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// repository is the repository that the hook runs in, asked through git's plumbing, which heeds the quarantine that
// git has put the pushed objects into.
type repository struct{ dir string }

// git runs one command. Replaced objects would show another history than the one that lands.
func (g repository) git(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = g.dir
	cmd.Env = append(os.Environ(), "GIT_NO_REPLACE_OBJECTS=1", "GIT_OPTIONAL_LOCKS=0", "LC_ALL=C")
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("git %s: %w: %.200s", args[0], err, strings.TrimSpace(complaint.String()))
	}
	return out.Bytes(), nil
}

// head is the branch that the repository calls its own.
func (g repository) head(ctx context.Context) (string, error) {
	out, err := g.git(ctx, "symbolic-ref", "HEAD")
	return strings.TrimSuffix(strings.TrimSpace(string(out)), "\n"), err
}

// contains reports whether the commit after stands on the commit before.
func (g repository) contains(ctx context.Context, after, before string) (bool, error) {
	_, err := g.git(ctx, "merge-base", "--is-ancestor", before, after)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return false, nil
	}
	return err == nil, err
}

// changes lists what differs between two trees, the old and the new name of a rename alike.
func (g repository) changes(ctx context.Context, before, after string) ([]pull.File, error) {
	out, err := g.git(ctx, "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--no-relative",
		"--ignore-submodules=none", before+"^{tree}", after+"^{tree}")
	if err != nil {
		return nil, err
	}
	return parseRaw(out)
}

// ownChanges lists what each commit between the two changes against its parents.
func (g repository) ownChanges(ctx context.Context, before, after string) ([]pull.File, error) {
	out, err := g.git(ctx, "rev-list", before+".."+after)
	if err != nil {
		return nil, err
	}
	var all []pull.File
	for _, commit := range strings.Fields(string(out)) {
		out, err := g.git(ctx, "diff-tree", "-r", "-z", "-m", "--root", "--no-commit-id", "--raw", "--no-renames", "--no-abbrev",
			"--no-relative", "--ignore-submodules=none", commit)
		if err != nil {
			return nil, err
		}
		files, err := parseRaw(out)
		if err != nil {
			return nil, err
		}
		all = append(all, files...)
	}
	return all, nil
}

// parseRaw reads git's raw difference: ":OLDMODE NEWMODE OLDID NEWID STATUS", a NUL, the path, a NUL.
func parseRaw(out []byte) ([]pull.File, error) {
	var files []pull.File
	fields := strings.Split(string(out), "\x00")
	for len(fields) > 1 {
		head := strings.Fields(strings.TrimPrefix(fields[0], ":"))
		if !strings.HasPrefix(fields[0], ":") || len(head) != 5 || fields[1] == "" {
			return nil, fmt.Errorf("git's difference cannot be read: %.100q", fields[0])
		}
		oldMode, errOld := strconv.ParseUint(head[0], 8, 32)
		newMode, errNew := strconv.ParseUint(head[1], 8, 32)
		if err := errors.Join(errOld, errNew); err != nil {
			return nil, fmt.Errorf("git's difference cannot be read: %w", err)
		}
		files = append(files, pull.File{Path: fields[1], OldMode: pull.Mode(oldMode), NewMode: pull.Mode(newMode), OldID: head[2], NewID: head[3]})
		fields = fields[2:]
	}
	if len(fields) != 1 || fields[0] != "" {
		return nil, fmt.Errorf("git's difference ends in the middle: %.100q", fields)
	}
	return files, nil
}

const maxPolicy = 256 << 10

// policy reads the policy file at a commit; found is false where there is none.
func (g repository) policy(ctx context.Context, commit string) (text []byte, found bool, err error) {
	out, err := g.git(ctx, "ls-tree", "-z", "--full-tree", "-l", commit, "--", policyFile)
	if err != nil || len(out) == 0 {
		return nil, false, err
	}
	head := strings.Fields(strings.SplitN(string(out), "\t", 2)[0])
	if len(head) != 4 || head[0] != "100644" && head[0] != "100755" {
		return nil, true, fmt.Errorf("%s is not a plain file", policyFile)
	}
	if size, err := strconv.Atoi(head[3]); err != nil || size > maxPolicy {
		return nil, true, fmt.Errorf("%s has more than %d bytes", policyFile, maxPolicy)
	}
	text, err = g.git(ctx, "cat-file", "blob", head[2])
	return text, true, err
}
