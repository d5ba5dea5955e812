-- The same statements run on SQLite and PostgreSQL: TEXT and BIGINT only; bytes as hexadecimal digits, times as microseconds since 1970.

-- Whatever the register holds, but what the vault holds: one row an object, its body as JSON.
CREATE TABLE object (
    kind    TEXT   NOT NULL,
    id      TEXT   NOT NULL,
    parent  TEXT   NOT NULL,          -- the object it belongs to, or ''
    agency  TEXT   NOT NULL,          -- the agency that owns it, or ''
    state   TEXT   NOT NULL,
    due     BIGINT,                   -- when a clock strikes
    made    BIGINT NOT NULL,          -- when it came into being
    version BIGINT NOT NULL,          -- 1 and one more with each change
    body    TEXT   NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX object_by_parent ON object (kind, parent, made, id);
CREATE INDEX object_by_agency ON object (kind, agency, state, made, id);
CREATE INDEX object_by_state ON object (kind, state, made, id);
CREATE INDEX object_by_due ON object (due, kind, id);

-- Keys by which objects are found, beside their ids.
CREATE TABLE lookup (
    kind  TEXT NOT NULL,
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    id    TEXT NOT NULL,
    PRIMARY KEY (kind, name, value, id)
);
CREATE INDEX lookup_by_object ON lookup (kind, id);

-- Keys of which there may be one only: a second row is refused by the store itself.
CREATE TABLE sole (
    kind  TEXT NOT NULL,
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    id    TEXT NOT NULL,
    PRIMARY KEY (kind, name, value)
);
CREATE INDEX sole_by_object ON sole (kind, id);

-- The vault: sealed records, and their wrapped keys apart from them.
CREATE TABLE sealed_record (
    id    TEXT   NOT NULL PRIMARY KEY,
    bytes TEXT   NOT NULL,
    made  BIGINT NOT NULL
);
CREATE TABLE wrapped_key (
    id      TEXT   NOT NULL PRIMARY KEY,
    bytes   TEXT   NOT NULL,
    version BIGINT NOT NULL
);

-- Entries of the ledger, written in the transaction of what they record. `place` is the index in the log, given by the publisher.
CREATE TABLE ledger_entry (
    id      TEXT   NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL,
    entry   TEXT   NOT NULL,          -- the canonical bytes that go into the log
    salt    TEXT,                     -- null once erased
    payload TEXT,                     -- what the commitment is to; null once erased
    place   BIGINT
);
CREATE UNIQUE INDEX ledger_entry_by_place ON ledger_entry (place);
CREATE INDEX ledger_entry_waiting ON ledger_entry (at, id) WHERE place IS NULL;
