-- Tickets and everything that belongs to one ticket. Times are Unix milliseconds, JSON is kept as the text that was
-- hashed. The commit that ends a migration is the commit that records it.
-- +goose Up

-- closed repeats what the state says, render_due is set while the Word form is out of date, signed counts signatures.
CREATE TABLE tickets (
    number      TEXT    NOT NULL PRIMARY KEY,
    process     TEXT    NOT NULL,
    contract    TEXT    NOT NULL,
    system      TEXT    NOT NULL,
    title       TEXT    NOT NULL,
    search      TEXT    NOT NULL, -- number and title in lower case
    state       TEXT    NOT NULL,
    closed      INTEGER NOT NULL DEFAULT 0,
    step        TEXT    NOT NULL DEFAULT '',
    revision    INTEGER NOT NULL,
    drafter     TEXT    NOT NULL,
    version     INTEGER NOT NULL DEFAULT 0,
    chain       TEXT    NOT NULL DEFAULT '[]',
    progress    TEXT    NOT NULL DEFAULT '',
    due_at      INTEGER,
    open_tasks  INTEGER NOT NULL DEFAULT 0,
    signed      INTEGER NOT NULL DEFAULT 0,
    render_due  INTEGER,
    render_mark INTEGER NOT NULL DEFAULT 0,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX tickets_updated ON tickets (updated_at, number);
CREATE INDEX tickets_state ON tickets (state, updated_at, number);
CREATE INDEX tickets_system ON tickets (system, updated_at, number);
CREATE INDEX tickets_process ON tickets (process, updated_at, number);
CREATE INDEX tickets_running ON tickets (number) WHERE version > 0 AND closed = FALSE;
CREATE INDEX tickets_render ON tickets (render_due) WHERE render_due IS NOT NULL;

-- The row lock of a counter is what keeps numbers without gaps: it is taken in the transaction that makes the ticket.
CREATE TABLE ticket_counters (
    prefix TEXT    NOT NULL,
    year   INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    PRIMARY KEY (prefix, year)
) STRICT, WITHOUT ROWID;

-- Who has to do with a ticket: drafter (wrote a revision, or was stood in for), done (acted on it), cc.
CREATE TABLE ticket_people (
    person   TEXT NOT NULL,
    relation TEXT NOT NULL,
    ticket   TEXT NOT NULL REFERENCES tickets (number),
    PRIMARY KEY (person, relation, ticket)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_people_ticket ON ticket_people (ticket, relation, person);

CREATE TABLE revisions (
    ticket          TEXT    NOT NULL REFERENCES tickets (number),
    n               INTEGER NOT NULL,
    canonical       BLOB    NOT NULL,
    sha256          TEXT    NOT NULL,
    form_version    TEXT    NOT NULL,
    template_sha256 TEXT    NOT NULL DEFAULT '',
    document_name   TEXT    NOT NULL DEFAULT '',
    document_sha256 TEXT    NOT NULL DEFAULT '',
    attachments     TEXT    NOT NULL DEFAULT '[]',
    created_by      TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    frozen_by       TEXT    NOT NULL DEFAULT '', -- the command that submits it
    submitted_at    INTEGER,
    PRIMARY KEY (ticket, n)
) STRICT;

CREATE TABLE transitions (
    ticket  TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    version INTEGER NOT NULL,
    due_at  INTEGER,
    at      INTEGER NOT NULL,
    PRIMARY KEY (ticket, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tasks (
    ticket       TEXT    NOT NULL,
    n            INTEGER NOT NULL,
    system       TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    step         TEXT    NOT NULL,
    party        TEXT    NOT NULL,
    organisation TEXT    NOT NULL,
    role         TEXT    NOT NULL,
    person       TEXT    NOT NULL,
    due_at       INTEGER,
    PRIMARY KEY (ticket, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX tasks_role ON tasks (role, organisation, system) WHERE person = '';
CREATE INDEX tasks_person ON tasks (person) WHERE person <> '';

-- counted_at is the version of the ticket at which the signature counted; refusal the code when it did not.
CREATE TABLE signatures (
    id           TEXT    NOT NULL PRIMARY KEY,
    ticket       TEXT    NOT NULL REFERENCES tickets (number),
    seq          INTEGER NOT NULL,
    revision     INTEGER NOT NULL,
    step         TEXT    NOT NULL,
    party        TEXT    NOT NULL,
    organisation TEXT    NOT NULL,
    person       TEXT    NOT NULL,
    on_behalf_of TEXT    NOT NULL DEFAULT '',
    decision     TEXT    NOT NULL,
    opinion      TEXT    NOT NULL,
    status       TEXT    NOT NULL,
    refusal      TEXT    NOT NULL DEFAULT '',
    counted_at   INTEGER,
    signed_at    INTEGER NOT NULL,
    statement    BLOB    NOT NULL,
    cms          BLOB    NOT NULL,
    certificate  BLOB    NOT NULL,
    picture      BLOB
) STRICT;
CREATE UNIQUE INDEX signatures_seq ON signatures (ticket, seq);

CREATE TABLE records (
    ticket  TEXT    NOT NULL REFERENCES tickets (number),
    id      TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    body    TEXT    NOT NULL,
    person  TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    counted INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (ticket, id)
) STRICT;

-- The outbox: what the API is about to tell a workflow. A command is applied once a transition bears its ID.
CREATE TABLE commands (
    id         TEXT    NOT NULL PRIMARY KEY,
    ticket     TEXT    NOT NULL REFERENCES tickets (number),
    name       TEXT    NOT NULL,
    payload    BLOB    NOT NULL,
    signature  TEXT    NOT NULL DEFAULT '',
    status     TEXT    NOT NULL DEFAULT 'staged', -- staged, applied, refused
    refusal    TEXT    NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX commands_staged ON commands (created_at, id) WHERE status = 'staged';

CREATE TABLE attachments (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket      TEXT    NOT NULL REFERENCES tickets (number),
    field       TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    media_type  TEXT    NOT NULL,
    size        INTEGER NOT NULL,
    sha256      TEXT    NOT NULL,
    uploaded_by TEXT    NOT NULL,
    uploaded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX attachments_ticket ON attachments (ticket, id);

CREATE TABLE documents (
    ticket     TEXT    NOT NULL REFERENCES tickets (number),
    name       TEXT    NOT NULL,
    revision   INTEGER NOT NULL,
    media_type TEXT    NOT NULL,
    sha256     TEXT    NOT NULL,
    size       INTEGER NOT NULL,
    pending    INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (ticket, name)
) STRICT;
