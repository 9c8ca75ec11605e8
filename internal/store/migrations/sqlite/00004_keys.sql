-- Sealed keys of people with their certificates, and the sealed secrets of the certificate authority.
-- +goose Up

CREATE TABLE person_keys (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    person      TEXT    NOT NULL REFERENCES persons (id),
    version     INTEGER NOT NULL,
    serial      TEXT    NOT NULL,
    sealed      BLOB    NOT NULL,
    certificate BLOB    NOT NULL,
    status      TEXT    NOT NULL,
    failed_pins INTEGER NOT NULL DEFAULT 0,
    locked_at   INTEGER,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX person_keys_version ON person_keys (person, version);
CREATE UNIQUE INDEX person_keys_serial ON person_keys (serial);
-- One key of a person signs at a time.
CREATE UNIQUE INDEX person_keys_active ON person_keys (person) WHERE status = 'active';

CREATE TABLE secrets (
    name       TEXT    NOT NULL PRIMARY KEY,
    data       BLOB    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
