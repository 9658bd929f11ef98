package hub

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

//go:embed query/*.graphql
var queryFiles embed.FS

// fragments are the named parts that queries are put together from, by name.
var fragments = loadFragments()

var (
	fragmentStart = regexp.MustCompile(`(?m)^fragment (\w+) on `)
	fragmentUse   = regexp.MustCompile(`\.\.\.(\w+)`)
	commentLine   = regexp.MustCompile(`(?m)^\s*#.*\n`)
)

func loadFragments() map[string]string {
	all := map[string]string{}
	files, err := queryFiles.ReadDir("query")
	if err != nil {
		panic(err) // unreachable: the folder is part of the binary
	}
	for _, f := range files {
		text, err := queryFiles.ReadFile("query/" + f.Name())
		if err != nil {
			panic(err) // unreachable: as above
		}
		splitFragments(commentLine.ReplaceAllString(string(text), ""), all)
	}
	return all
}

func splitFragments(text string, into map[string]string) {
	starts := fragmentStart.FindAllStringSubmatchIndex(text, -1)
	for i, at := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		into[text[at[2]:at[3]]] = strings.TrimSpace(text[at[0]:end])
	}
}

// variable is one declared variable of a query with its value. Whatever people can choose (names, logins, paths)
// travels as a variable, never inside the text of a query.
type variable struct {
	name  string
	kind  string
	value any
}

// query is a GraphQL operation ready to be sent.
type query struct {
	operation string
	text      string
	variables map[string]any
	write     bool // a mutation: a lost answer leaves it unknown whether it happened
}

// newQuery puts an operation together from its selections, adding every fragment they lead to, and asks for the
// points it costs.
func newQuery(operation string, variables []variable, selections ...string) query {
	return document("query", operation, variables, append(slices.Clone(selections), "...Points"))
}

// newMutation is newQuery for something that changes GitHub's state.
func newMutation(operation string, variables []variable, selections ...string) query {
	q := document("mutation", operation, variables, selections)
	q.write = true
	return q
}

func document(kind, operation string, variables []variable, selections []string) query {
	q := query{operation: operation, variables: make(map[string]any, len(variables))}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", kind, operation)
	for i, v := range variables {
		b.WriteString([]string{"(", ", "}[min(i, 1)])
		fmt.Fprintf(&b, "$%s: %s", v.name, v.kind)
		q.variables[v.name] = v.value
	}
	if len(variables) > 0 {
		b.WriteString(")")
	}
	body := strings.Join(selections, "\n")
	fmt.Fprintf(&b, " {\n%s\n}\n", body)
	for _, name := range closure(body) {
		b.WriteString(fragments[name] + "\n")
	}
	q.text = b.String()
	return q
}

// closure lists the fragments that a text leads to, sorted, so that equal queries are equal texts.
func closure(text string) []string {
	found := map[string]bool{}
	for open := []string{text}; len(open) > 0; open = open[1:] {
		for _, use := range fragmentUse.FindAllStringSubmatch(open[0], -1) {
			if name := use[1]; !found[name] {
				found[name] = true
				open = append(open, fragments[name])
			}
		}
	}
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
