-- +goose Up

-- The last tip of each guarded branch that the books can account for: what is there instead came in some other way.
CREATE TABLE tips (
    repo   bigint NOT NULL,
    branch text   NOT NULL,
    sha    text   NOT NULL,
    at     bigint NOT NULL,
    PRIMARY KEY (repo, branch)
);

-- What people must hear of, once each: mark tells one occurrence from the next. told_at is when the webhook took it.
CREATE TABLE alarms (
    id      bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind    text    NOT NULL,
    repo    bigint  NOT NULL,
    branch  text    NOT NULL,
    mark    text    NOT NULL,
    at      bigint  NOT NULL,
    told_at bigint  NOT NULL DEFAULT 0,
    tries   integer NOT NULL DEFAULT 0,
    body    text    NOT NULL,
    UNIQUE (kind, repo, branch, mark)
);
CREATE INDEX alarms_by_age ON alarms (at);

-- author is who opened the pull request; landed is what it became, once it has ended.
ALTER TABLE pulls ADD COLUMN author bigint NOT NULL DEFAULT 0;
ALTER TABLE pulls ADD COLUMN landed text NOT NULL DEFAULT '';
CREATE INDEX pulls_by_author ON pulls (author) WHERE open;
CREATE INDEX pulls_by_landed ON pulls (repo, landed) WHERE landed <> '';

-- rank 1 goes before rank 0, unless that one was overtaken too often.
ALTER TABLE turns ADD COLUMN rank integer NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN overtaken integer NOT NULL DEFAULT 0;

-- The code that a verified push asks for. It is no part of the body, which the ledger repeats, and goes when the prompt ends.
ALTER TABLE prompts ADD COLUMN code text NOT NULL DEFAULT '';
CREATE INDEX prompts_by_hour ON prompts (repo, asked_at);
