package config

import (
	"fmt"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// tokens splits the source, and refuses what must not even reach the parser: features that no honest file needs and
// that make bombs, and shapes that the parser is slow or recursive on.
func (d *document) tokens(source string) (token.Tokens, bool) {
	tokens, ok := d.lex(source)
	if !ok {
		return nil, false
	}
	if len(tokens) > tokenMost {
		d.refuseAt(1, 1, fmt.Sprintf("the file has %d words and marks, more than %d", len(tokens), tokenMost), "shorten it")
		return nil, false
	}
	var shape shape
	documents := 0
	for _, t := range tokens {
		if t.Type == token.DocumentHeaderType {
			documents++
		}
		if documents > 1 {
			d.refuseToken(t, "a second YAML document begins here", "keep everything in one document, without ---")
			return nil, false
		}
		if text, mend := unwanted(t); text != "" {
			d.refuseToken(t, text, mend)
			ok = false
			continue
		}
		shape.see(t)
		if shape.tooDeep() || shape.tooWide() {
			d.refuseToken(t, "nested too deeply, or a mapping with too many keys", fmt.Sprintf("at most %d levels and %d keys each", nestingMost, keysMost))
			return nil, false
		}
	}
	return tokens, ok
}

func (d *document) lex(source string) (tokens token.Tokens, ok bool) {
	defer func() {
		if recover() != nil {
			d.refuseAt(1, 1, "the file is not YAML that can be read", "write it more plainly")
			tokens, ok = nil, false
		}
	}()
	return lexer.Tokenize(source), true
}

func unwanted(t *token.Token) (text, mend string) {
	switch t.Type {
	case token.AnchorType:
		return "anchors (&) are not allowed", "write the value out; quote text that begins with &"
	case token.AliasType:
		return "aliases (*) are not allowed", `write the value out; quote a pattern that begins with *, as in "**"`
	case token.MergeKeyType:
		return "merge keys (<<) are not allowed", "write the keys out"
	case token.TagType:
		return "tags (!) are not allowed", "leave the tag out; quote text that begins with !"
	case token.MappingKeyType:
		return "explicit keys (?) are not allowed", "write key: value; quote text that begins with ?"
	case token.DirectiveType:
		return "directives (%) are not allowed", "leave the line out; quote text that begins with %"
	}
	return "", ""
}

// shape follows the nesting of a token stream, from above: it never counts less than there is.
type shape struct {
	levels []level
	flow   int // how many of the levels are flow collections
}

type level struct {
	column int // 0 for flow collections
	keys   int
}

// nestingSeen is looser than nestingMost, which is then held exactly on the tree: columns alone overcount.
const nestingSeen = 3 * nestingMost

func (s *shape) tooDeep() bool { return len(s.levels) > nestingSeen }

func (s *shape) tooWide() bool { return len(s.levels) > 0 && s.levels[len(s.levels)-1].keys > keysMost }

func (s *shape) see(t *token.Token) {
	switch t.Type {
	case token.MappingStartType, token.SequenceStartType:
		s.levels = append(s.levels, level{})
		s.flow++
	case token.MappingEndType, token.SequenceEndType:
		if s.flow > 0 {
			s.levels = s.levels[:len(s.levels)-1]
			s.flow--
		}
	case token.SequenceEntryType:
		s.block(t.Position.Column)
	case token.MappingValueType:
		if t.Prev != nil {
			s.block(t.Prev.Position.Column)
		}
		if len(s.levels) > 0 {
			s.levels[len(s.levels)-1].keys++
		}
	case token.DocumentHeaderType, token.DocumentEndType:
		*s = shape{}
	}
}

// block enters the level of a block collection at that column, leaving those further right. Inside of flow
// collections columns mean nothing.
func (s *shape) block(column int) {
	if s.flow > 0 {
		return
	}
	for len(s.levels) > 0 && s.levels[len(s.levels)-1].column > column {
		s.levels = s.levels[:len(s.levels)-1]
	}
	if len(s.levels) == 0 || s.levels[len(s.levels)-1].column < column {
		s.levels = append(s.levels, level{column: column})
	}
}
