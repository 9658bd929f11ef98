package pull

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The codes of freezes.
const (
	FrozenFraud  = "fraud"  // a phone said that nobody meant this
	FrozenBreach = "breach" // what landed is not what was agreed to
	FrozenHold   = "hold"   // an admin holds one pull request back
	FrozenBranch = "freeze" // an admin stops landings on a branch
)

// Freeze stops landings: of one pull request, or of a whole branch when Number is 0.
type Freeze struct {
	ID     int64     `json:"id"`
	Repo   int64     `json:"repo"`
	Branch string    `json:"branch,omitempty"`
	Number int       `json:"number,omitempty"`
	Code   string    `json:"code"` // one of the Frozen codes
	Reason string    `json:"reason"`
	By     Account   `json:"by"` // who caused it; for fraud, whose phone said so
	At     time.Time `json:"at"`
	Until  time.Time `json:"until,omitzero"` // when it ends by itself; zero: never
	// For is how long it is to stand; the store makes Until of it by its own clock. 0: until somebody lifts it.
	For time.Duration `json:"-"`
}

// maxReason keeps a reason short enough for a check run's title and a page's line.
const maxReason = 200

// longestFreeze bounds a freeze that ends by itself, so that a slip of the pen does not end in ten years.
const longestFreeze = 90 * 24 * time.Hour

// Lasting reads how long a freeze is to stand: Go's durations, and whole days as in 2d.
func Lasting(text string) (time.Duration, string) {
	d, err := time.ParseDuration(text)
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		var n int
		n, err = strconv.Atoi(days)
		d = time.Duration(min(max(n, 0), 1000)) * 24 * time.Hour
	}
	switch {
	case err != nil:
		return 0, fmt.Sprintf("%q is no time; write 30m, 2h or 3d.", OneLine(text))
	case d < time.Second || d > longestFreeze:
		return 0, "a freeze lasts between a second and 90 days."
	}
	return d, ""
}

// OneLine makes one short line of what somebody gave as their reason.
func OneLine(text string) string {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD")))
	if runes := []rune(text); len(runes) > maxReason {
		text = string(runes[:maxReason-1]) + "…"
	}
	return text
}
