package chaos

import "slices"

// commits are those of package store, each known by a statement that only such a transaction has.
var commits = []Effect{
	{Name: "commit: a delivery is taken in", Policy: exactly, Story: production, End: landsOnce, Commit: "INSERT INTO inbox"},
	{Name: "commit: a push is about to go out", Policy: exactly, Story: production, End: lands, Commit: "INSERT INTO prompts",
		Asks: map[Way][]string{Lost: again, After: again}},
	{Name: "commit: a push went out", Policy: exactly, Story: production, End: lands, Commit: "UPDATE prompts SET state = $2",
		Asks: map[Way][]string{Refused: again, Before: again}},
	{Name: "commit: a landing is about to begin", Policy: exactly, Story: production, End: landsOnce, Commit: "INSERT INTO landings"},
	{Name: "commit: a batch is formed", Policy: batching, Story: production, End: slices.Concat(queueUp, landTogether), Commit: "INSERT INTO batches"},
	{Name: "commit: an alarm is raised", Policy: breakable, Story: []string{"propose dev prod/api.nomad", "comment ana /sallyport break-glass prod is down"},
		End: append([]string{"alarmed ana wants to break the glass", "comment ana /sallyport break-glass cancel", "review bo approves", "ci green"}, landsOnce...), Commit: "INSERT INTO alarms"},
	{Name: "commit: it has landed", Policy: exactly, Story: production, End: landsOnce, Commit: "UPDATE landings SET state = $2"},
	{Name: "commit: a pass is over", Policy: exactly, Story: production, End: landsOnce, Commit: "UPDATE pulls SET handled"},
	{Name: "commit: a verdict is written down", Policy: exactly, Story: production, End: landsOnce, Commit: "UPDATE pulls SET record"},
	{Name: "commit: a pass has failed", Policy: exactly, Before: []string{"github-fails POST /repos/*/*/check-runs 502 1"}, Story: production, End: landsOnce,
		Commit: "UPDATE pulls SET failures"},
	{Name: "commit: a turn is taken", Policy: exactly, Story: production, End: landsOnce, Commit: "INSERT INTO turns"},
	{Name: "commit: a turn is given back", Policy: exactly, Story: production, End: landsOnce, Commit: "DELETE FROM turns WHERE repo = $1 AND branch = $2 AND number"},
	{Name: "commit: a batch goes on", Policy: batching, Story: production, End: slices.Concat(queueUp, landTogether), Commit: "UPDATE batches SET state = $2"},
	{Name: "commit: a branch of ours is about to be made", Policy: batching, Story: production, End: slices.Concat(queueUp, landTogether), Commit: "INSERT INTO sides"},
	{Name: "commit: a branch of ours is gone", Policy: batching, Story: twoAfterOne, End: landTogether, Commit: "DELETE FROM sides"},
	{Name: "commit: a freeze begins", Policy: exactly, Story: []string{"propose dev prod/api.nomad", "comment bo /sallyport hold for lunch"},
		End: slices.Concat([]string{"blocked automerge frozen", "comment bo /sallyport unhold", "review ana approves", "ci green"}, landsOnce), Commit: "INSERT INTO freezes"},
	{Name: "commit: a freeze ends", Policy: exactly,
		Story: []string{"propose dev prod/api.nomad", "comment bo /sallyport hold for lunch", "blocked automerge frozen", "comment bo /sallyport unhold"},
		End:   slices.Concat(production[1:], landsOnce), Commit: "UPDATE freezes SET lifted_at"},
	{Name: "commit: people were told of an alarm", Policy: breakable, Story: []string{"propose dev prod/api.nomad", "comment ana /sallyport break-glass prod is down"},
		End:    slices.Concat([]string{"heard ana wants to break the glass", "comment ana /sallyport break-glass cancel", "review bo approves", "ci green"}, landsOnce),
		Commit: "UPDATE alarms SET told_at"},
	{Name: "commit: an update is admitted", Policy: refreshing,
		Story: []string{"propose dev staging/web.nomad", "propose eve staging/api.nomad", "ci green pr2", "landed pr2", "label dev keep fresh pr1"},
		End:   []string{"current pr1", "ci green pr1", "landed pr1", "updates 1", "verified"}, Commit: "INSERT INTO updates"},
	{Name: "commit: a delivery is about to be asked for again", Policy: exactly,
		Before: []string{"start", "webhooks lost check_run 1", "propose dev staging/web.nomad", "ci green", "halt"}, End: lands, Commit: "INSERT INTO redeliveries"},
	{Name: "commit: a branch's tip is accounted for", Policy: exactly, Story: production, End: landsOnce, Commit: "WHERE $4 = ''"},
}

// Within are the statements of package store that write and that no commit above is known by, and why the matrix needs none
// for them. A statement that is in neither fails a test.
var Within = map[string]string{
	// A part of the same transaction as one above: it is there when that one is.
	"INSERT INTO pushes":                                         "of a delivery that is taken in",
	"INSERT INTO repos":                                          "of a delivery that is taken in; read from GitHub again at each start",
	"UPDATE repos SET gone":                                      "of a delivery that is taken in",
	"INSERT INTO pulls (repo, number, generation":                "of a delivery that is taken in, or of a sweep, which comes again",
	"UPDATE pulls SET generation":                                "of a delivery that is taken in, or of a sweep, which comes again",
	"INSERT INTO news":                                           "of a delivery that is taken in",
	"INSERT INTO river_job":                                      "of a delivery that is taken in, or of whatever else files work",
	"INSERT INTO prompt_covers":                                  "of a push that is about to go out",
	"INSERT INTO phone_freezes":                                  "of a push whose answer was fraud",
	"UPDATE landings SET entry":                                  "of a landing that is about to begin",
	"INSERT INTO batch_members":                                  "of a batch that is formed",
	"INSERT INTO ledger":                                         "of each of them",
	"INSERT INTO ledger_hashes":                                  "of each of them",
	"INSERT INTO branches":                                       "of a turn that is taken or given back",
	"UPDATE branches SET":                                        "of a turn that is taken or given back",
	"UPDATE turns SET overtaken":                                 "of a turn that is taken",
	"DELETE FROM turns WHERE repo = $1 AND branch = $2 AND seen": "of a turn that is taken",
	"INSERT INTO pulls (repo, number) VALUES":                    "of a verdict that is written down",
	"DELETE FROM waits":                                          "of a verdict that is written down",
	"INSERT INTO waits":                                          "of a verdict that is written down",
	"DELETE FROM news":                                           "of a pass that is over",
	"UPDATE tips SET":                                            "of a landing that is over, or of a tip that is accounted for",
	"INSERT INTO tips":                                           "of a landing that is over, or of a delivery that is taken in",
	"DELETE FROM updates":                                        "of an update that is admitted",

	// Locks, which change nothing.
	"UPDATE prompts SET state = state":  "a lock",
	"UPDATE landings SET state = state": "a lock",
	"UPDATE batches SET state = state":  "a lock",

	// Done again by itself until it is done, and nobody waits for it.
	"UPDATE alarms SET tries":        "counts how often an alarm was told of: one time fewer tells it once more",
	"UPDATE pulls SET swept_at":      "who is looked at first in the next sweep",
	"UPDATE river_job SET":           "the queue's own: a pass that was not taken is taken the next time, and one that was and is not run is freed with its process, as in every cell that kills",
	"DELETE FROM river_leader":       "the queue's own",
	"DELETE FROM inbox":              "tidying of what is handled, time and again",
	"DELETE FROM redeliveries":       "tidying, time and again",
	"DELETE FROM pushes":             "tidying, time and again",
	"DELETE FROM prompts":            "tidying of answers over the API, whose time is over anyway",
	"INSERT INTO ledger_epochs":      "at the first start, or of a command that its operator gives again",
	"UPDATE ledger_state SET halted": "the ledger is held against its checkpoint again at each start and with each landing",
	"UPDATE ledger SET body":         "bodies that are too old are found again the next time",
	"DELETE FROM phone_freezes":      "of a call of the API, whose caller is told that it failed",
}
