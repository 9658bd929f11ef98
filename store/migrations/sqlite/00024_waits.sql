-- +goose Up

-- Which open pull requests wait for which others to land, so that a landing wakes those that wait for it.
CREATE TABLE waits (
    repo      integer NOT NULL,
    number    integer NOT NULL,
    on_repo   integer NOT NULL,
    on_number integer NOT NULL,
    PRIMARY KEY (repo, number, on_repo, on_number)
);
CREATE INDEX waits_by_other ON waits (on_repo, on_number);
