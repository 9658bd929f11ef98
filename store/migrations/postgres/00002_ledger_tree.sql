-- +goose Up

-- digest is the SHA-256 of body, what the row's leaf commits to; '' in rows of versions that did not write it. Retention
-- empties body and nothing else.
ALTER TABLE ledger ADD COLUMN digest text NOT NULL DEFAULT '';

-- The Merkle tree over the rows, by storage index of x/mod/sumdb/tlog. Rows and hashes are written together.
CREATE TABLE ledger_hashes (
    id   bigint PRIMARY KEY,
    hash bytea  NOT NULL
);

-- An epoch begins when the ledger does, and when a restored older ledger was accepted. size is how many rows it began
-- with; replaces names the origin that it ends, which may be of a ledger that this database never was.
CREATE TABLE ledger_epochs (
    epoch    bigint PRIMARY KEY,
    origin   text   NOT NULL,
    size     bigint NOT NULL,
    at       bigint NOT NULL,
    replaces text   NOT NULL
);

-- Why nothing may land, seen by all replicas; '' while the ledger is what it should be. One row.
CREATE TABLE ledger_state (
    id     integer PRIMARY KEY CHECK (id = 1),
    halted text    NOT NULL
);
INSERT INTO ledger_state (id, halted) VALUES (1, '');

-- The ledger's row that says a landing was about to be attempted.
ALTER TABLE landings ADD COLUMN entry bigint NOT NULL DEFAULT 0;

DROP TRIGGER ledger_append_only ON ledger;

-- +goose StatementBegin
CREATE FUNCTION ledger_loses_bodies_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF NEW.body = '' AND NEW.digest ~ '^[0-9a-f]{64}$' AND OLD.digest IN ('', NEW.digest)
        AND (NEW.id, NEW.kind, NEW.repo, NEW.pull, NEW.at) = (OLD.id, OLD.kind, OLD.repo, OLD.pull, OLD.at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the ledger is append-only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER ledger_loses_bodies_only BEFORE UPDATE ON ledger FOR EACH ROW EXECUTE FUNCTION ledger_loses_bodies_only();
CREATE TRIGGER ledger_append_only BEFORE DELETE OR TRUNCATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_hashes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_hashes
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_epochs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_epochs
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
