-- +goose Up

-- Which open pull requests wait for which others to land, so that a landing wakes those that wait for it.
CREATE TABLE waits (
    repo      bigint NOT NULL,
    number    bigint NOT NULL,
    on_repo   bigint NOT NULL,
    on_number bigint NOT NULL,
    PRIMARY KEY (repo, number, on_repo, on_number)
);
CREATE INDEX waits_by_other ON waits (on_repo, on_number);
