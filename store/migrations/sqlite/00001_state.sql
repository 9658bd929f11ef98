-- +goose Up

CREATE TABLE repos (
    id             integer PRIMARY KEY,
    node_id        text    NOT NULL DEFAULT '',
    owner          text    NOT NULL DEFAULT '',
    name           text    NOT NULL DEFAULT '',
    default_branch text    NOT NULL DEFAULT '',
    installation   integer NOT NULL DEFAULT 0,
    gone           boolean NOT NULL DEFAULT false,
    changed_at     integer NOT NULL DEFAULT 0
);
CREATE INDEX repos_by_name ON repos (lower(owner), lower(name));

-- generation counts what happened to a pull request; handled is the generation that the last finished pass began with.
-- head and branch are as the last pass read them, hint is the head that the last pull_request delivery named. touched
-- names what raised the generation last, so that the statements after it in the transaction find exactly its rows.
CREATE TABLE pulls (
    repo       integer NOT NULL,
    number     integer NOT NULL,
    open       boolean NOT NULL DEFAULT true,
    head       text    NOT NULL DEFAULT '',
    hint       text    NOT NULL DEFAULT '',
    branch     text    NOT NULL DEFAULT '',
    generation integer NOT NULL DEFAULT 0,
    handled    integer NOT NULL DEFAULT 0,
    touched    text    NOT NULL DEFAULT '',
    fresh      integer NOT NULL DEFAULT 0,
    failures   integer NOT NULL DEFAULT 0,
    error      text    NOT NULL DEFAULT '',
    error_at   integer NOT NULL DEFAULT 0,
    print      text    NOT NULL DEFAULT '',
    record     text    NOT NULL DEFAULT '',
    light      text    NOT NULL DEFAULT '',
    saved_at   integer NOT NULL DEFAULT 0,
    PRIMARY KEY (repo, number)
);
CREATE INDEX pulls_by_head ON pulls (head) WHERE open;
CREATE INDEX pulls_by_hint ON pulls (hint) WHERE open;

CREATE TABLE inbox (
    id           text   PRIMARY KEY,
    event        text   NOT NULL,
    action       text   NOT NULL,
    installation integer NOT NULL,
    news         text   NOT NULL,
    payload      blob,
    at           integer NOT NULL,
    received_at  integer NOT NULL
);
CREATE INDEX inbox_by_age ON inbox (received_at);

-- What no pass has handled yet: a row goes when a pass that saw it has finished.
CREATE TABLE news (
    repo       integer NOT NULL,
    number     integer NOT NULL,
    generation integer NOT NULL,
    delivery   text    NOT NULL,
    PRIMARY KEY (repo, number, delivery)
);
CREATE INDEX news_by_delivery ON news (delivery);

-- account_id 0 marks a SHA that several people pushed: the store then cannot say who.
CREATE TABLE pushes (
    repo       integer NOT NULL,
    sha        text   NOT NULL,
    account_id integer NOT NULL,
    account    text   NOT NULL,
    at         integer NOT NULL,
    PRIMARY KEY (repo, sha)
);

CREATE TABLE redeliveries (
    guid text   PRIMARY KEY,
    at   integer NOT NULL
);

CREATE TABLE prompts (
    id       integer PRIMARY KEY AUTOINCREMENT,
    repo     integer NOT NULL,
    number   integer NOT NULL,
    duo_user text    NOT NULL,
    bound    text    NOT NULL,
    request  text    NOT NULL,
    state    text    NOT NULL,
    txid     text    NOT NULL,
    owner    text    NOT NULL,
    asked_at integer NOT NULL,
    ended_at integer NOT NULL DEFAULT 0,
    retry_at integer NOT NULL DEFAULT 0,
    body     text    NOT NULL
);
CREATE INDEX prompts_by_pull ON prompts (repo, number);
CREATE INDEX prompts_by_user ON prompts (duo_user, bound);
-- The last line of defence for "one push at a time per person".
CREATE UNIQUE INDEX prompts_pending ON prompts (duo_user) WHERE state IN ('intended', 'open');

CREATE TABLE branches (
    repo    integer NOT NULL,
    branch  text    NOT NULL,
    epoch   integer NOT NULL DEFAULT 0,
    holder  integer NOT NULL DEFAULT 0,
    expires integer NOT NULL DEFAULT 0,
    PRIMARY KEY (repo, branch)
);

CREATE TABLE turns (
    repo   integer NOT NULL,
    branch text    NOT NULL,
    number integer NOT NULL,
    since  integer NOT NULL,
    seen   integer NOT NULL,
    PRIMARY KEY (repo, branch, number)
);
CREATE INDEX turns_by_pull ON turns (repo, number);

CREATE TABLE landings (
    id       integer PRIMARY KEY AUTOINCREMENT,
    repo     integer NOT NULL,
    number   integer NOT NULL,
    state    text    NOT NULL,
    at       integer NOT NULL,
    ended_at integer NOT NULL DEFAULT 0,
    body     text    NOT NULL
);
CREATE INDEX landings_by_pull ON landings (repo, number);
-- The last line of defence for "never merge twice".
CREATE UNIQUE INDEX landings_open ON landings (repo, number) WHERE state = '';

CREATE TABLE freezes (
    id        integer PRIMARY KEY AUTOINCREMENT,
    repo      integer NOT NULL,
    branch    text    NOT NULL,
    number    integer NOT NULL,
    code      text    NOT NULL,
    lifted_at integer NOT NULL DEFAULT 0,
    body      text    NOT NULL
);
CREATE UNIQUE INDEX freezes_standing ON freezes (repo, branch, number, code) WHERE lifted_at = 0;

-- The ids are given out one by one while the ledger is locked: a reader never finds a row where it saw none before.
CREATE TABLE ledger (
    id   integer PRIMARY KEY,
    kind text    NOT NULL,
    repo integer NOT NULL,
    pull integer NOT NULL,
    at   integer NOT NULL,
    body text    NOT NULL
);
CREATE INDEX ledger_by_pull ON ledger (repo, pull, id);

-- +goose StatementBegin
CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
-- +goose StatementEnd
