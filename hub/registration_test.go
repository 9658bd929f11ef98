package hub

import (
	"context"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/githubtest"
)

// asRegistered is the app that `sallyport register` asks for, without what only some need.
func asRegistered() githubtest.AppOptions {
	o := githubtest.AppOptions{Key: appKey(), Permissions: map[string]string{}}
	for _, p := range Permissions {
		if !p.Only {
			o.Permissions[p.Name], o.Events = p.Level, append(o.Events, p.Tells...)
		}
	}
	return o
}

func TestWhatTheRegistrationLacksIsSaid(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*githubtest.AppOptions)
		want  string
	}{
		{"nothing", func(*githubtest.AppOptions) {}, ""},
		{"an event", func(o *githubtest.AppOptions) { o.Events = o.Events[1:] }, "lacks the event check_run;"},
		{"a permission", func(o *githubtest.AppOptions) { o.Permissions["administration"] = "" }, "the permission administration: read"},
		{"a permission by half", func(o *githubtest.AppOptions) { o.Permissions["contents"] = "read" }, "the permission contents: write"},
		{"the event of a permission that only some need", func(o *githubtest.AppOptions) { o.Permissions["merge_queues"] = "write" }, "the event merge_group"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			o := asRegistered()
			o.Slug = "another"
			tt.spoil(&o)
			w.app = must(w.gh.App(o))(t)
			h := w.connect(w.address)
			if err := h.Registered(context.Background()); err != nil {
				t.Errorf("before GitHub was asked: %v", err)
			}
			if err := h.Ping(context.Background()); err != nil {
				t.Fatal(err)
			}
			err := h.Registered(context.Background())
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
