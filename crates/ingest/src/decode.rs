//! From a file's bytes to its text: decompression within bounds, byte order marks, encodings.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::error::{After, IngestError, Passed};
use crate::limits::Limits;

/// Bytes read at a time.
const CHUNK_BYTES: usize = 1 << 16;

/// Counts the bytes that pass.
struct Counting<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Stops a stream that yields more than it may.
struct Bounded<R> {
    inner: R,
    packed: Arc<AtomicU64>,
    out: u64,
    limits: Limits,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.out += read as u64;
        let packed = self.packed.load(Ordering::Relaxed).max(1);
        let by_ratio = self.limits.decompression_ratio_max.saturating_mul(packed).max(self.limits.ratio_free_bytes);
        if self.out > self.limits.decompressed_bytes_max {
            return Err(io::Error::other(Passed { limit: self.limits.decompressed_bytes_max, by_ratio: false }));
        }
        if self.out > by_ratio {
            return Err(io::Error::other(Passed { limit: by_ratio, by_ratio: true }));
        }
        Ok(read)
    }
}

/// A gzip file: one member after the other (RFC 1952, section 2.2), then nothing, or zeros as tapes and copies leave them.
///
/// The decoder's own reader of several members takes whatever follows for a member, and calls it truncated.
struct GzipMembers<R> {
    /// None once the file has ended.
    member: Option<flate2::bufread::GzDecoder<BufReader<R>>>,
}

impl<R: Read> GzipMembers<R> {
    fn new(packed: R) -> Self {
        Self { member: Some(flate2::bufread::GzDecoder::new(BufReader::with_capacity(CHUNK_BYTES, packed))) }
    }
}

impl<R: Read> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(member) = &mut self.member else {
                return Ok(0);
            };
            // After an error the member stays: a reader that was only interrupted asks again.
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let follows = another(member.get_mut())?;
            let ended = self.member.take();
            self.member = ended.filter(|_| follows).map(|ended| flate2::bufread::GzDecoder::new(ended.into_inner()));
        }
    }
}

/// Does another member follow? False at the end of the file.
fn another<R: Read>(packed: &mut BufReader<R>) -> io::Result<bool> {
    let mut zeros = false;
    loop {
        let ahead = match packed.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            ahead => ahead?,
        };
        match ahead.first() {
            None => return Ok(false),
            Some(0x1f) if !zeros => return Ok(true),
            Some(0) => {
                let length = ahead.iter().take_while(|byte| **byte == 0).count();
                zeros = true;
                packed.consume(length);
            }
            Some(_) => return Err(io::Error::other(After)),
        }
    }
}

/// Turns another encoding into UTF-8. What has no meaning in it becomes U+FFFD, which the row check then finds.
struct Transcoding<R> {
    inner: R,
    decoder: Decoder,
    input: Vec<u8>,
    output: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> Transcoding<R> {
    fn new(inner: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_with_bom_removal();
        Self { inner, decoder, input: Vec::new(), output: Vec::new(), given: 0, ended: false }
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK_BYTES];
        let read = self.inner.read(&mut chunk)?;
        chunk.truncate(read);
        self.ended = read == 0;
        self.input = chunk;
        let room = self.decoder.max_utf8_buffer_length(self.input.len()).unwrap_or(CHUNK_BYTES * 4);
        self.output = vec![0; room];
        let (result, _, written, _) = self.decoder.decode_to_utf8(&self.input, &mut self.output, self.ended);
        self.output.truncate(written);
        self.given = 0;
        match result {
            CoderResult::InputEmpty => Ok(()),
            CoderResult::OutputFull => Err(io::Error::other("the encoding's decoder asked for more room than it said")),
        }
    }
}

impl<R: Read> Read for Transcoding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given >= self.output.len() {
            if self.ended {
                return Ok(0);
            }
            self.fill()?;
        }
        let mut rest = self.output.get(self.given..).unwrap_or_default();
        let read = rest.read(buffer)?;
        self.given += read;
        Ok(read)
    }
}

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

impl Packing {
    /// The word for messages; None for a plain file.
    pub(crate) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }
}

/// A file's bytes after unpacking, with the first of them looked at.
pub(crate) struct Unpacked {
    pub(crate) reader: Box<dyn Read + Send>,
    pub(crate) head: Vec<u8>,
    pub(crate) packing: Packing,
}

/// Reads up to `length` bytes.
fn head(reader: &mut dyn Read, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length);
    reader.take(length as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Unpacks by the file's first bytes, never by its name. `count` gets the bytes read from the file itself.
pub(crate) fn unpack(reader: Box<dyn Read + Send>, count: Arc<AtomicU64>, limits: &Limits) -> Result<Unpacked, IngestError> {
    let mut reader = Counting { inner: reader, count: count.clone() };
    let start = head(&mut reader, 8).map_err(IngestError::Read)?;
    let packing = match start.as_slice() {
        [0x1f, 0x8b, ..] => Packing::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Packing::Zstd,
        [b'P', b'K', 3 | 5, 4 | 6, ..] => {
            return Err(IngestError::Container { kind: "a zip archive" });
        }
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => {
            return Err(IngestError::Container { kind: "an xz file" });
        }
        [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', ..] => {
            return Err(IngestError::Container { kind: "a bzip2 file" });
        }
        [0xd0, 0xcf, 0x11, 0xe0, ..] => {
            return Err(IngestError::Container { kind: "an old office document" });
        }
        [b'S', b'Q', b'L', b'i', b't', b'e', ..] => {
            return Err(IngestError::Container { kind: "an SQLite database" });
        }
        _ => Packing::Plain,
    };
    let whole = io::Cursor::new(start).chain(reader);
    let unpacked: Box<dyn Read + Send> = match packing {
        Packing::Plain => Box::new(whole),
        Packing::Gzip => Box::new(GzipMembers::new(whole)),
        Packing::Zstd => Box::new(zstd::stream::read::Decoder::new(whole).map_err(|error| IngestError::of_read(error, Some("zstd")))?),
    };
    let mut bounded = Bounded { inner: unpacked, packed: count, out: 0, limits: *limits };
    let head = head(&mut bounded, 256).map_err(|error| IngestError::of_read(error, packing.name()))?;
    let reader = Box::new(io::Cursor::new(head.clone()).chain(bounded));
    Ok(Unpacked { reader, head, packing })
}

/// A file's text.
pub(crate) struct Text {
    pub(crate) reader: Box<dyn Read + Send>,
    /// Was it turned from another encoding? Then U+FFFD marks what had no meaning.
    pub(crate) transcoded: bool,
}

/// Takes off a byte order mark and turns other encodings into UTF-8. A mark in the file wins over the mapping's word.
pub(crate) fn text(unpacked: Unpacked, label: Option<&str>) -> Text {
    let said = label.and_then(|label| Encoding::for_label(label.as_bytes()));
    let encoding = match unpacked.head.as_slice() {
        [0xef, 0xbb, 0xbf, ..] => UTF_8,
        [0xff, 0xfe, ..] => UTF_16LE,
        [0xfe, 0xff, ..] => UTF_16BE,
        _ => said.unwrap_or(UTF_8),
    };
    if encoding != UTF_8 {
        return Text { reader: Box::new(Transcoding::new(unpacked.reader, encoding)), transcoded: true };
    }
    let mut reader = unpacked.reader;
    if unpacked.head.starts_with(&[0xef, 0xbb, 0xbf]) {
        let mut mark = [0_u8; 3];
        // The three bytes are in memory: they were looked at.
        let _ = reader.read_exact(&mut mark);
    }
    Text { reader, transcoded: false }
}

/// Reads a whole document into memory, within the bound.
pub(crate) fn whole(reader: &mut dyn Read, packing: Packing, limits: &Limits) -> Result<Vec<u8>, IngestError> {
    let mut bytes = Vec::new();
    reader.take(limits.document_bytes_max as u64 + 1).read_to_end(&mut bytes).map_err(|error| IngestError::of_read(error, packing.name()))?;
    if bytes.len() > limits.document_bytes_max { Err(IngestError::too_long(limits)) } else { Ok(bytes) }
}
