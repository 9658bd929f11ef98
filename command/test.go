package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/policytest"
	"github.com/sallyport/sallyport/pull"
)

func newTest() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "test FILE...",
		Short: "Run the tests of a policy: these paths, this author, these reviews, this verdict",
		Long: `Test runs declarative cases that stand in a YAML file beside the policy. Each case describes a pull request and what the
gates should say of it; it is judged exactly as a real one is. A case that fails prints what was expected and the
whole reason tree. docs/testing-policies.md describes the format. A file of two cases:

  - name: staging lands by itself
    change: [staging/web.nomad]
    author: dev
    expect: {approval: pass, duo: not-required}
  - name: production waits for an admin
    change: [prod/api.nomad]
    author: dev
    reviews: [{by: ana, role: write}]
    expect: {approval: wait, code: no-admin-approval}

Exit status: 0 every case holds, 1 one does not, 2 the cases could not be read.`,
		Example: "  sallyport test policy-tests.yml\n  sallyport test policies/*-tests.yml\n  sallyport test --json policy-tests.yml | jq '.[].cases[] | select(.passed | not)'",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			runs := []testRun{}
			for _, path := range args {
				run, err := runTests(path)
				if err != nil {
					return err
				}
				runs = append(runs, run)
			}
			return printRuns(cmd.OutOrStdout(), runs, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the results as JSON")
	return cmd
}

// testRun is what one file of cases came to.
type testRun struct {
	File   string              `json:"file"`
	Faults []config.Problem    `json:"faults"` // of the policies that the cases are about
	Cases  []policytest.Result `json:"cases"`
}

func runTests(path string) (testRun, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return testRun{}, fmt.Errorf("reading the cases: %w", err)
	}
	cases, problems := config.ParseCases(path, text)
	if problems != nil {
		return testRun{}, fmt.Errorf("the cases are not good:\n%s", pointed(problems.List()))
	}
	run := testRun{File: path, Faults: []config.Problem{}}
	policies := map[string]pull.Source{}
	for _, c := range cases {
		source, err := policyOf(path, c, policies)
		if err != nil {
			return testRun{}, fmt.Errorf("%s:%d: %w", path, c.Line, err)
		}
		floor, err := floorOf(path, c, policies)
		if err != nil {
			return testRun{}, fmt.Errorf("%s:%d: %w", path, c.Line, err)
		}
		run.Cases = append(run.Cases, policytest.Run(c, source, floor))
	}
	for _, path := range slices.Sorted(maps.Keys(policies)) {
		_, faults := config.ParsePolicy(path, []byte(policies[path].Text))
		run.Faults = append(run.Faults, faults.List()...)
	}
	return run, nil
}

const defaultPolicy = ".sallyport.yml"

// policyOf reads the policy that a case is about, once for all cases that share it.
func policyOf(cases string, c config.Case, read map[string]pull.Source) (pull.Source, error) {
	path := c.Policy
	if path == "" {
		path = defaultPolicy
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(cases), path)
	}
	if source, ok := read[path]; ok {
		return source, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return pull.Source{}, fmt.Errorf("reading the policy of the case %q: %w", c.Name, err)
	}
	// The path is the one in a repository, where it governs changes of itself; positions are the same.
	read[path] = pull.Source{Path: defaultPolicy, Blob: "policy", Text: string(text)}
	return read[path], nil
}

// floorOf reads the floor that a case is judged by besides; absent where it names none.
func floorOf(cases string, c config.Case, read map[string]pull.Source) (pull.Source, error) {
	if c.Floor == "" {
		return pull.Source{}, nil
	}
	c.Policy = c.Floor
	source, err := policyOf(cases, c, read)
	source.Path, source.Blob = ".github:"+defaultPolicy, "floor"
	return source, err
}

func printRuns(out io.Writer, runs []testRun, asJSON bool) error {
	total, failed := 0, 0
	for _, run := range runs {
		if !asJSON {
			fmt.Fprint(out, pointed(run.Faults))
		}
		for _, res := range run.Cases {
			total++
			if !res.Passed {
				failed++
				if !asJSON {
					printFailure(out, run.File, res)
				}
			}
		}
	}
	if asJSON {
		if err := json.NewEncoder(out).Encode(runs); err != nil {
			return fmt.Errorf("printing the results: %w", err)
		}
	} else {
		fmt.Fprintf(out, "%s, %d failed\n", counted(total, "case"), failed)
	}
	if failed > 0 {
		return exitCode{1, errors.New("not every case holds")}
	}
	return nil
}

func printFailure(out io.Writer, file string, res policytest.Result) {
	fmt.Fprintf(out, "FAIL %s:%d: %s\n", file, res.Line, res.Name)
	for _, wrong := range res.Wrong {
		fmt.Fprintf(out, "  %s\n", wrong)
	}
	if res.Approval.Has("policy-invalid") { // the faults stand above, once for all cases
		fmt.Fprintln(out)
		return
	}
	fmt.Fprintln(out, "  What was decided:")
	printVerdicts(out, []pull.Verdict{res.Approval}, "    ")
	fmt.Fprintf(out, "    duo: %s\n    signatures: %s\n", res.Duo, res.Signatures)
	fmt.Fprintln(out)
}
