-- The audit chains. Triggers refuse every change of what was written: a second wall behind the hash chain.
-- +goose Up

CREATE TABLE audit_entries (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chain        TEXT COLLATE "C" NOT NULL,
    seq          BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    action       TEXT COLLATE "C" NOT NULL,
    outcome      TEXT COLLATE "C" NOT NULL,
    code         TEXT COLLATE "C" NOT NULL,
    person       TEXT COLLATE "C" NOT NULL,
    on_behalf_of TEXT COLLATE "C" NOT NULL,
    party        TEXT COLLATE "C" NOT NULL,
    organisation TEXT COLLATE "C" NOT NULL,
    detail       TEXT COLLATE "C" NOT NULL,
    prev         TEXT COLLATE "C" NOT NULL,
    hash         TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX audit_entries_chain ON audit_entries (chain, seq);

-- The last entry of each chain, and up to where a signed checkpoint covers it.
CREATE TABLE audit_heads (
    chain  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    seq    BIGINT NOT NULL DEFAULT 0,
    hash   TEXT COLLATE "C" NOT NULL DEFAULT '',
    sealed BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX audit_heads_open ON audit_heads (chain) WHERE seq > sealed;
INSERT INTO audit_heads (chain) VALUES ('system');

-- prev is unique, so that checkpoints form one line.
CREATE TABLE audit_checkpoints (
    id    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at    BIGINT NOT NULL,
    prev  TEXT COLLATE "C" NOT NULL,
    body  TEXT COLLATE "C" NOT NULL,
    cms   BYTEA NOT NULL,
    heads BIGINT NOT NULL
);
CREATE UNIQUE INDEX audit_checkpoints_prev ON audit_checkpoints (prev);

-- +goose StatementBegin
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: audit rows are never changed', TG_OP, TG_TABLE_NAME;
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_entries_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_checkpoints_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_heads_fixed BEFORE DELETE OR TRUNCATE ON audit_heads
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_heads_forward BEFORE UPDATE ON audit_heads
    FOR EACH ROW WHEN (NEW.chain <> OLD.chain OR NEW.seq < OLD.seq OR NEW.sealed < OLD.sealed)
    EXECUTE FUNCTION audit_refuse();
