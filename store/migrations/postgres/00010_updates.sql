-- +goose Up

-- Which pull requests a tip of a branch was the reason to bring up to date: one tip is for a few of them at most.
CREATE TABLE updates (
    repo   bigint NOT NULL,
    branch text NOT NULL,
    base   text NOT NULL,
    number bigint NOT NULL,
    at     bigint NOT NULL,
    PRIMARY KEY (repo, branch, base, number)
);
