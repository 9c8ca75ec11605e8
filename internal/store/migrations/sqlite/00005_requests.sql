-- Answers kept for repeated requests, and small settings with their history.
-- +goose Up

CREATE TABLE requests (
    person      TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    digest      TEXT    NOT NULL,
    status      INTEGER NOT NULL DEFAULT 0, -- HTTP status, 0 while in progress
    media_type  TEXT    NOT NULL DEFAULT '',
    body        BLOB,
    started_at  INTEGER NOT NULL,
    PRIMARY KEY (person, key)
) STRICT;
CREATE INDEX requests_started ON requests (started_at);

CREATE TABLE settings (
    name    TEXT    NOT NULL,
    version INTEGER NOT NULL,
    value   TEXT    NOT NULL,
    set_by  TEXT    NOT NULL,
    set_at  INTEGER NOT NULL,
    PRIMARY KEY (name, version)
) STRICT;
