package config

import "strings"

// discreetKinds are what may be told of a problem to whoever may not read the file, each with words of ours by which it is known.
// Only these sentences are shown: whatever a file holds can at most choose between them.
var discreetKinds = []struct{ says, kind string }{
	{"unknown key", "a key stands here that is not known"},
	{"is there twice", "a key stands here twice"},
	{"not YAML", "the file is not YAML that can be read"},
	{"not UTF-8", "the file is not UTF-8"},
	{" must be ", "another kind of value must stand here"},
	{" has no ", "something is missing here"},
	{" is empty", "something here is empty"},
}

const otherKind = "what stands here cannot be judged by"

// Discreet are the problems for the eyes of those who may not be able to read the file: where each is and of what kind,
// with nothing of the file's text, be it a key's name. A policy may point to any file that the app may see.
func (p *Problems) Discreet() *Problems {
	if p == nil {
		return nil
	}
	out := make([]Problem, len(p.list))
	for i, problem := range p.list {
		out[i] = Problem{File: problem.File, Line: problem.Line, Col: problem.Col, Text: kindOf(problem.Text)}
	}
	return &Problems{list: out}
}

func kindOf(text string) string {
	for _, k := range discreetKinds {
		if strings.Contains(text, k.says) {
			return k.kind
		}
	}
	return otherKind
}
