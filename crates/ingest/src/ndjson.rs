//! JSON lines: one object a line, read without loss (numbers stay the text they were).
//!
//! Source: RFC 8259. Values of columns are text, numbers, booleans, null or arrays of those; deeper structures are kept as text.

use rustc_hash::FxHashMap;

use crate::problem::Problem;
use crate::record::{Fields, Slot};

/// Nested structures.
const DEPTH_MAX: u32 = 64;

struct Parser<'a> {
    text: &'a str,
    position: usize,
}

fn bad(problem: &'static str) -> Problem {
    Problem::of_row(problem, "write one JSON object on each line, such as {\"party_id\":\"a1\",\"kind\":\"person\"}")
}

/// Reads one object into fields. `positions` are the columns that the plan knows; others go to `extra`.
pub(crate) fn parse(text: &str, positions: &FxHashMap<String, usize>, fields: &mut Fields, columns_max: usize) -> Result<(), Problem> {
    fields.slots.resize(positions.len(), Slot::Absent);
    let mut seen = vec![false; positions.len()];
    let mut parser = Parser { text, position: 0 };
    parser.space();
    parser.expect(b'{', "is not a JSON object")?;
    parser.space();
    if parser.peek() == Some(b'}') {
        parser.position += 1;
        return parser.end();
    }
    let mut names = 0_usize;
    loop {
        parser.space();
        let name = parser.string(fields)?;
        names += 1;
        if names > columns_max {
            return Err(Problem::of_row("has more names than an object may have", "split the object, or raise the limit for columns"));
        }
        parser.space();
        parser.expect(b':', "lacks a colon after a name")?;
        parser.space();
        let value = parser.value(fields)?;
        place(name, value, positions, &mut seen, fields)?;
        parser.space();
        match parser.next() {
            Some(b',') => {}
            Some(b'}') => return parser.end(),
            _ => return Err(bad("is not a whole JSON object")),
        }
    }
}

fn place(name: (u32, u32), value: Slot, positions: &FxHashMap<String, usize>, seen: &mut [bool], fields: &mut Fields) -> Result<(), Problem> {
    let text = fields.arena.get(name.0 as usize..name.1 as usize).unwrap_or_default();
    let Some(column) = positions.get(text).copied() else {
        fields.extra.push((name, value));
        return Ok(());
    };
    if seen.get(column).copied().unwrap_or(true) {
        return Err(Problem {
            column: text.to_owned().into(),
            value: String::new(),
            problem: "is named twice in one object".into(),
            remedy: "name each column once".into(),
            duplicate: false,
        });
    }
    if let Some(seen) = seen.get_mut(column) {
        *seen = true;
    }
    fields.set(column, value);
    Ok(())
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.position += 1;
        Some(byte)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.position += 1;
        }
    }

    fn expect(&mut self, byte: u8, problem: &'static str) -> Result<(), Problem> {
        if self.next() == Some(byte) { Ok(()) } else { Err(bad(problem)) }
    }

    fn end(&mut self) -> Result<(), Problem> {
        self.space();
        if self.peek().is_none() { Ok(()) } else { Err(bad("has text after its object")) }
    }

    /// Reads a string into the arena.
    fn string(&mut self, fields: &mut Fields) -> Result<(u32, u32), Problem> {
        self.expect(b'"', "is not a whole JSON object")?;
        let start = fields.arena.len() as u32;
        loop {
            let rest = self.text.as_bytes().get(self.position..).unwrap_or_default();
            let step = memchr::memchr2(b'"', b'\\', rest).ok_or_else(|| bad("has a text that is never closed"))?;
            let piece = self.text.get(self.position..self.position + step).unwrap_or_default();
            if piece.bytes().any(|byte| byte < 0x20) {
                return Err(bad("has a control character inside a text"));
            }
            fields.arena.push_str(piece);
            self.position += step;
            if self.next() == Some(b'"') {
                return Ok((start, fields.arena.len() as u32));
            }
            self.escape(fields)?;
        }
    }

    fn escape(&mut self, fields: &mut Fields) -> Result<(), Problem> {
        let character = match self.next() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => self.unicode()?,
            _ => return Err(bad("has an escape that JSON does not know")),
        };
        if character == '\0' {
            return Err(bad("holds a NUL character"));
        }
        fields.arena.push(character);
        Ok(())
    }

    fn unicode(&mut self) -> Result<char, Problem> {
        let high = self.hex()?;
        if !(0xD800..0xE000).contains(&high) {
            return char::from_u32(high).ok_or_else(|| bad("has an escape that is no character"));
        }
        let low = if self.next() == Some(b'\\') && self.next() == Some(b'u') { self.hex()? } else { 0 };
        if high >= 0xDC00 || !(0xDC00..0xE000).contains(&low) {
            return Err(bad("has half of a surrogate pair"));
        }
        char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00)).ok_or_else(|| bad("has an escape that is no character"))
    }

    fn hex(&mut self) -> Result<u32, Problem> {
        let digits = self.text.get(self.position..self.position + 4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.position += 4;
        number.ok_or_else(|| bad("has an escape that is no character"))
    }

    /// Reads a value; plain ones become text, arrays of plain ones items, everything else is kept as text.
    fn value(&mut self, fields: &mut Fields) -> Result<Slot, Problem> {
        match self.peek() {
            Some(b'"') => self.string(fields).map(|(start, end)| Slot::Arena(start, end)),
            Some(b'[') => self.array(fields),
            Some(b'{') => self.nested(fields),
            _ => self.plain(fields),
        }
    }

    /// Reads a number, a boolean or null.
    fn plain(&mut self, fields: &mut Fields) -> Result<Slot, Problem> {
        let rest = self.text.get(self.position..).unwrap_or_default();
        let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')).count();
        let word = rest.get(..length).unwrap_or_default();
        self.position += length;
        match word {
            "null" => Ok(Slot::Absent),
            "true" | "false" => Ok(fields.keep(word)),
            _ if is_number(word) => Ok(fields.keep(word)),
            _ => Err(bad("has a value that is not JSON")),
        }
    }

    fn array(&mut self, fields: &mut Fields) -> Result<Slot, Problem> {
        let begin = self.position;
        let first = fields.items.len() as u32;
        self.position += 1;
        self.space();
        if self.peek() == Some(b']') {
            self.position += 1;
            return Ok(Slot::Absent);
        }
        loop {
            self.space();
            if matches!(self.peek(), Some(b'[' | b'{')) {
                fields.items.truncate(first as usize);
                self.position = begin;
                return self.nested(fields);
            }
            if let Slot::Arena(start, end) = self.value(fields)? {
                fields.items.push((start, end));
            }
            self.space();
            match self.next() {
                Some(b',') => {}
                Some(b']') => return Ok(Slot::Items(first, fields.items.len() as u32)),
                _ => return Err(bad("has an array that is never closed")),
            }
        }
    }

    /// Passes over a structure and keeps its text.
    fn nested(&mut self, fields: &mut Fields) -> Result<Slot, Problem> {
        let begin = self.position;
        let mut depth = 0_u32;
        loop {
            match self.next() {
                Some(b'{' | b'[') => depth += 1,
                Some(b'}' | b']') => depth -= 1,
                Some(b'"') => {
                    self.position -= 1;
                    let kept = fields.arena.len();
                    self.string(fields)?;
                    fields.arena.truncate(kept);
                }
                Some(_) => {}
                None => return Err(bad("has a structure that is never closed")),
            }
            if depth > DEPTH_MAX {
                return Err(bad("has structures nested too deeply"));
            }
            if depth == 0 {
                let text = self.text.get(begin..self.position).unwrap_or_default();
                if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
                    return Err(bad("has a structure that is not JSON"));
                }
                let Slot::Arena(start, end) = fields.keep(text) else {
                    return Ok(Slot::Absent);
                };
                return Ok(Slot::Nested(start, end));
            }
        }
    }
}

/// Is it a number as JSON writes one?
fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    digits.bytes().next().is_some_and(|byte| byte.is_ascii_digit()) && word.parse::<f64>().is_ok() && !digits.ends_with('.')
}
