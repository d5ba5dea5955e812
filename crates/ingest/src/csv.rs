//! Comma-separated values (RFC 4180): where records end, and their fields.
//!
//! A quote is special only at the start of a field. A doubled quote inside a quoted field is one quote.

use memchr::{memchr, memchr2};

use crate::problem::Problem;
use crate::record::{Fields, Slot};

/// How far a record goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Its text ends before the line end at the first place; the next record starts at the second.
    At(usize, usize),
    /// It does not end in these bytes; is a quote open?
    Open(bool),
}

/// Where the record that starts at `start` ends.
pub(crate) fn record_end(data: &[u8], start: usize, delimiter: u8) -> End {
    let mut position = start;
    loop {
        // At the start of a field.
        if data.get(position) == Some(&b'"') {
            position += 1;
            loop {
                let Some(step) = data.get(position..).and_then(|rest| memchr(b'"', rest)) else {
                    return End::Open(true);
                };
                position += step + 1;
                if data.get(position) != Some(&b'"') {
                    break;
                }
                position += 1;
            }
        }
        let Some(step) = data.get(position..).and_then(|rest| memchr2(delimiter, b'\n', rest)) else {
            return End::Open(false);
        };
        position += step;
        if data.get(position) == Some(&b'\n') {
            return End::At(position, position + 1);
        }
        position += 1;
    }
}

/// Cuts a record into fields. Returns how many there are.
pub(crate) fn split(text: &str, delimiter: u8, fields: &mut Fields, columns_max: usize) -> Result<usize, Problem> {
    let data = text.as_bytes();
    let mut position = 0_usize;
    loop {
        if fields.slots.len() > columns_max {
            return Err(Problem::of_row("has more fields than a row may have", "check the delimiter, or raise the limit for columns"));
        }
        if data.get(position) == Some(&b'"') {
            position = quoted(text, position + 1, fields)?;
            match data.get(position) {
                None => return Ok(fields.slots.len()),
                Some(byte) if *byte == delimiter => position += 1,
                Some(_) => {
                    return Err(Problem::of_row(
                        "has text after a closing quote",
                        "double quotes inside a quoted field (\"\"), and quote the whole field",
                    ));
                }
            }
            continue;
        }
        let rest = data.get(position..).unwrap_or_default();
        let Some(step) = memchr(delimiter, rest) else {
            fields.slots.push(Slot::Data(position as u32, data.len() as u32));
            return Ok(fields.slots.len());
        };
        fields.slots.push(Slot::Data(position as u32, (position + step) as u32));
        position += step + 1;
    }
}

/// Reads a quoted field whose text starts at `start`; gives the place after the closing quote.
fn quoted(text: &str, start: usize, fields: &mut Fields) -> Result<usize, Problem> {
    let data = text.as_bytes();
    let arena_start = fields.arena.len();
    let (mut piece, mut position, mut doubled) = (start, start, false);
    loop {
        let Some(step) = data.get(position..).and_then(|rest| memchr(b'"', rest)) else {
            return Err(unclosed());
        };
        position += step + 1;
        if data.get(position) == Some(&b'"') {
            // Up to and with the first of the two quotes.
            fields.arena.push_str(text.get(piece..position).unwrap_or_default());
            position += 1;
            piece = position;
            doubled = true;
            continue;
        }
        let end = position - 1;
        if doubled {
            fields.arena.push_str(text.get(piece..end).unwrap_or_default());
            fields.slots.push(Slot::Arena(arena_start as u32, fields.arena.len() as u32));
        } else {
            fields.slots.push(Slot::Data(start as u32, end as u32));
        }
        return Ok(position);
    }
}

/// The problem of a quote that is never closed.
pub(crate) fn unclosed() -> Problem {
    Problem::of_row("opens a quote that is never closed", "close the quote, or double it if it belongs to the text")
}
