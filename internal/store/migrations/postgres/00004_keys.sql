-- Sealed keys of people with their certificates, and the sealed secrets of the certificate authority.
-- +goose Up

CREATE TABLE person_keys (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person      TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
    version     BIGINT NOT NULL,
    serial      TEXT COLLATE "C" NOT NULL,
    sealed      BYTEA NOT NULL,
    certificate BYTEA NOT NULL,
    status      TEXT COLLATE "C" NOT NULL,
    failed_pins BIGINT NOT NULL DEFAULT 0,
    locked_at   BIGINT,
    created_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX person_keys_version ON person_keys (person, version);
CREATE UNIQUE INDEX person_keys_serial ON person_keys (serial);
-- One key of a person signs at a time.
CREATE UNIQUE INDEX person_keys_active ON person_keys (person) WHERE status = 'active';

CREATE TABLE secrets (
    name       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    data       BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
