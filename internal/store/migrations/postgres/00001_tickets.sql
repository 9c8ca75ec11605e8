-- Tickets and everything that belongs to one ticket. Times are Unix milliseconds, JSON is kept as the text that was
-- hashed. The commit that ends a migration is the commit that records it.
-- +goose Up

-- closed repeats what the state says, render_due is set while the Word form is out of date, signed counts signatures.
CREATE TABLE tickets (
    number      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    process     TEXT COLLATE "C" NOT NULL,
    contract    TEXT COLLATE "C" NOT NULL,
    system      TEXT COLLATE "C" NOT NULL,
    title       TEXT COLLATE "C" NOT NULL,
    search      TEXT COLLATE "C" NOT NULL, -- number and title in lower case
    state       TEXT COLLATE "C" NOT NULL,
    closed      BOOLEAN NOT NULL DEFAULT FALSE,
    step        TEXT COLLATE "C" NOT NULL DEFAULT '',
    revision    BIGINT NOT NULL,
    drafter     TEXT COLLATE "C" NOT NULL,
    version     BIGINT NOT NULL DEFAULT 0,
    chain       TEXT COLLATE "C" NOT NULL DEFAULT '[]',
    progress    TEXT COLLATE "C" NOT NULL DEFAULT '',
    due_at      BIGINT,
    open_tasks  BIGINT NOT NULL DEFAULT 0,
    signed      BIGINT NOT NULL DEFAULT 0,
    render_due  BIGINT,
    render_mark BIGINT NOT NULL DEFAULT 0,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
CREATE INDEX tickets_updated ON tickets (updated_at, number);
CREATE INDEX tickets_state ON tickets (state, updated_at, number);
CREATE INDEX tickets_system ON tickets (system, updated_at, number);
CREATE INDEX tickets_process ON tickets (process, updated_at, number);
CREATE INDEX tickets_running ON tickets (number) WHERE version > 0 AND closed = FALSE;
CREATE INDEX tickets_render ON tickets (render_due) WHERE render_due IS NOT NULL;

-- The row lock of a counter is what keeps numbers without gaps: it is taken in the transaction that makes the ticket.
CREATE TABLE ticket_counters (
    prefix TEXT COLLATE "C" NOT NULL,
    year   BIGINT NOT NULL,
    last   BIGINT NOT NULL,
    PRIMARY KEY (prefix, year)
);

-- Who has to do with a ticket: drafter (wrote a revision, or was stood in for), done (acted on it), cc.
CREATE TABLE ticket_people (
    person   TEXT COLLATE "C" NOT NULL,
    relation TEXT COLLATE "C" NOT NULL,
    ticket   TEXT COLLATE "C" NOT NULL REFERENCES tickets (number),
    PRIMARY KEY (person, relation, ticket)
);
CREATE INDEX ticket_people_ticket ON ticket_people (ticket, relation, person);

CREATE TABLE revisions (
    ticket          TEXT COLLATE "C" NOT NULL REFERENCES tickets (number),
    n               BIGINT NOT NULL,
    canonical       BYTEA NOT NULL,
    sha256          TEXT COLLATE "C" NOT NULL,
    form_version    TEXT COLLATE "C" NOT NULL,
    template_sha256 TEXT COLLATE "C" NOT NULL DEFAULT '',
    document_name   TEXT COLLATE "C" NOT NULL DEFAULT '',
    document_sha256 TEXT COLLATE "C" NOT NULL DEFAULT '',
    attachments     TEXT COLLATE "C" NOT NULL DEFAULT '[]',
    created_by      TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL,
    frozen_by       TEXT COLLATE "C" NOT NULL DEFAULT '', -- the command that submits it
    submitted_at    BIGINT,
    PRIMARY KEY (ticket, n)
);

CREATE TABLE transitions (
    ticket  TEXT COLLATE "C" NOT NULL,
    id      TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    due_at  BIGINT,
    at      BIGINT NOT NULL,
    PRIMARY KEY (ticket, id)
);

CREATE TABLE tasks (
    ticket       TEXT COLLATE "C" NOT NULL,
    n            BIGINT NOT NULL,
    system       TEXT COLLATE "C" NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    step         TEXT COLLATE "C" NOT NULL,
    party        TEXT COLLATE "C" NOT NULL,
    organisation TEXT COLLATE "C" NOT NULL,
    role         TEXT COLLATE "C" NOT NULL,
    person       TEXT COLLATE "C" NOT NULL,
    due_at       BIGINT,
    PRIMARY KEY (ticket, n)
);
CREATE INDEX tasks_role ON tasks (role, organisation, system) WHERE person = '';
CREATE INDEX tasks_person ON tasks (person) WHERE person <> '';

-- counted_at is the version of the ticket at which the signature counted; refusal the code when it did not.
CREATE TABLE signatures (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    ticket       TEXT COLLATE "C" NOT NULL REFERENCES tickets (number),
    seq          BIGINT NOT NULL,
    revision     BIGINT NOT NULL,
    step         TEXT COLLATE "C" NOT NULL,
    party        TEXT COLLATE "C" NOT NULL,
    organisation TEXT COLLATE "C" NOT NULL,
    person       TEXT COLLATE "C" NOT NULL,
    on_behalf_of TEXT COLLATE "C" NOT NULL DEFAULT '',
    decision     TEXT COLLATE "C" NOT NULL,
    opinion      TEXT COLLATE "C" NOT NULL,
    status       TEXT COLLATE "C" NOT NULL,
    refusal      TEXT COLLATE "C" NOT NULL DEFAULT '',
    counted_at   BIGINT,
    signed_at    BIGINT NOT NULL,
    statement    BYTEA NOT NULL,
    cms          BYTEA NOT NULL,
    certificate  BYTEA NOT NULL,
    picture      BYTEA
);
CREATE UNIQUE INDEX signatures_seq ON signatures (ticket, seq);

CREATE TABLE records (
    ticket  TEXT COLLATE "C" NOT NULL REFERENCES tickets (number),
    id      TEXT COLLATE "C" NOT NULL,
    kind    TEXT COLLATE "C" NOT NULL,
    body    TEXT COLLATE "C" NOT NULL,
    person  TEXT COLLATE "C" NOT NULL,
    at      BIGINT NOT NULL,
    counted BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (ticket, id)
);

-- The outbox: what the API is about to tell a workflow. A command is applied once a transition bears its ID.
CREATE TABLE commands (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    ticket     TEXT COLLATE "C" NOT NULL REFERENCES tickets (number),
    name       TEXT COLLATE "C" NOT NULL,
    payload    BYTEA NOT NULL,
    signature  TEXT COLLATE "C" NOT NULL DEFAULT '',
    status     TEXT COLLATE "C" NOT NULL DEFAULT 'staged', -- staged, applied, refused
    refusal    TEXT COLLATE "C" NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL
);
CREATE INDEX commands_staged ON commands (created_at, id) WHERE status = 'staged';

CREATE TABLE attachments (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket      TEXT COLLATE "C" NOT NULL REFERENCES tickets (number),
    field       TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    media_type  TEXT COLLATE "C" NOT NULL,
    size        BIGINT NOT NULL,
    sha256      TEXT COLLATE "C" NOT NULL,
    uploaded_by TEXT COLLATE "C" NOT NULL,
    uploaded_at BIGINT NOT NULL
);
CREATE INDEX attachments_ticket ON attachments (ticket, id);

CREATE TABLE documents (
    ticket     TEXT COLLATE "C" NOT NULL REFERENCES tickets (number),
    name       TEXT COLLATE "C" NOT NULL,
    revision   BIGINT NOT NULL,
    media_type TEXT COLLATE "C" NOT NULL,
    sha256     TEXT COLLATE "C" NOT NULL,
    size       BIGINT NOT NULL,
    pending    BOOLEAN NOT NULL DEFAULT FALSE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (ticket, name)
);
