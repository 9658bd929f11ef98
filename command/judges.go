package command

import (
	"context"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
	"github.com/sallyport/sallyport/server"
)

// validate answers the API's question what is wrong with a policy text.
func validate(path string, text []byte) (problems, warnings []server.PolicyProblem) {
	policy, faults := config.ParsePolicy(path, text)
	return told(faults.List()), told(policy.Warnings)
}

func told(list []config.Problem) []server.PolicyProblem {
	var problems []server.PolicyProblem
	for _, p := range list {
		problems = append(problems, server.PolicyProblem(p))
	}
	return problems
}

// simulate answers the API's question what if.
func (a *app) simulate(ctx context.Context, record pull.Record, s server.Simulation, trusted bool) (server.Simulated, error) {
	what := reconcile.WhatIf{Ignore: s.IgnoreReviews, Target: s.Target}
	for _, review := range s.AddReviews {
		what.Reviews = append(what.Reviews, reconcile.ImaginedReview(review))
	}
	found, err := a.passes.SimulateRecord(ctx, record, what, trusted)
	if err != nil {
		return server.Simulated{}, err
	}
	return server.Simulated{Verdicts: found.Verdicts, Next: found.Next(), Unknown: found.Unknown, Assumed: found.Assumed}, nil
}

// checkpoint is how the ledger stands, for the page that shows it.
func (a *app) checkpoint(ctx context.Context) (string, error) {
	_, text, err := a.store.Checkpoint(ctx)
	return text, err
}
