-- +goose Up

-- Whether it can wait to be told that its target moved. The next pass says so.
ALTER TABLE pulls ADD COLUMN calm boolean NOT NULL DEFAULT false;
