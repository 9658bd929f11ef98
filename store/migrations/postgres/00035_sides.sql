-- +goose Up

-- Branches of ours beside a target branch, from before they are made until they are seen to be gone. The epoch is that of
-- the turn under which they were made.
CREATE TABLE sides (
    repo   bigint  NOT NULL,
    name   text    NOT NULL,
    branch text    NOT NULL,
    leader integer NOT NULL,
    epoch  bigint  NOT NULL,
    sha    text    NOT NULL,
    head   text    NOT NULL,
    PRIMARY KEY (repo, name)
);
