//! One record of a source, whatever its format: slots that point into its text.

/// Where a field's text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Nothing there.
    Absent,
    /// Bytes `start..end` of the record's own text.
    Data(u32, u32),
    /// Bytes `start..end` of the arena, where unescaped and converted text is.
    Arena(u32, u32),
    /// Items `start..end` of the item table.
    Items(u32, u32),
    /// A structure that a column cannot hold; its text is in the arena.
    Nested(u32, u32),
}

/// Reusable room for the fields of one record.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    /// One slot for each column of the source.
    pub(crate) slots: Vec<Slot>,
    /// Text that is not in the record as it stands.
    pub(crate) arena: String,
    /// Items of lists, as ranges of the arena.
    pub(crate) items: Vec<(u32, u32)>,
    /// Names and slots of fields that the plan does not know (NDJSON): name as a range of the arena.
    pub(crate) extra: Vec<((u32, u32), Slot)>,
}

impl Fields {
    /// Forgets the last record.
    pub(crate) fn clear(&mut self) {
        self.slots.clear();
        self.arena.clear();
        self.items.clear();
        self.extra.clear();
    }

    /// Puts text into the arena.
    pub(crate) fn keep(&mut self, text: &str) -> Slot {
        let start = self.arena.len() as u32;
        self.arena.push_str(text);
        Slot::Arena(start, self.arena.len() as u32)
    }

    /// Sets the slot of a column.
    pub(crate) fn set(&mut self, column: usize, slot: Slot) {
        if let Some(place) = self.slots.get_mut(column) {
            *place = slot;
        }
    }
}

/// The items of a list value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Items<'a> {
    arena: &'a str,
    ranges: &'a [(u32, u32)],
}

impl<'a> Items<'a> {
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> {
        self.ranges.iter().map(move |(start, end)| slice(self.arena, *start, *end))
    }
}

/// A field's value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    /// Not there, or empty.
    Absent,
    /// Text.
    Text(&'a str),
    /// A list of texts.
    List(Items<'a>),
    /// A structure, as text.
    Nested(&'a str),
}

/// One record: its own text and its fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    /// The record's text, without the line end.
    pub(crate) text: &'a str,
    /// Its fields.
    pub(crate) fields: &'a Fields,
}

fn slice(text: &str, start: u32, end: u32) -> &str {
    text.get(start as usize..end as usize).unwrap_or_default()
}

impl<'a> Record<'a> {
    /// The value of a slot. An empty text is absent (observation contract).
    pub(crate) fn value(&self, slot: Slot) -> Value<'a> {
        let text = match slot {
            Slot::Absent => return Value::Absent,
            Slot::Data(start, end) => slice(self.text, start, end),
            Slot::Arena(start, end) => slice(&self.fields.arena, start, end),
            Slot::Nested(start, end) => {
                return Value::Nested(slice(&self.fields.arena, start, end));
            }
            Slot::Items(start, end) => {
                let ranges = self.fields.items.get(start as usize..end as usize).unwrap_or_default();
                return if ranges.is_empty() { Value::Absent } else { Value::List(Items { arena: &self.fields.arena, ranges }) };
            }
        };
        if text.is_empty() { Value::Absent } else { Value::Text(text) }
    }

    /// The value of a column of the source.
    pub(crate) fn column(&self, column: usize) -> Value<'a> {
        self.fields.slots.get(column).map_or(Value::Absent, |slot| self.value(*slot))
    }

    /// Text of the arena.
    pub(crate) fn arena(&self, range: (u32, u32)) -> &'a str {
        slice(&self.fields.arena, range.0, range.1)
    }
}
