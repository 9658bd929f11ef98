-- +goose Up

-- Pull requests that land by one movement of a branch. The epoch is that of the turn under which the batch was formed.
CREATE TABLE batches (
    id     integer PRIMARY KEY,
    repo   integer NOT NULL,
    branch text    NOT NULL,
    head   text    NOT NULL,
    state  text    NOT NULL,
    body   text    NOT NULL,
    UNIQUE (repo, head)
);
CREATE INDEX batches_by_branch ON batches (repo, branch, id);
-- One batch at a time is made ready on a branch.
CREATE UNIQUE INDEX batches_open ON batches (repo, branch) WHERE state IN ('forming', 'testing', 'asking');

CREATE TABLE batch_members (
    batch  integer NOT NULL,
    repo   integer NOT NULL,
    number integer NOT NULL,
    PRIMARY KEY (repo, number, batch)
);

-- The other pull requests that an answer about a batch speaks of.
CREATE TABLE prompt_covers (
    prompt integer NOT NULL,
    repo   integer NOT NULL,
    number integer NOT NULL,
    PRIMARY KEY (repo, number, prompt)
);
