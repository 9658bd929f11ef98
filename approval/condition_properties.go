package approval

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ReadsProperties reports whether some rule rests on the repository's custom properties ([pull.Request.Properties]).
func (p Policy) ReadsProperties() bool {
	return slices.ContainsFunc(p.Rules, func(r Rule) bool {
		w := r.When
		return w.Property != nil || w.NotProperty != nil || w.PropertySet != nil || w.PropertyUnset != nil
	})
}

// properties readies the conditions about custom properties. All named properties must be as asked.
func (b *conditionBuilder) properties(w When) {
	b.values("property", w.Property, true)
	b.values("not_property", w.NotProperty, false)
	b.present("property_set", w.PropertySet, true)
	b.present("property_unset", w.PropertyUnset, false)
}

// values asks that each property has one of its values, or none of them. Of a property with several values each counts.
func (b *conditionBuilder) values(key string, wanted map[string][]string, has bool) {
	if wanted == nil {
		return
	}
	names := slices.Sorted(maps.Keys(wanted))
	var wants []string
	for _, name := range names {
		if len(wanted[name]) == 0 {
			b.fail(key, errors.New("names no value of "+name))
			return
		}
		wants = append(wants, fmt.Sprintf("%s %s", name, either(quoted(wanted[name]))))
	}
	if len(names) == 0 {
		b.fail(key, errors.New("names no property"))
		return
	}
	text := strings.Join(wants, " and ")
	if !has {
		text = "none of " + text
	}
	b.known(key, names, text, func(name string, values []string) bool {
		return has == slices.ContainsFunc(values, func(v string) bool { return slices.Contains(wanted[name], v) })
	})
}

func (b *conditionBuilder) present(key string, names []string, set bool) {
	if names == nil {
		return
	}
	wants := both(names) + " set"
	if !set {
		wants = both(names) + " not set"
	}
	b.known(key, names, wants, func(_ string, values []string) bool { return set == (len(values) > 0) })
}

// known is a condition that all the properties have to meet, and that nobody can tell while they could not be read.
func (b *conditionBuilder) known(key string, names []string, wants string, good func(name string, values []string) bool) {
	b.add(key, func(h *hearing) finding {
		properties := h.request.Properties
		switch {
		case properties == nil:
			return finding{unknown, "the repository's custom properties were not read", wants}
		case properties.Unread != "":
			return finding{unknown, properties.Unread, wants}
		}
		bad := slices.ContainsFunc(names, func(name string) bool { return !good(name, properties.Values[name].Values) })
		return finding{truly(!bad), properties.Describe(names), wants}
	})
}
