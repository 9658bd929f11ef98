package graphql

import (
	"bytes"
	"encoding/json"
)

// Object is a JSON object whose members keep the order in which they were asked for.
type Object struct {
	keys   []string
	values []any
}

// Set appends a member.
func (o *Object) Set(key string, value any) {
	o.keys = append(o.keys, key)
	o.values = append(o.values, value)
}

// Get is the value of a member, nil when there is none.
func (o *Object) Get(key string) any {
	for i, k := range o.keys {
		if k == key {
			return o.values[i]
		}
	}
	return nil
}

// MarshalJSON writes the members in order; a nil Object is null.
func (o *Object) MarshalJSON() ([]byte, error) {
	if o == nil {
		return []byte("null"), nil
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, key := range o.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		k, err := json.Marshal(key)
		if err != nil {
			return nil, err
		}
		v, err := json.Marshal(o.values[i])
		if err != nil {
			return nil, err
		}
		b.Write(k)
		b.WriteByte(':')
		b.Write(v)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
