package main

import (
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// threats is how many the catalogue has.
const threats = 84

var (
	threatNumbers = regexp.MustCompile(`(?i)threats? ?(\d+(?:(?:, | and |And)\d+)*)`)
	number        = regexp.MustCompile(`\d+`)
)

// TestEveryThreatHasATest holds docs/threats.md to have every number, each with tests and stories that carry it.
func TestEveryThreatHasATest(t *testing.T) {
	shows := readEvidence(t)
	seen := map[int]bool{}
	for _, row := range tableOf(t, "docs/threats.md", "| # | threat | what happens here | shown by | seen to fail without |") {
		n, err := strconv.Atoi(row[0])
		if err != nil || seen[n] || n < 1 || n > threats {
			t.Errorf("%q is no number of the catalogue, or is there twice", row[0])
		}
		seen[n] = true
		for _, name := range namesIn(row[3]) {
			carrier, err := shows.find(name)
			if err != nil {
				t.Errorf("threat %d: %v", n, err)
			} else if !slices.Contains(threatsIn(carrier), n) {
				t.Errorf("threat %d: %s does not carry the number", n, name)
			}
		}
	}
	for n := 1; n <= threats; n++ {
		if !seen[n] {
			t.Errorf("docs/threats.md has no row for threat %d", n)
		}
	}
}

func threatsIn(carrier string) []int {
	var found []int
	for _, list := range threatNumbers.FindAllStringSubmatch(carrier, -1) {
		for _, digits := range number.FindAllString(list[1], -1) {
			n, err := strconv.Atoi(digits)
			if err == nil {
				found = append(found, n)
			}
		}
	}
	return found
}
