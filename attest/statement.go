package attest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	intoto "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

// PayloadType is the media type of in-toto statements.
const PayloadType = "application/vnd.in-toto+json"

// MaxSize bounds an envelope, in bytes. The largest real ones list some thousand commits and reviews.
const MaxSize = 32 << 20

// statement is an in-toto statement v1 as it is written. The published types would turn every number into a
// floating-point one, so they check the text and do not make it.
type statement struct {
	Type          string    `json:"_type"`
	Subject       []subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     Landing   `json:"predicate"`
}

type subject struct {
	Name   string            `json:"name,omitempty"`
	Digest map[string]string `json:"digest"`
}

// Encode writes the statement about a landing. Its subject is M under both of its names, and with a longer line every
// commit that landed.
func Encode(l Landing) ([]byte, error) {
	s := statement{Type: intoto.StatementTypeUri, PredicateType: PredicateType, Predicate: l, Subject: subjects(l)}
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("writing an attestation: %w", err)
	}
	return text, conform(text)
}

func subjects(l Landing) []subject {
	merge := map[string]string{"gitCommit": l.Merge}
	if l.CommitSHA256 != "" {
		merge["sha256"] = l.CommitSHA256
	}
	list := []subject{{l.Repository.Name, merge}}
	for _, sha := range l.Line {
		if sha != l.Merge {
			list = append(list, subject{l.Repository.Name, map[string]string{"gitCommit": sha}})
		}
	}
	return list
}

// Decode reads a statement. That its subjects are those of its predicate is part of being well-formed.
func Decode(text []byte) (Landing, error) {
	if err := conform(text); err != nil {
		return Landing{}, err
	}
	var s statement
	if err := json.Unmarshal(text, &s); err != nil {
		return Landing{}, fmt.Errorf("reading an attestation: %w", err)
	}
	if s.Type != intoto.StatementTypeUri || s.PredicateType != PredicateType {
		return Landing{}, fmt.Errorf("reading an attestation: it is a %q about %q", s.Type, s.PredicateType)
	}
	want, err := json.Marshal(subjects(s.Predicate))
	if err != nil {
		return Landing{}, err
	}
	have, err := json.Marshal(s.Subject)
	if err != nil {
		return Landing{}, err
	}
	if !bytes.Equal(want, have) {
		return Landing{}, errors.New("reading an attestation: its subjects are not the commits that it speaks of")
	}
	return s.Predicate, nil
}

// conform holds the text to in-toto's own description.
func conform(text []byte) error {
	var s intoto.Statement
	if err := protojson.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("an attestation is not an in-toto statement: %w", err)
	}
	if err := s.Validate(); err != nil {
		return fmt.Errorf("an attestation is not a whole in-toto statement: %w", err)
	}
	return nil
}
