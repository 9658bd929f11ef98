package pull

import (
	"fmt"
	"slices"
	"strings"
)

// Properties are a repository's custom properties, as its organisation set them. One that is not here has no value.
type Properties struct {
	Values map[string]Property `json:"values,omitempty"`
	// Unread says why they could not be read; then nothing is known of any.
	Unread string `json:"unread,omitempty"`
}

// Property is a value: one text, or, where Many is set, those chosen from a list.
type Property struct {
	Values []string `json:"values"`
	Many   bool     `json:"many,omitempty"`
}

func (p Property) String() string {
	switch {
	case len(p.Values) == 0:
		return "not set"
	case p.Many:
		return fmt.Sprintf("%q", p.Values)
	}
	return fmt.Sprintf("%q", p.Values[0])
}

// Describe says what the named properties are, in order.
func (p *Properties) Describe(names []string) string {
	var parts []string
	for _, name := range slices.Sorted(slices.Values(names)) {
		parts = append(parts, fmt.Sprintf("the property %s is %s", name, p.Values[name]))
	}
	return strings.Join(parts, ", ")
}
