package automerge

import (
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// What would keep the queue from landing anything is found before anything enters it.
func TestSettingsOfTheQueueAreFoundBefore(t *testing.T) {
	tests := []struct {
		name  string
		rules pull.Rules
		code  string
	}{
		{"a queue that merges", pull.Rules{Queue: true, QueueMethod: pull.MethodMerge}, ""},
		{"no queue", pull.Rules{}, "queue-missing"},
		{"merges on a linear history", pull.Rules{Queue: true, QueueMethod: pull.MethodMerge, Linear: true}, "linear-history"},
		{"a squash on a linear history", pull.Rules{Queue: true, QueueMethod: pull.MethodSquash, Linear: true}, ""},
		{"a rebase where commits are signed", pull.Rules{Queue: true, QueueMethod: pull.MethodRebase, Signed: true}, "signed-rebase"},
		{"a squash where commits are signed", pull.Rules{Queue: true, QueueMethod: pull.MethodSquash, Signed: true}, ""},
		{"no permission for queues", pull.Rules{Queue: true, QueueMethod: pull.MethodMerge, Lacks: []string{"merge_queues"}}, "permission-missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := ready()
			c.Policy.Method, c.Binding.Method = pull.MethodQueue, pull.MethodQueue
			tt.rules.Checks = c.Request.Rules.Checks
			c.Request.Rules = tt.rules
			got := ""
			if all := c.branchObstacles(); len(all) > 0 {
				got = all[0].Code
			}
			if got != tt.code {
				t.Errorf("got %q, want %q", got, tt.code)
			}
		})
	}
}
