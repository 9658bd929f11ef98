package signature

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Header is one header of a commit object. Value holds continuation lines joined by newlines, without the space
// that marks them in the object.
type Header struct {
	Name  string
	Value string
}

// Object is a commit object, byte for byte: Bytes of a parsed object is what was parsed.
type Object struct {
	Headers []Header
	Message string
	// endsInHeaders marks an object that stops after the last header, without the empty line that announces a message.
	endsInHeaders bool
}

// ParseCommit reads a raw commit object, without git's "commit N\0" in front. It is stricter than git where git
// would guess: the first headers must be tree, parents, author, committer in this order and once each (parents as
// often as wanted), and no byte may be NUL. The error is a *Fault with code signature-malformed.
func ParseCommit(raw []byte) (Object, error) {
	o, err := parseObject(raw)
	if err != nil {
		return Object{}, fault(Malformed, "The commit object is malformed.").because(err)
	}
	return o, nil
}

func parseObject(raw []byte) (Object, error) {
	if bytes.IndexByte(raw, 0) >= 0 {
		return Object{}, errors.New("it holds a NUL byte, behind which git shows nothing")
	}
	var o Object
	rest := string(raw)
	for rest != "" && rest[0] != '\n' {
		line, after, terminated := strings.Cut(rest, "\n")
		if !terminated {
			return Object{}, errors.New("its last header line does not end")
		}
		if err := o.take(line); err != nil {
			return Object{}, err
		}
		rest = after
	}
	if rest == "" {
		o.endsInHeaders = true
	} else {
		o.Message = rest[1:]
	}
	return o, o.checkOrder()
}

// take adds one header line, which may continue the header before it.
func (o *Object) take(line string) error {
	if more, ok := strings.CutPrefix(line, " "); ok {
		if len(o.Headers) == 0 {
			return errors.New("it begins with a continuation line")
		}
		o.Headers[len(o.Headers)-1].Value += "\n" + more
		return nil
	}
	name, value, ok := strings.Cut(line, " ")
	if !ok {
		return fmt.Errorf("header line %d has a name and no value", len(o.Headers)+1)
	}
	o.Headers = append(o.Headers, Header{name, value})
	return nil
}

// checkOrder holds the object to the order in which git writes and reads the headers that give a commit its place
// in history: two readers must not find different trees or parents in it.
func (o Object) checkOrder() error {
	want := []string{"tree", "author", "committer"}
	for i, h := range o.Headers {
		switch {
		case len(want) > 0 && h.Name == want[0]:
			want = want[1:]
		case h.Name == "parent" && len(want) == 2:
		case len(want) > 0:
			return fmt.Errorf("header %d is %q where %q belongs", i+1, h.Name, want[0])
		case h.Name == "tree" || h.Name == "parent" || h.Name == "author" || h.Name == "committer":
			return fmt.Errorf("header %d is another %q", i+1, h.Name)
		}
		if (h.Name == "tree" || h.Name == "parent") && !isObjectID(h.Value) {
			return fmt.Errorf("header %d is a %q without an object id", i+1, h.Name)
		}
	}
	if len(want) > 0 {
		return fmt.Errorf("it has no %q", want[0])
	}
	return nil
}

func isObjectID(s string) bool {
	if len(s) != sha1Hex && len(s) != sha256Hex {
		return false
	}
	return strings.Trim(s, "0123456789abcdef") == ""
}

// Bytes is the raw commit object.
func (o Object) Bytes() []byte {
	var b bytes.Buffer
	for _, h := range o.Headers {
		b.WriteString(h.Name + " " + strings.ReplaceAll(h.Value, "\n", "\n ") + "\n")
	}
	if !o.endsInHeaders {
		b.WriteString("\n" + o.Message)
	}
	return b.Bytes()
}

// All lists the values of every header of that name, in order.
func (o Object) All(name string) []string {
	var values []string
	for _, h := range o.Headers {
		if h.Name == name {
			values = append(values, h.Value)
		}
	}
	return values
}

// Tree is the root tree's object id.
func (o Object) Tree() string { return strings.Join(o.All("tree"), "") }

// Parents lists the parents' object ids, first parent first.
func (o Object) Parents() []string { return o.All("parent") }

// Signed separates the signature header from the bytes that it signs. ok is false when the object has none. Only a
// header counts: a mergetag's signature is part of a header's value, and text in the message is text. More than one
// header whose name begins with "gpgsig" is an error, since git leaves all of them out of what it verifies.
func (o Object) Signed() (payload, armor []byte, ok bool, err error) {
	at := -1
	for i, h := range o.Headers {
		if !strings.HasPrefix(h.Name, "gpgsig") {
			continue
		}
		if at >= 0 {
			return nil, nil, false, fault(Many, "The commit carries more than one signature header.",
				"headers", o.Headers[at].Name+", "+h.Name)
		}
		at = i
	}
	if at < 0 {
		return nil, nil, false, nil
	}
	header := o.Headers[at]
	if header.Name != signatureHeader(o.Tree()) {
		return nil, nil, false, fault(Malformed, "The commit's signature header belongs to another object format.",
			"header", header.Name)
	}
	return o.without(at).Bytes(), []byte(header.Value + "\n"), true, nil
}

func (o Object) without(at int) Object {
	rest := make([]Header, 0, len(o.Headers))
	rest = append(append(rest, o.Headers[:at]...), o.Headers[at+1:]...)
	o.Headers = rest
	return o
}

// insert gives a copy of the object with a header at that place.
func (o Object) insert(at int, h Header) Object {
	longer := make([]Header, 0, len(o.Headers)+1)
	longer = append(append(append(longer, o.Headers[:at]...), h), o.Headers[at:]...)
	o.Headers = longer
	return o
}
