//! Blocks of whole records, cut from a stream.

use std::io::Read;

use arrow::array::RecordBatch;

use crate::csv::{End, record_end, unclosed};
use crate::decode::Packing;
use crate::error::IngestError;
use crate::limits::Limits;
use crate::problem::Problem;

/// Bytes of text in a block: some ten thousand rows.
pub(crate) const BLOCK_BYTES: usize = 4 << 20;

/// A piece of a source that one worker reads.
#[derive(Debug)]
pub(crate) enum Block {
    /// Whole lines of text: CSV records or JSON lines.
    Text(Vec<u8>),
    /// One row that cannot be read: the start of its bytes and why.
    Bad(Vec<u8>, Problem),
    /// Rows of a Parquet file.
    Columns(RecordBatch),
}

/// Cuts a stream of text into blocks.
pub(crate) struct TextBlocks {
    reader: Box<dyn Read + Send>,
    packing: Packing,
    /// None: lines; a delimiter: CSV records.
    delimiter: Option<u8>,
    buffer: Vec<u8>,
    ended: bool,
    limits: Limits,
    block_bytes: usize,
}

impl TextBlocks {
    pub(crate) fn new(reader: Box<dyn Read + Send>, packing: Packing, delimiter: Option<u8>, limits: &Limits) -> Self {
        let block_bytes = BLOCK_BYTES.max(limits.record_bytes_max.saturating_add(2));
        Self { reader, packing, delimiter, buffer: Vec::new(), ended: false, limits: *limits, block_bytes }
    }

    fn fill(&mut self) -> Result<(), IngestError> {
        if self.ended || self.buffer.len() >= self.block_bytes {
            return Ok(());
        }
        let wanted = self.block_bytes - self.buffer.len();
        self.buffer.reserve(wanted);
        let read = (&mut self.reader).take(wanted as u64).read_to_end(&mut self.buffer);
        let read = read.map_err(|error| IngestError::of_read(error, self.packing.name()))?;
        self.ended = read < wanted;
        Ok(())
    }

    /// The first record, as bytes without its line end; None when there is none. For headers.
    pub(crate) fn first_record(&mut self) -> Result<Option<Vec<u8>>, IngestError> {
        self.fill()?;
        let delimiter = self.delimiter.unwrap_or(b'\n');
        loop {
            if self.buffer.is_empty() {
                return Ok(None);
            }
            let (end, next) = match record_end(&self.buffer, 0, delimiter) {
                End::At(end, next) => (end, next),
                End::Open(false) if self.ended => (self.buffer.len(), self.buffer.len()),
                End::Open(_) => {
                    let remedy = "quote fields that hold quotes or line ends, and end the header with a line end".to_owned();
                    return Err(IngestError::Header { problem: "has no end".to_owned(), remedy });
                }
            };
            let mut record: Vec<u8> = self.buffer.drain(..next).take(end).collect();
            if record.last() == Some(&b'\r') {
                record.pop();
            }
            // Empty lines before the header mean nothing.
            if !record.is_empty() {
                return Ok(Some(record));
            }
        }
    }

    /// The next block.
    pub(crate) fn next(&mut self) -> Result<Option<Block>, IngestError> {
        self.fill()?;
        if self.buffer.is_empty() {
            return Ok(None);
        }
        let (boundary, quote_open) = self.boundary();
        if boundary > 0 {
            let rest = self.buffer.split_off(boundary);
            return Ok(Some(Block::Text(std::mem::replace(&mut self.buffer, rest))));
        }
        self.endless(quote_open).map(Some)
    }

    /// Where the last whole record ends, and whether the rest opens a quote.
    fn boundary(&self) -> (usize, bool) {
        let data = self.buffer.as_slice();
        let last_line = || match memchr::memrchr(b'\n', data) {
            _ if self.ended => data.len(),
            Some(end) => end + 1,
            None => 0,
        };
        let Some(delimiter) = self.delimiter else {
            return (last_line(), false);
        };
        if memchr::memchr(b'"', data).is_none() {
            return (last_line(), false);
        }
        let mut position = 0;
        while position < data.len() {
            match record_end(data, position, delimiter) {
                End::At(_, next) => position = next,
                End::Open(false) if self.ended => return (data.len(), false),
                End::Open(quote_open) => return (position, quote_open),
            }
        }
        (position, false)
    }

    /// A record that does not end: its first line, or all up to the next line end, becomes one bad row.
    fn endless(&mut self, quote_open: bool) -> Result<Block, IngestError> {
        let line_end = memchr::memchr(b'\n', &self.buffer);
        if quote_open {
            let end = line_end.map_or(self.buffer.len(), |end| end + 1);
            let mut line: Vec<u8> = self.buffer.drain(..end).collect();
            line.truncate(self.limits.quarantine_bytes_max);
            return Ok(Block::Bad(line, unclosed()));
        }
        let mut start = self.buffer.clone();
        start.truncate(self.limits.quarantine_bytes_max);
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.buffer) {
                self.buffer.drain(..=end);
                break;
            }
            self.buffer.clear();
            self.fill()?;
            if self.buffer.is_empty() {
                break;
            }
        }
        Ok(Block::Bad(start, too_long(&self.limits)))
    }
}

/// The problem of a record that is longer than it may be.
pub(crate) fn too_long(limits: &Limits) -> Problem {
    Problem::of_row(
        format!("is longer than {} bytes", limits.record_bytes_max),
        "check that lines end with a line end, or raise the limit for the length of rows",
    )
}
