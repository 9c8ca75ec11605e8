-- People: accounts, roles, stand-ins, sessions, notices.
-- +goose Up

CREATE TABLE persons (
    id            TEXT    NOT NULL PRIMARY KEY,
    account       TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    organisation  TEXT    NOT NULL,
    disabled      INTEGER NOT NULL DEFAULT 0,
    password      TEXT    NOT NULL DEFAULT '', -- opaque hash, '' for none
    failed_logins INTEGER NOT NULL DEFAULT 0,
    locked_until  INTEGER
) STRICT;
CREATE UNIQUE INDEX persons_account ON persons (account);
CREATE INDEX persons_organisation ON persons (organisation, id);

CREATE TABLE grants (
    person TEXT NOT NULL REFERENCES persons (id),
    role   TEXT NOT NULL,
    system TEXT NOT NULL,
    PRIMARY KEY (person, role, system)
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_role ON grants (role, system, person);

CREATE TABLE stand_ins (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    principal  TEXT    NOT NULL REFERENCES persons (id),
    person     TEXT    NOT NULL REFERENCES persons (id),
    from_at    INTEGER NOT NULL,
    to_at      INTEGER NOT NULL,
    created_by TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX stand_ins_person ON stand_ins (person, to_at);
CREATE INDEX stand_ins_principal ON stand_ins (principal, to_at);

CREATE TABLE sessions (
    token      TEXT    NOT NULL PRIMARY KEY, -- SHA-256 of the token
    person     TEXT    NOT NULL REFERENCES persons (id),
    csrf       TEXT    NOT NULL,
    user_agent TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_person ON sessions (person);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE reminders (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket TEXT    NOT NULL REFERENCES tickets (number),
    person TEXT    NOT NULL, -- who reminded
    at     INTEGER NOT NULL
) STRICT;
CREATE INDEX reminders_ticket ON reminders (ticket, at);

CREATE TABLE notices (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    person  TEXT    NOT NULL, -- who should read it
    ticket  TEXT    NOT NULL REFERENCES tickets (number),
    kind    TEXT    NOT NULL,
    sender  TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    read_at INTEGER
) STRICT;
CREATE INDEX notices_person ON notices (person, id);
CREATE INDEX notices_unread ON notices (person, id) WHERE read_at IS NULL;
