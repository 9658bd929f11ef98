package config

import (
	"fmt"
	"path"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/approval/policybot"
)

// isPolicyBot tells policy-bot's file from ours by its name.
func isPolicyBot(file string) bool {
	name := path.Base(strings.ReplaceAll(file, `\`, "/"))
	return name == policybot.PolicyFile || name == policybot.SharedFile
}

// ParsePolicyBot reads the text of a policy-bot policy, whatever its file is called. Any problem makes the whole file
// unfit to judge by.
func ParsePolicyBot(file string, text []byte) (*policybot.Policy, *Problems) {
	d := &document{file: file}
	root := d.open(text)
	if root == nil {
		return nil, d.done()
	}
	p := d.policyBot(root)
	if problems := d.done(); problems != nil {
		return nil, problems
	}
	return &p, nil
}

func (d *document) policyBot(root ast.Node) policybot.Policy {
	f, ok := d.mapping(root, "the policy", "policy", "approval_defaults", "approval_rules", "remote", "path", "ref")
	if !ok {
		return policybot.Policy{}
	}
	if f.has("remote") {
		return policybot.Policy{Remote: d.remote(f)}
	}
	for _, key := range []string{"path", "ref"} {
		if f.has(key) {
			d.refuseToken(f.keys[key], key+" is only understood beside remote", "add remote: OWNER/REPOSITORY, or leave it out")
		}
	}
	var p policybot.Policy
	names := map[string]int{}
	defaults := d.botDefaults(f)
	if given(f, "approval_rules") {
		p.Rules = d.botRules(f.values["approval_rules"], defaults, names)
	}
	if given(f, "policy") {
		d.botTree(f.values["policy"], names, &p)
	}
	return p
}

func (d *document) remote(f fields) *policybot.Remote {
	r := &policybot.Remote{Repo: d.optional(f, "remote"), Path: d.optional(f, "path"), Ref: d.optional(f, "ref")}
	if owner, name, ok := strings.Cut(r.Repo, "/"); r.Repo != "" && (!ok || owner == "" || name == "" || strings.Contains(name, "/")) {
		d.refuse(f.values["remote"], fmt.Sprintf("remote is %q, not a repository", r.Repo), "write OWNER/REPOSITORY")
	}
	for _, key := range []string{"policy", "approval_defaults", "approval_rules"} {
		if f.has(key) {
			d.refuseToken(f.keys[key], key+" stands beside remote; only one of them can hold", "keep one of them")
		}
	}
	return r
}

func (d *document) botTree(n ast.Node, names map[string]int, p *policybot.Policy) {
	f, ok := d.mapping(n, "policy", "approval", "disapproval")
	if !ok {
		return
	}
	if given(f, "approval") {
		if parts := d.botNodes(d.optionalList(f.values["approval"], "approval"), names, 1); len(parts) > 0 {
			p.Approval = &policybot.Node{Op: policybot.OpAnd, Parts: parts}
		}
	}
	if given(f, "disapproval") {
		p.Disapproval = d.botDisapproval(f.values["disapproval"])
	}
}

// botDepth is policy-bot's own limit to how deep conjunctions may be nested.
const botDepth = 10

func (d *document) botNodes(entries []ast.Node, names map[string]int, depth int) []policybot.Node {
	var nodes []policybot.Node
	for _, entry := range entries {
		if node, ok := d.botNode(entry, names, depth); ok {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// botNode reads a rule's name, or a mapping with the one key "or" or "and".
func (d *document) botNode(n ast.Node, names map[string]int, depth int) (policybot.Node, bool) {
	if depth > botDepth {
		d.refuse(n, fmt.Sprintf("conjunctions are nested deeper than %d levels", botDepth), "flatten them")
		return policybot.Node{}, false
	}
	if _, isMap := n.(*ast.MappingNode); !isMap {
		return d.botReference(n, names)
	}
	f, ok := d.mapping(n, "a conjunction", policybot.OpOr, policybot.OpAnd)
	if !ok || len(f.values) != 1 {
		d.refuse(n, "a conjunction must have exactly one key", `write "or:" or "and:", each as an entry of its own`)
		return policybot.Node{}, false
	}
	for op, value := range f.values {
		parts := d.botNodes(d.list(value, op), names, depth+1)
		return policybot.Node{Op: op, Parts: parts}, len(parts) > 0
	}
	return policybot.Node{}, false
}

func (d *document) botReference(n ast.Node, names map[string]int) (policybot.Node, bool) {
	name, ok := d.text(n, "a rule's name")
	if !ok {
		return policybot.Node{}, false
	}
	at, defined := names[name]
	if !defined {
		known := make([]string, 0, len(names))
		for k := range names {
			known = append(known, k)
		}
		mend := "define it under approval_rules"
		if best, near := nearest(name, known); near {
			mend = fmt.Sprintf("did you mean %q?", best)
		}
		d.refuse(n, fmt.Sprintf("there is no rule named %q", name), mend)
	}
	return policybot.Node{Op: policybot.OpRule, Rule: at}, defined
}

// given reports whether a key has a value: policy-bot reads a bare "key:" as if it were absent.
func given(f fields, key string) bool {
	_, null := f.values[key].(*ast.NullNode)
	return f.has(key) && !null
}

func (d *document) optional(f fields, key string) string {
	if !given(f, key) {
		return ""
	}
	text, _ := d.text(f.values[key], key)
	return text
}

// optionalList reads a list that may be empty.
func (d *document) optionalList(n ast.Node, what string) []ast.Node {
	if s, ok := n.(*ast.SequenceNode); ok && len(s.Values) == 0 {
		return nil
	}
	return d.list(n, what)
}

func (d *document) optionalTexts(f fields, key string) []string {
	if !given(f, key) {
		return nil
	}
	return append([]string{}, optionalEach(d, f, key, d.text)...) // an empty list is one
}

// optionalEach reads the entries of a list that may be absent or empty, and leaves out those that are refused.
func optionalEach[T any](d *document, f fields, key string, read func(ast.Node, string) (T, bool)) (all []T) {
	if !given(f, key) {
		return nil
	}
	for _, entry := range d.optionalList(f.values[key], key) {
		if one, ok := read(entry, "an entry of "+key); ok {
			all = append(all, one)
		}
	}
	return all
}

func (d *document) optionalFlag(f fields, key string, otherwise bool) bool {
	if !given(f, key) {
		return otherwise
	}
	return d.flag(f.values[key], key)
}
