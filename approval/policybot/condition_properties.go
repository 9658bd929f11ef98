package policybot

import (
	"maps"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// HasProperties is custom_property_is_not_null, or custom_property_is_null where Null is set: all of the properties have a
// value, or none has.
type HasProperties struct {
	impersonal
	Null  bool
	Names []string
}

// Key names the predicate.
func (c HasProperties) Key() string {
	if c.Null {
		return "custom_property_is_null"
	}
	return "custom_property_is_not_null"
}

func (c HasProperties) judge(h *hearing) finding {
	return h.properties(c.Names, func(_ string, p pull.Property) bool { return c.Null == (len(p.Values) == 0) })
}

// MatchesProperties is custom_property_matches_any_of, or custom_property_matches_none_of where None is set: every property
// matches one of its expressions, or none does. A list of values matches no expression, but for None each of its values counts.
type MatchesProperties struct {
	impersonal
	None     bool
	Patterns map[string][]Pattern
}

// Key names the predicate.
func (c MatchesProperties) Key() string {
	if c.None {
		return "custom_property_matches_none_of"
	}
	return "custom_property_matches_any_of"
}

func (c MatchesProperties) judge(h *hearing) finding {
	return h.properties(slices.Sorted(maps.Keys(c.Patterns)), func(name string, p pull.Property) bool {
		matches := slices.ContainsFunc(p.Values, func(v string) bool { return anyMatch(c.Patterns[name], v) })
		if c.None {
			return !matches
		}
		return matches && !p.Many
	})
}

// properties judges each named property; while they could not be read, nobody can tell.
func (h *hearing) properties(names []string, good func(name string, p pull.Property) bool) finding {
	properties := h.request.Properties
	if properties == nil || properties.Unread != "" {
		doubt := pull.Reason{Code: "properties-unknown", Message: "The repository's custom properties were not read.",
			Next: "Let the app read the repository's custom properties, then comment /sallyport recheck"}
		if properties != nil {
			doubt.Message = properties.Unread + "."
		}
		return doubtful(doubt)
	}
	bad := slices.ContainsFunc(names, func(name string) bool { return !good(name, properties.Values[name]) })
	return found(!bad, properties.Describe(names))
}

// ReadsProperties reports whether the judgement depends on the repository's custom properties.
func (p Policy) ReadsProperties() bool {
	reads := func(list []Condition) bool {
		return slices.ContainsFunc(list, func(c Condition) bool {
			switch c.(type) {
			case HasProperties, MatchesProperties:
				return true
			}
			return false
		})
	}
	return p.Disapproval != nil && reads(p.Disapproval.If) || slices.ContainsFunc(p.Rules, func(r Rule) bool {
		return reads(r.If) || reads(r.Requires.Conditions)
	})
}
