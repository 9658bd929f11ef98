package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/hub"
)

// What the README says the app needs is what `sallyport register` asks for.
func TestReadmeNamesEveryPermissionAndEvent(t *testing.T) {
	readme := read(t, "README.md")
	for _, p := range hub.Permissions {
		why := p.Why
		if p.Only {
			why = "only for " + why
		}
		if row := fmt.Sprintf("\n| %s | %s | %s |\n", p.Title, p.Level, why); !strings.Contains(readme, row) {
			t.Errorf("README.md lacks %q", row)
		}
		for _, event := range p.Tells {
			if name := strings.ToUpper(event[:1]) + strings.ReplaceAll(event[1:], "_", " "); !strings.Contains(readme, name) {
				t.Errorf("README.md does not name the event %q", name)
			}
		}
	}
}
