-- The audit chains. Triggers refuse every change of what was written: a second wall behind the hash chain.
-- +goose Up

CREATE TABLE audit_entries (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    chain        TEXT    NOT NULL,
    seq          INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    action       TEXT    NOT NULL,
    outcome      TEXT    NOT NULL,
    code         TEXT    NOT NULL,
    person       TEXT    NOT NULL,
    on_behalf_of TEXT    NOT NULL,
    party        TEXT    NOT NULL,
    organisation TEXT    NOT NULL,
    detail       TEXT    NOT NULL,
    prev         TEXT    NOT NULL,
    hash         TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX audit_entries_chain ON audit_entries (chain, seq);

-- The last entry of each chain, and up to where a signed checkpoint covers it.
CREATE TABLE audit_heads (
    chain  TEXT    NOT NULL PRIMARY KEY,
    seq    INTEGER NOT NULL DEFAULT 0,
    hash   TEXT    NOT NULL DEFAULT '',
    sealed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX audit_heads_open ON audit_heads (chain) WHERE seq > sealed;
INSERT INTO audit_heads (chain) VALUES ('system');

-- prev is unique, so that checkpoints form one line.
CREATE TABLE audit_checkpoints (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    at    INTEGER NOT NULL,
    prev  TEXT    NOT NULL,
    body  TEXT    NOT NULL,
    cms   BLOB    NOT NULL,
    heads INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX audit_checkpoints_prev ON audit_checkpoints (prev);

-- +goose StatementBegin
CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit entries are never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_checkpoints_no_update BEFORE UPDATE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'audit checkpoints are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_checkpoints_no_delete BEFORE DELETE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'audit checkpoints are never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_heads_no_delete BEFORE DELETE ON audit_heads
BEGIN SELECT RAISE(ABORT, 'audit chains are never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_heads_forward BEFORE UPDATE ON audit_heads
WHEN NEW.chain <> OLD.chain OR NEW.seq < OLD.seq OR NEW.sealed < OLD.sealed
BEGIN SELECT RAISE(ABORT, 'audit chains only grow'); END;
-- +goose StatementEnd
