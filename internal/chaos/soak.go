package chaos

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/githubtest"
)

// Figures are how the server stands at one moment of a long run, when it has nothing to do.
type Figures struct {
	After      time.Duration
	Acts       int // what people, CI and phones did so far
	Kills      int
	Landed     int
	Memory     float64 // bytes, resident
	Goroutines float64
}

// Soak lets the town live for that long, with every fault, and a kill after each quarter. Figures are taken so many times, and
// with each reading GitHub grants another hour's requests: people do in minutes here what takes them a day, and a server that
// has to wait for the next hour would be seen resting.
func (t *Town) Soak(ctx context.Context, d time.Duration, times int) ([]Figures, error) {
	if err := t.open(ctx); err != nil {
		return nil, err
	}
	began := time.Now()
	var all []Figures
	for acts, quarter := 0, 1; len(all) < times; acts++ {
		if err := t.busyMoment(ctx); err != nil {
			return all, fmt.Errorf("after %d acts: %w\n%s", acts, err, t.Tail(40))
		}
		passed := time.Since(began)
		if passed >= d*time.Duration(len(all)+1)/time.Duration(times) {
			f, err := t.figures(ctx)
			if err != nil {
				return all, err
			}
			f.After, f.Acts = passed, acts
			all = append(all, f)
			t.GitHub.RateLimit(githubtest.PerHour)
		}
		if passed >= d*time.Duration(quarter)/4 && quarter < 4 {
			quarter++
			if err := t.kill(ctx); err != nil {
				return all, err
			}
		}
	}
	return all, nil
}

// busyMoment is a moment without a kill.
func (t *Town) busyMoment(ctx context.Context) error {
	switch t.rng.IntN(12) {
	case 0:
		t.trouble()
	case 1, 2, 3:
		t.rest(ctx)
	}
	return t.act(ctx)
}

// figures are read when everything has healed and come to rest, so that they can be compared.
func (t *Town) figures(ctx context.Context) (Figures, error) {
	t.App.Release(false)
	t.GitHub.Heal()
	t.Duo.Heal()
	if err := t.Idle(ctx); err != nil {
		return Figures{}, err
	}
	body, _, err := t.Get(ctx, "/metrics")
	if err != nil {
		return Figures{}, err
	}
	f := Figures{Kills: t.kills}
	for line := range strings.Lines(string(body)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.ParseFloat(value, 64)
		switch {
		case err != nil:
		case name == "process_resident_memory_bytes":
			f.Memory = n
		case name == "go_goroutines":
			f.Goroutines = n
		}
	}
	if f.Memory == 0 || f.Goroutines == 0 {
		return f, fmt.Errorf("the metrics tell nothing of memory and goroutines")
	}
	for _, p := range t.Repo.Pulls() {
		if p.Merged() != "" {
			f.Landed++
		}
	}
	return f, nil
}
