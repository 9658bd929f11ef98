package store

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/pull"
)

// each runs a test on both databases.
func each(t *testing.T, test func(*testing.T, *Store)) {
	for name, url := range map[string]func() string{
		"Postgres": func() string { return pgtest.Database(t) },
		"SQLite":   func() string { return "sqlite:" + filepath.Join(t.TempDir(), "sallyport.db") },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), url(), slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			test(t, s)
		})
	}
}

func count(t *testing.T, s *Store, table string) (n int) {
	t.Helper()
	if err := s.db.run(t.Context(), do(`SELECT count(*) FROM `+table).rows(func(r row) error { return r.Scan(&n) })); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestThreat66WithoutLedgerNothingIrreversibleBegins(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		b := pull.Binding{Repo: 1, Number: 2, Branch: "main", Head: "h", Method: pull.MethodMerge}
		turn, err := s.TakeTurn(ctx, b.Key(), b.Branch, time.Minute, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.db.run(ctx, do(`ALTER TABLE ledger RENAME TO lost`)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.BeginLanding(ctx, turn, pull.Intent{Binding: b}); err == nil || !strings.Contains(err.Error(), "reading the ledger's state") {
			t.Errorf("landing: got %v, want the ledger's error", err)
		}
		if _, err := s.BeginPrompt(ctx, pull.Confirmation{Binding: b, DuoUser: "ann"}); err == nil || !strings.Contains(err.Error(), "writing the ledger") {
			t.Errorf("prompt: got %v, want the ledger's error", err)
		}
		if n := count(t, s, "landings") + count(t, s, "prompts"); n != 0 {
			t.Errorf("%d rows were written although the ledger could not be", n)
		}
	})
}

func TestLedgerIsAppendOnly(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		if err := s.Append(t.Context(), pull.Entry{Kind: "verdict", Repo: 1}); err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{`UPDATE ledger SET kind = 'x'`, `DELETE FROM ledger`} {
			err := s.db.run(t.Context(), do(sql))
			if err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: got %v, want a refusal", sql, err)
			}
		}
	})
}

// The indexes are a second line behind the checks, which this test goes around.
func TestThreat63TheTablesThemselvesRefuseASecondPromptAndLanding(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		prompt := do(`INSERT INTO prompts (repo, number, duo_user, bound, request, state, txid, owner, asked_at, body)
VALUES (1, 2, 'ann', '', '', 'open', '', '', 0, '{}')`)
		landing := do(`INSERT INTO landings (repo, number, state, at, body) VALUES (1, 2, '', 0, '{}')`)
		for _, st := range []stmt{prompt, landing} {
			if err := s.db.run(t.Context(), st); err != nil {
				t.Fatal(err)
			}
			if err := s.db.run(t.Context(), st); err == nil {
				t.Errorf("a second row was taken by %s", st.sql)
			}
		}
	})
}

// A process was stopped in the middle of a transaction, as by a paused machine: what it has locked is let go, and when it wakes
// up, its transaction is gone.
func TestThreat63WhoeverStopsInsideATransactionHoldsNobodyUp(t *testing.T) {
	url := pgtest.Database(t)
	open := func() *Store {
		s, err := Open(t.Context(), url, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	stopped, other := open(), open()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	asleep, awake, woke := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		woke <- stopped.inTx(ctx, func(x *tx) error {
			_, err := x.lockBranch(ctx, 1, "main")
			err = errors.Join(err, x.run(ctx, do(`SET LOCAL idle_in_transaction_session_timeout = '200ms'`)))
			close(asleep)
			<-awake
			return errors.Join(err, x.unqueue(ctx, pull.Key{Repo: 1, Number: 1}, "main"))
		})
	}()
	<-asleep
	turn, err := other.TakeTurn(ctx, pull.Key{Repo: 1, Number: 2}, "main", time.Minute, false)
	close(awake)
	if err != nil || !turn.Holds {
		t.Errorf("the others wait for it: %+v, %v", turn, err)
	}
	if err := <-woke; err == nil {
		t.Error("it went on as if nothing had happened")
	}
}

func TestASessionInsideATransactionIsNotLeftIdle(t *testing.T) {
	s, err := Open(t.Context(), pgtest.Database(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	var bound string
	if err := s.db.run(t.Context(), do(`SHOW idle_in_transaction_session_timeout`).rows(func(r row) error { return r.Scan(&bound) })); err != nil {
		t.Fatal(err)
	}
	if bound != "10s" {
		t.Errorf("a session may be idle in a transaction for %s, want 10s", bound)
	}
}

// The transaction that keeps others from migrating waits for other connections. When PostgreSQL ended it after ten seconds,
// whoever migrated large tables, or on a busy machine, did not start, and another one could begin beside it.
func TestMigratingMayTakeLongerThanATransactionMayIdle(t *testing.T) {
	s, err := Open(t.Context(), pgtest.Database(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	inside := ""
	err = oneAtATime(t.Context(), s.db.(*postgresDB).pool, func(migrating pgx.Tx) error {
		return migrating.QueryRow(t.Context(), `SHOW idle_in_transaction_session_timeout`).Scan(&inside)
	})
	if err != nil || inside != migrationPatience {
		t.Errorf("migrations may take %s (%v), want %s", inside, err, migrationPatience)
	}
}

func TestPromptOfUnknownFateIsDoubtedEvenIfItsProcessLives(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		b := pull.Binding{Repo: 1, Number: 2, Method: pull.MethodMerge}
		if _, err := s.BeginPrompt(ctx, pull.Confirmation{Binding: b, DuoUser: "ann"}); err != nil {
			t.Fatal(err)
		}
		if err := s.doubtOrphans(ctx); err != nil {
			t.Fatal(err)
		}
		if n := count(t, s, `prompts WHERE state = 'intended'`); n != 1 {
			t.Fatalf("%d intended prompts, want 1: it was only just begun", n)
		}
		old := (promptLimit + time.Second).Microseconds()
		if err := s.db.run(ctx, do(`UPDATE prompts SET asked_at = asked_at - $1`, old)); err != nil {
			t.Fatal(err)
		}
		if err := s.doubtOrphans(ctx); err != nil {
			t.Fatal(err)
		}
		if n := count(t, s, `prompts WHERE state = ''`); n != 1 {
			t.Errorf("%d prompts of unknown fate, want 1", n)
		}
	})
}

func TestAPlaceInTheQueueLapses(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		take := func(number int) pull.Turn {
			turn, err := s.TakeTurn(t.Context(), pull.Key{Repo: 1, Number: number}, "main", time.Minute, false)
			if err != nil {
				t.Fatal(err)
			}
			return turn
		}
		take(1)
		take(2) // never comes back
		take(3)
		old := (queueStale + time.Second).Microseconds()
		if err := s.db.run(t.Context(), do(`UPDATE turns SET seen = seen - $1 WHERE number = 2`, old)); err != nil {
			t.Fatal(err)
		}
		if err := s.LeaveTurn(t.Context(), pull.Key{Repo: 1, Number: 1}, "main"); err != nil {
			t.Fatal(err)
		}
		if !take(3).Holds {
			t.Error("one that does not ask any more blocks the queue")
		}
	})
}

func TestThreeRequestsAnHourAreForgottenAfterIt(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		b := pull.Binding{Repo: 1, Number: 2, Method: pull.MethodMerge}
		ask := func(request string) error {
			c, err := s.BeginPrompt(ctx, pull.Confirmation{Binding: b, DuoUser: "ann", Request: request})
			if err != nil {
				return err
			}
			c.State = pull.PromptUnknown
			return s.UpdatePrompt(ctx, c)
		}
		for _, request := range []string{"a", "b", "c"} {
			if err := ask(request); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.db.run(ctx, do(`UPDATE prompts SET asked_at = asked_at - $1`, quotaPeriod.Microseconds())); err != nil {
			t.Fatal(err)
		}
		if err := ask("d"); err != nil {
			t.Error(err)
		}
	})
}

func TestPruneKeepsWhatIsStillNeeded(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		head := pull.Scope{Repo: 1, Number: 2}
		for _, d := range []pull.Delivery{
			{ID: "unhandled", Scopes: []pull.Scope{head}, News: pull.News{Event: "pull_request", SHA: "head"},
				Pushes: []pull.Push{{Repo: 1, SHA: "head", By: pull.Account{ID: 1}}, {Repo: 1, SHA: "old", By: pull.Account{ID: 1}}}},
			{ID: "handled"},
		} {
			if _, err := s.Accept(ctx, d); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.prune(ctx, time.Hour); err != nil {
			t.Fatal(err)
		}
		if n := count(t, s, "inbox") + count(t, s, "pushes"); n != 4 {
			t.Fatalf("%d rows left, want all 4: they are young", n)
		}
		if err := s.prune(ctx, -time.Hour); err != nil {
			t.Fatal(err)
		}
		if seen, err := s.Seen(ctx, []string{"unhandled", "handled"}); err != nil || !seen["unhandled"] || seen["handled"] {
			t.Errorf("left in the inbox: %v, %v; want only what is unhandled", seen, err)
		}
		if _, ok, err := s.Pusher(ctx, 1, "head"); !ok || err != nil {
			t.Errorf("the push of an open head was forgotten: %v", err)
		}
		if _, ok, _ := s.Pusher(ctx, 1, "old"); ok {
			t.Error("the push of nothing in particular was kept")
		}
	})
}

// Whoever waits long enough, or closes the pull request meanwhile, would otherwise be forgotten to have pushed to it.
func TestThreat29PushesAreKnownForAsLongAsTheyCouldLand(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		by := pull.Account{ID: 1, Login: "mallory"}
		d := pull.Delivery{ID: "d", Pushes: []pull.Push{{Repo: 1, SHA: "covered", By: by}, {Repo: 1, SHA: "head", By: by}}}
		if _, err := s.Accept(ctx, d); err != nil {
			t.Fatal(err)
		}
		r := pull.Request{Repo: pull.Repo{ID: 1}, Number: 2, State: pull.Open, Head: pull.Head{SHA: "head", Repo: 1},
			Commits: []pull.Commit{{SHA: "covered"}, {SHA: "head"}}}
		for _, now := range []struct {
			state pull.Lifecycle
			left  int
		}{{pull.Open, 1}, {pull.Closed, 1}, {pull.Merged, 0}} {
			saved := r
			if saved.State = now.state; now.state == pull.Merged {
				saved.Landed.SHA = "merge"
			}
			if err := s.Save(ctx, pull.Record{Key: r.Key(), State: string(now.state), Request: saved}); err != nil {
				t.Fatal(err)
			}
			if err := s.prune(ctx, -time.Hour); err != nil {
				t.Fatal(err)
			}
			if pushes, err := s.Pushers(ctx, 1, []string{"covered"}); len(pushes) != now.left || err != nil {
				t.Errorf("%s: got %+v, %v, want %d", now.state, pushes, err, now.left)
			}
		}
	})
}

func TestPresenceIsTakenAgain(t *testing.T) {
	s, err := Open(t.Context(), pgtest.Database(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	alive := func() (yes bool) {
		dead := s.db.deadSQL(`'` + s.id + `'`)
		err := s.db.run(t.Context(), do(`SELECT NOT `+dead, "somebody else").rows(func(r row) error { return r.Scan(&yes) }))
		if err != nil {
			t.Fatal(err)
		}
		return yes
	}
	if !alive() {
		t.Fatal("the process does not show that it lives")
	}
	kill := do(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1`, s.id)
	if err := s.db.run(t.Context(), kill); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for tick := time.NewTicker(5 * time.Millisecond); !alive(); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("the lost presence was never taken again")
		}
	}
}

func TestBackoffGrowsToItsLimit(t *testing.T) {
	for failures, want := range map[int]time.Duration{0: time.Second, 1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 11: 10 * time.Minute, 1000: 10 * time.Minute} {
		if got := backoff(failures, 10*time.Minute); got < want*7/8 || got > want*9/8 {
			t.Errorf("after %d failures: %v, want about %v", failures, got, want)
		}
	}
}
