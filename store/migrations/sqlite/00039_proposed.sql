-- +goose Up

-- Pushes that brought commits of a pull request, for as long as it could land: whoever pushed one of them does not approve it.
-- repo is where the push went, which for a fork is not the pull request's.
CREATE TABLE proposed (
    repo   integer NOT NULL,
    sha    text    NOT NULL,
    target integer NOT NULL,
    number integer NOT NULL,
    PRIMARY KEY (repo, sha, target, number)
);
