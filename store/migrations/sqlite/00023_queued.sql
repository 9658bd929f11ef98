-- +goose Up

-- The head of the group that GitHub's merge queue built for a pull request, so that checks on it find the pull request.
ALTER TABLE pulls ADD COLUMN grouped text NOT NULL DEFAULT '';
CREATE INDEX pulls_by_group ON pulls (grouped) WHERE open;
