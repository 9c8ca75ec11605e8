-- People: accounts, roles, stand-ins, sessions, notices.
-- +goose Up

CREATE TABLE persons (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account       TEXT COLLATE "C" NOT NULL,
    name          TEXT COLLATE "C" NOT NULL,
    organisation  TEXT COLLATE "C" NOT NULL,
    disabled      BOOLEAN NOT NULL DEFAULT FALSE,
    password      TEXT COLLATE "C" NOT NULL DEFAULT '', -- opaque hash, '' for none
    failed_logins BIGINT NOT NULL DEFAULT 0,
    locked_until  BIGINT
);
CREATE UNIQUE INDEX persons_account ON persons (account);
CREATE INDEX persons_organisation ON persons (organisation, id);

CREATE TABLE grants (
    person TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
    role   TEXT COLLATE "C" NOT NULL,
    system TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (person, role, system)
);
CREATE INDEX grants_role ON grants (role, system, person);

CREATE TABLE stand_ins (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    principal  TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
    person     TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
    from_at    BIGINT NOT NULL,
    to_at      BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX stand_ins_person ON stand_ins (person, to_at);
CREATE INDEX stand_ins_principal ON stand_ins (principal, to_at);

CREATE TABLE sessions (
    token      TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- SHA-256 of the token
    person     TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
    csrf       TEXT COLLATE "C" NOT NULL,
    user_agent TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_person ON sessions (person);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE reminders (
    id     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket TEXT COLLATE "C" NOT NULL REFERENCES tickets (number),
    person TEXT COLLATE "C" NOT NULL, -- who reminded
    at     BIGINT NOT NULL
);
CREATE INDEX reminders_ticket ON reminders (ticket, at);

CREATE TABLE notices (
    id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person  TEXT COLLATE "C" NOT NULL, -- who should read it
    ticket  TEXT COLLATE "C" NOT NULL REFERENCES tickets (number),
    kind    TEXT COLLATE "C" NOT NULL,
    sender  TEXT COLLATE "C" NOT NULL,
    at      BIGINT NOT NULL,
    read_at BIGINT
);
CREATE INDEX notices_person ON notices (person, id);
CREATE INDEX notices_unread ON notices (person, id) WHERE read_at IS NULL;
