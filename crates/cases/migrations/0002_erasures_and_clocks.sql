-- What was erased, by keyed hash, so that an older copy that is put back loses it again. `listed` is set once the list beside the store has it.
CREATE TABLE erased (
    name   TEXT   NOT NULL PRIMARY KEY,
    at     BIGINT NOT NULL,
    listed BIGINT
);
CREATE INDEX erased_unlisted ON erased (at, name) WHERE listed IS NULL;

-- Which entries are about a thing, by the pseudonym that the entry itself holds: what erasing the thing must reach (SG-081).
CREATE TABLE entry_about (
    thing TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (thing, entry)
);
-- Entries of version 1 are entered there when the store is opened; null until then.
ALTER TABLE ledger_entry ADD COLUMN about BIGINT;
CREATE INDEX ledger_entry_without_about ON ledger_entry (id) WHERE about IS NULL;

-- How far the log was published, and its root then: a log that has less, or another, was cut or exchanged. Size -1: not known, for a store
-- of version 1 whose log was published before.
CREATE TABLE published (
    log  TEXT   NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL,
    root TEXT   NOT NULL
);
INSERT INTO published (log, size, root) SELECT 'log', CASE WHEN COUNT(place) > 0 THEN -1 ELSE 0 END, '' FROM ledger_entry;

-- Clocks are asked for by kind: one index from which the due of a kind are read without reading those of all others.
DROP INDEX object_by_due;
CREATE INDEX object_by_clock ON object (kind, due, made, id);

-- Alerts and escalations have a review-or-purge clock beside them (SG-057). Those of version 1 get theirs here, from the day on which they were
-- made: two years for an alert, five for an escalation. The clocks of cases and of victims' records stand in them.
INSERT INTO object (kind, id, parent, agency, state, due, made, version, body)
    SELECT 'retention_clock', kind || '-' || id, id, agency, 'running',
           made + CASE kind WHEN 'escalation' THEN 157766400000000 ELSE 63072000000000 END, made, 1,
           '{"class":"' || kind || '","thing":"' || id || '","agency":"' || agency || '","review_by":' ||
           CAST(made + CASE kind WHEN 'escalation' THEN 157766400000000 ELSE 63072000000000 END AS TEXT) || ',"suspended_at":null}'
    FROM object WHERE kind IN ('escalation', 'alert');
