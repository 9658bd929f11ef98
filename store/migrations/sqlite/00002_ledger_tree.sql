-- +goose Up

-- digest is the SHA-256 of body, what the row's leaf commits to; '' in rows of versions that did not write it. Retention
-- empties body and nothing else.
ALTER TABLE ledger ADD COLUMN digest text NOT NULL DEFAULT '';

-- The Merkle tree over the rows, by storage index of x/mod/sumdb/tlog. Rows and hashes are written together.
CREATE TABLE ledger_hashes (
    id   integer PRIMARY KEY,
    hash blob    NOT NULL
);

-- An epoch begins when the ledger does, and when a restored older ledger was accepted. size is how many rows it began
-- with; replaces names the origin that it ends, which may be of a ledger that this database never was.
CREATE TABLE ledger_epochs (
    epoch    integer PRIMARY KEY,
    origin   text    NOT NULL,
    size     integer NOT NULL,
    at       integer NOT NULL,
    replaces text    NOT NULL
);

-- Why nothing may land, seen by all replicas; '' while the ledger is what it should be. One row.
CREATE TABLE ledger_state (
    id     integer PRIMARY KEY CHECK (id = 1),
    halted text    NOT NULL
);
INSERT INTO ledger_state (id, halted) VALUES (1, '');

-- The ledger's row that says a landing was about to be attempted.
ALTER TABLE landings ADD COLUMN entry integer NOT NULL DEFAULT 0;

DROP TRIGGER ledger_no_update;

-- +goose StatementBegin
CREATE TRIGGER ledger_loses_bodies_only BEFORE UPDATE ON ledger
WHEN NOT (NEW.body = '' AND length(NEW.digest) = 64 AND NEW.digest NOT GLOB '*[^0-9a-f]*' AND OLD.digest IN ('', NEW.digest)
    AND (NEW.id, NEW.kind, NEW.repo, NEW.pull, NEW.at) = (OLD.id, OLD.kind, OLD.repo, OLD.pull, OLD.at))
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_hashes_no_update BEFORE UPDATE ON ledger_hashes
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_hashes_no_delete BEFORE DELETE ON ledger_hashes
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_epochs_no_update BEFORE UPDATE ON ledger_epochs
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_epochs_no_delete BEFORE DELETE ON ledger_epochs
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
-- +goose StatementEnd
