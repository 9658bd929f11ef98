package server

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var property = regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`)

// schemes reads the stylesheet's colours, light and dark.
func schemes(t *testing.T) map[string]map[string]string {
	t.Helper()
	text, err := assetFiles.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	light, rest, _ := strings.Cut(string(text), "@media (prefers-color-scheme: dark)")
	dark, _, _ := strings.Cut(rest, "\n}\n")
	found := map[string]map[string]string{}
	for scheme, part := range map[string]string{"light": light, "dark": dark} {
		found[scheme] = map[string]string{}
		for _, m := range property.FindAllStringSubmatch(part, -1) {
			found[scheme][m[1]] = m[2]
		}
	}
	return found
}

// luminance is WCAG's relative luminance of a colour.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var parts [3]float64
	for i := range parts {
		v, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(v) / 255
		if parts[i] = c / 12.92; c > 0.04045 {
			parts[i] = math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*parts[0] + 0.7152*parts[1] + 0.0722*parts[2]
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Whatever is written can be read by people who see little contrast, in both schemes.
func TestContrast(t *testing.T) {
	on := map[string][]string{
		"ink":   {"ground", "paper", "sunk", "pass-wash", "wait-wash", "block-wash"},
		"soft":  {"ground", "paper", "sunk"},
		"link":  {"ground", "paper", "sunk"},
		"brand": {"paper"},
		"pass":  {"ground", "paper", "pass-wash"},
		"wait":  {"ground", "paper", "wait-wash"},
		"block": {"ground", "paper", "block-wash"},
	}
	for scheme, colours := range schemes(t) {
		for text, grounds := range on {
			for _, ground := range grounds {
				pair := fmt.Sprintf("%s: %s on %s", scheme, text, ground)
				if colours[text] == "" || colours[ground] == "" {
					t.Fatalf("%s: not in the stylesheet", pair)
				}
				if got := contrast(t, colours[text], colours[ground]); got < 4.5 {
					t.Errorf("%s: the contrast is %.2f, want 4.5 at least", pair, got)
				}
			}
		}
	}
}
