-- +goose Up

-- The database's clock in microseconds. Order and expiry are judged by it, never by a replica's own clock.
-- +goose StatementBegin
CREATE FUNCTION sallyport_now() RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint $$;
-- +goose StatementEnd

CREATE TABLE repos (
    id             bigint  PRIMARY KEY,
    node_id        text    NOT NULL DEFAULT '',
    owner          text    NOT NULL DEFAULT '',
    name           text    NOT NULL DEFAULT '',
    default_branch text    NOT NULL DEFAULT '',
    installation   bigint  NOT NULL DEFAULT 0,
    gone           boolean NOT NULL DEFAULT false,
    changed_at     bigint  NOT NULL DEFAULT 0
);
CREATE INDEX repos_by_name ON repos (lower(owner), lower(name));

-- generation counts what happened to a pull request; handled is the generation that the last finished pass began with.
-- head and branch are as the last pass read them, hint is the head that the last pull_request delivery named. touched
-- names what raised the generation last, so that the statements after it in the transaction find exactly its rows.
CREATE TABLE pulls (
    repo       bigint  NOT NULL,
    number     integer NOT NULL,
    open       boolean NOT NULL DEFAULT true,
    head       text    NOT NULL DEFAULT '',
    hint       text    NOT NULL DEFAULT '',
    branch     text    NOT NULL DEFAULT '',
    generation bigint  NOT NULL DEFAULT 0,
    handled    bigint  NOT NULL DEFAULT 0,
    touched    text    NOT NULL DEFAULT '',
    fresh      bigint  NOT NULL DEFAULT 0,
    failures   integer NOT NULL DEFAULT 0,
    error      text    NOT NULL DEFAULT '',
    error_at   bigint  NOT NULL DEFAULT 0,
    print      text    NOT NULL DEFAULT '',
    record     text    NOT NULL DEFAULT '',
    light      text    NOT NULL DEFAULT '',
    saved_at   bigint  NOT NULL DEFAULT 0,
    PRIMARY KEY (repo, number)
) WITH (fillfactor = 70);
CREATE INDEX pulls_by_head ON pulls (head) WHERE open;
CREATE INDEX pulls_by_hint ON pulls (hint) WHERE open;

CREATE TABLE inbox (
    id           text   PRIMARY KEY,
    event        text   NOT NULL,
    action       text   NOT NULL,
    installation bigint NOT NULL,
    news         text   NOT NULL,
    payload      bytea,
    at           bigint NOT NULL,
    received_at  bigint NOT NULL
);
CREATE INDEX inbox_by_age ON inbox (received_at);

-- A server built without lz4 keeps its default compression, which only costs time.
-- +goose StatementBegin
DO $$ BEGIN
    ALTER TABLE inbox ALTER COLUMN payload SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;
-- +goose StatementEnd

-- What no pass has handled yet: a row goes when a pass that saw it has finished.
CREATE TABLE news (
    repo       bigint  NOT NULL,
    number     integer NOT NULL,
    generation bigint  NOT NULL,
    delivery   text    NOT NULL,
    PRIMARY KEY (repo, number, delivery)
);
CREATE INDEX news_by_delivery ON news (delivery);

-- account_id 0 marks a SHA that several people pushed: the store then cannot say who.
CREATE TABLE pushes (
    repo       bigint NOT NULL,
    sha        text   NOT NULL,
    account_id bigint NOT NULL,
    account    text   NOT NULL,
    at         bigint NOT NULL,
    PRIMARY KEY (repo, sha)
);

CREATE TABLE redeliveries (
    guid text   PRIMARY KEY,
    at   bigint NOT NULL
);

CREATE TABLE prompts (
    id       bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repo     bigint  NOT NULL,
    number   integer NOT NULL,
    duo_user text    NOT NULL,
    bound    text    NOT NULL,
    request  text    NOT NULL,
    state    text    NOT NULL,
    txid     text    NOT NULL,
    owner    text    NOT NULL,
    asked_at bigint  NOT NULL,
    ended_at bigint  NOT NULL DEFAULT 0,
    retry_at bigint  NOT NULL DEFAULT 0,
    body     text    NOT NULL
);
CREATE INDEX prompts_by_pull ON prompts (repo, number);
CREATE INDEX prompts_by_user ON prompts (duo_user, bound);
-- The last line of defence for "one push at a time per person".
CREATE UNIQUE INDEX prompts_pending ON prompts (duo_user) WHERE state IN ('intended', 'open');

CREATE TABLE branches (
    repo    bigint  NOT NULL,
    branch  text    NOT NULL,
    epoch   bigint  NOT NULL DEFAULT 0,
    holder  integer NOT NULL DEFAULT 0,
    expires bigint  NOT NULL DEFAULT 0,
    PRIMARY KEY (repo, branch)
);

CREATE TABLE turns (
    repo   bigint  NOT NULL,
    branch text    NOT NULL,
    number integer NOT NULL,
    since  bigint  NOT NULL,
    seen   bigint  NOT NULL,
    PRIMARY KEY (repo, branch, number)
);
CREATE INDEX turns_by_pull ON turns (repo, number);

CREATE TABLE landings (
    id       bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repo     bigint  NOT NULL,
    number   integer NOT NULL,
    state    text    NOT NULL,
    at       bigint  NOT NULL,
    ended_at bigint  NOT NULL DEFAULT 0,
    body     text    NOT NULL
);
CREATE INDEX landings_by_pull ON landings (repo, number);
-- The last line of defence for "never merge twice".
CREATE UNIQUE INDEX landings_open ON landings (repo, number) WHERE state = '';

CREATE TABLE freezes (
    id        bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repo      bigint  NOT NULL,
    branch    text    NOT NULL,
    number    integer NOT NULL,
    code      text    NOT NULL,
    lifted_at bigint  NOT NULL DEFAULT 0,
    body      text    NOT NULL
);
CREATE UNIQUE INDEX freezes_standing ON freezes (repo, branch, number, code) WHERE lifted_at = 0;

-- The ids are given out one by one while the ledger is locked: a reader never finds a row where it saw none before.
CREATE TABLE ledger (
    id   bigint  PRIMARY KEY,
    kind text    NOT NULL,
    repo bigint  NOT NULL,
    pull integer NOT NULL,
    at   bigint  NOT NULL,
    body text    NOT NULL
);
CREATE INDEX ledger_by_pull ON ledger (repo, pull, id);

-- +goose StatementBegin
CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$;
-- +goose StatementEnd
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
