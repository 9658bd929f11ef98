-- +goose Up

-- What an open pull request is judged and landed by that its repository does not hold, and what that lacks: "|name|" each,
-- in lower case, so that a change to a file which its owner shares can be tried on it.
ALTER TABLE pulls ADD COLUMN borrows text NOT NULL DEFAULT '';
CREATE INDEX pulls_by_borrows ON pulls (repo, number) WHERE open AND borrows <> '';
