-- Answers kept for repeated requests, and small settings with their history.
-- +goose Up

CREATE TABLE requests (
    person      TEXT COLLATE "C" NOT NULL,
    key         TEXT COLLATE "C" NOT NULL,
    digest      TEXT COLLATE "C" NOT NULL,
    status      BIGINT NOT NULL DEFAULT 0, -- HTTP status, 0 while in progress
    media_type  TEXT COLLATE "C" NOT NULL DEFAULT '',
    body        BYTEA,
    started_at  BIGINT NOT NULL,
    PRIMARY KEY (person, key)
);
CREATE INDEX requests_started ON requests (started_at);

CREATE TABLE settings (
    name    TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    value   TEXT COLLATE "C" NOT NULL,
    set_by  TEXT COLLATE "C" NOT NULL,
    set_at  BIGINT NOT NULL,
    PRIMARY KEY (name, version)
);
