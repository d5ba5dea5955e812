//! The tables as a backup knows them: which columns, in which order they are read, and how a row is put back.

/// A column's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Text,
    MaybeText,
    Int,
    MaybeInt,
}

use Column::{Int, MaybeInt, MaybeText, Text};

/// A table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table {
    /// Its name; its part of a backup is `NAME.ndjson`.
    pub(crate) name: &'static str,
    /// Its columns in the order of [`Table::page`]; the first [`Table::key`] are the primary key.
    pub(crate) columns: &'static [Column],
    /// How many columns are the key, all of them text.
    pub(crate) key: usize,
    /// The next rows after a key: parameters are the key and a limit.
    pub(crate) page: &'static str,
    /// Puts a row back: one parameter a column.
    pub(crate) insert: &'static str,
}

/// All of them, in the order in which they are put back. `erased` comes first: what it holds must be known before the rest is read.
pub(crate) const TABLES: [Table; 7] = [
    Table {
        name: "erased",
        columns: &[Text, Int],
        key: 1,
        page: "SELECT name, at FROM erased WHERE name > $1 ORDER BY name LIMIT $2",
        insert: "INSERT INTO erased (name, at) VALUES ($1, $2)",
    },
    Table {
        name: "object",
        columns: &[Text, Text, Text, Text, Text, MaybeInt, Int, Int, Text],
        key: 2,
        page: "SELECT kind, id, parent, agency, state, due, made, version, body FROM object WHERE (kind, id) > ($1, $2) ORDER BY kind, id LIMIT $3",
        insert: "INSERT INTO object (kind, id, parent, agency, state, due, made, version, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    },
    Table {
        name: "lookup",
        columns: &[Text, Text, Text, Text],
        key: 4,
        page: "SELECT kind, name, value, id FROM lookup WHERE (kind, name, value, id) > ($1, $2, $3, $4) ORDER BY kind, name, value, id LIMIT $5",
        insert: "INSERT INTO lookup (kind, name, value, id) VALUES ($1, $2, $3, $4)",
    },
    Table {
        name: "sole",
        columns: &[Text, Text, Text, Text],
        key: 3,
        page: "SELECT kind, name, value, id FROM sole WHERE (kind, name, value) > ($1, $2, $3) ORDER BY kind, name, value LIMIT $4",
        insert: "INSERT INTO sole (kind, name, value, id) VALUES ($1, $2, $3, $4)",
    },
    Table {
        name: "sealed_record",
        columns: &[Text, Text, Int],
        key: 1,
        page: "SELECT id, bytes, made FROM sealed_record WHERE id > $1 ORDER BY id LIMIT $2",
        insert: "INSERT INTO sealed_record (id, bytes, made) VALUES ($1, $2, $3)",
    },
    Table {
        name: "wrapped_key",
        columns: &[Text, Text, Int],
        key: 1,
        page: "SELECT id, bytes, version FROM wrapped_key WHERE id > $1 ORDER BY id LIMIT $2",
        insert: "INSERT INTO wrapped_key (id, bytes, version) VALUES ($1, $2, $3)",
    },
    Table {
        name: "ledger_entry",
        columns: &[Text, Int, Text, MaybeText, MaybeText, MaybeInt],
        key: 1,
        page: "SELECT id, at, entry, salt, payload, place FROM ledger_entry WHERE id > $1 ORDER BY id LIMIT $2",
        insert: "INSERT INTO ledger_entry (id, at, entry, salt, payload, place, about) VALUES ($1, $2, $3, $4, $5, $6, 1)",
    },
];
