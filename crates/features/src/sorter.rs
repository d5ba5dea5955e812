//! Transfers in any order put into the order of (time, id) within bounded memory: sorted runs outside of memory, then one merge.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Seek, Write};

use rayon::prelude::*;

use crate::error::SortError;
use crate::transfer::Transfer;

/// Runs that are merged at once; one more makes one of them all.
const RUNS_MAX: usize = 64;
/// Bytes read or written at a time for each run.
const BUFFER: usize = 1 << 16;
/// Bytes of a transfer in a run, its name left out.
const FIXED: usize = 38;
/// Bytes of a name at the most.
const NAME_MAX: usize = 1 << 16;

/// A transfer in memory and where its name is.
#[derive(Clone, Copy, Debug)]
struct Entry {
    transfer: Transfer,
    name: (u32, u32),
}

/// Takes transfers in any order, each with a name, and gives them back in the order of (time, id).
///
/// Memory: `bytes_max`, half of which may be names, and 64 KiB for each of at most 64 runs. Beyond that it writes runs: 38 bytes a transfer and its name.
pub struct Sorter<F, M> {
    bytes_max: usize,
    make: M,
    entries: Vec<Entry>,
    names: String,
    runs: Vec<F>,
    taken: u64,
}

impl<F: Read + Write + Seek, M: FnMut() -> std::io::Result<F>> Sorter<F, M> {
    /// A sorter that holds nothing. `bytes_max`: memory for what is not yet in a run, at least 1 MiB and at most 2 GiB are used; `make` gives an empty
    /// place for a run, such as a file that nobody else sees.
    pub fn new(bytes_max: usize, make: M) -> Self {
        Self { bytes_max: bytes_max.clamp(1 << 20, 1 << 31), make, entries: Vec::new(), names: String::new(), runs: Vec::new(), taken: 0 }
    }

    /// How many transfers were taken in, and how many runs there are.
    #[must_use]
    pub fn counts(&self) -> (u64, usize) {
        (self.taken, self.runs.len())
    }

    /// Takes a transfer in.
    ///
    /// # Errors
    /// A name longer than 64 KiB, or a run that cannot be written.
    pub fn push(&mut self, transfer: Transfer, name: &str) -> Result<(), SortError> {
        if name.len() > NAME_MAX {
            return Err(SortError::Name { id: transfer.id });
        }
        // Room for the entries is reserved by halves of what is allowed, and a doubling copies: so it is made once.
        let entries_max = self.bytes_max / 2 / size_of::<Entry>();
        if self.entries.len() >= entries_max || self.names.len() + name.len() > self.bytes_max / 2 {
            self.spill()?;
        }
        let from = self.names.len() as u32;
        self.names.push_str(name);
        self.entries.push(Entry { transfer, name: (from, from + name.len() as u32) });
        self.taken += 1;
        Ok(())
    }

    /// No more transfers come: they can be taken out.
    ///
    /// # Errors
    /// A run cannot be written or read.
    pub fn finish(mut self) -> Result<Sorted<F>, SortError> {
        if self.runs.is_empty() {
            self.entries.par_sort_unstable_by_key(|entry| entry.transfer);
            return Ok(Sorted(Source::Held { entries: self.entries, names: self.names, at: 0 }));
        }
        self.spill()?;
        (self.entries, self.names) = Default::default();
        Ok(Sorted(Source::Runs(Merge::new(self.runs)?)))
    }

    /// Writes what is in memory as a run.
    fn spill(&mut self) -> Result<(), SortError> {
        if self.runs.len() >= RUNS_MAX {
            let mut merge = Merge::new(std::mem::take(&mut self.runs))?;
            let mut to = BufWriter::with_capacity(BUFFER, (self.make)().map_err(SortError::Write)?);
            while let Some((transfer, name)) = merge.next()? {
                write(&mut to, &transfer, &name)?;
            }
            self.runs.push(rewound(to)?);
        }
        self.entries.par_sort_unstable_by_key(|entry| entry.transfer);
        let mut to = BufWriter::with_capacity(BUFFER, (self.make)().map_err(SortError::Write)?);
        for entry in &self.entries {
            let name = self.names.get(entry.name.0 as usize..entry.name.1 as usize).unwrap_or_default();
            write(&mut to, &entry.transfer, name.as_bytes())?;
        }
        self.runs.push(rewound(to)?);
        self.entries.clear();
        self.names.clear();
        Ok(())
    }
}

/// What a [`Sorter`] gives back.
pub struct Sorted<F>(Source<F>);

enum Source<F> {
    /// All of it was held.
    Held {
        entries: Vec<Entry>,
        names: String,
        at: usize,
    },
    Runs(Merge<F>),
}

impl<F: Read> Sorted<F> {
    /// The next transfers, at most `rows` of them, and their names; none when there are no more.
    ///
    /// # Errors
    /// A run cannot be read, or does not hold what was written.
    pub fn take(&mut self, rows: usize) -> Result<(Vec<Transfer>, Vec<String>), SortError> {
        let (mut transfers, mut names) = (Vec::with_capacity(rows.min(1 << 16)), Vec::with_capacity(rows.min(1 << 16)));
        while transfers.len() < rows {
            let Some((transfer, name)) = self.0.next()? else {
                break;
            };
            transfers.push(transfer);
            names.push(name);
        }
        Ok((transfers, names))
    }
}

impl<F: Read> Source<F> {
    fn next(&mut self) -> Result<Option<(Transfer, String)>, SortError> {
        match self {
            Self::Held { entries, names, at } => {
                let entry = entries.get(*at).copied();
                *at += 1;
                Ok(entry.map(|entry| (entry.transfer, names.get(entry.name.0 as usize..entry.name.1 as usize).unwrap_or_default().to_owned())))
            }
            Self::Runs(merge) => match merge.next()? {
                None => Ok(None),
                Some((transfer, name)) => Ok(Some((transfer, String::from_utf8(name).map_err(|_| SortError::Broken)?))),
            },
        }
    }
}

/// Runs that are read together; of each the next transfer is at hand.
struct Merge<F> {
    runs: Vec<BufReader<F>>,
    next: BinaryHeap<Reverse<(Transfer, usize)>>,
    names: Vec<Vec<u8>>,
}

impl<F: Read> Merge<F> {
    fn new(runs: Vec<F>) -> Result<Self, SortError> {
        let names = vec![Vec::new(); runs.len()];
        let mut merge = Self { runs: runs.into_iter().map(|run| BufReader::with_capacity(BUFFER, run)).collect(), next: BinaryHeap::new(), names };
        for run in 0..merge.runs.len() {
            merge.fetch(run)?;
        }
        Ok(merge)
    }

    fn fetch(&mut self, at: usize) -> Result<(), SortError> {
        let (Some(run), Some(name)) = (self.runs.get_mut(at), self.names.get_mut(at)) else {
            return Ok(());
        };
        if let Some(transfer) = read(run, name)? {
            self.next.push(Reverse((transfer, at)));
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<(Transfer, Vec<u8>)>, SortError> {
        let Some(Reverse((transfer, at))) = self.next.pop() else {
            return Ok(None);
        };
        let name = self.names.get_mut(at).map(std::mem::take).unwrap_or_default();
        self.fetch(at)?;
        Ok(Some((transfer, name)))
    }
}

fn rewound<F: Write + Seek>(to: BufWriter<F>) -> Result<F, SortError> {
    let mut run = to.into_inner().map_err(|error| SortError::Write(error.into_error()))?;
    run.rewind().map_err(SortError::Write)?;
    Ok(run)
}

fn write(to: &mut impl Write, transfer: &Transfer, name: &[u8]) -> Result<(), SortError> {
    let mut bytes = [0_u8; FIXED];
    let fields: [&[u8]; 7] = [
        &transfer.time.to_le_bytes(),
        &transfer.id.to_le_bytes(),
        &transfer.from.to_le_bytes(),
        &transfer.to.to_le_bytes(),
        &transfer.amount.to_le_bytes(),
        &transfer.kind.to_le_bytes(),
        &(name.len() as u32).to_le_bytes(),
    ];
    bytes.iter_mut().zip(fields.into_iter().flatten()).for_each(|(place, byte)| *place = *byte);
    to.write_all(&bytes).and_then(|()| to.write_all(name)).map_err(SortError::Write)
}

/// The next transfer of a run, and its name.
fn read(from: &mut impl Read, name: &mut Vec<u8>) -> Result<Option<Transfer>, SortError> {
    fn part<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], SortError> {
        let (first, rest) = bytes.split_first_chunk().ok_or(SortError::Broken)?;
        *bytes = rest;
        Ok(*first)
    }
    let mut bytes = [0_u8; FIXED];
    match from.read_exact(&mut bytes) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        done => done.map_err(SortError::Read)?,
    }
    let mut rest = bytes.as_slice();
    let transfer = Transfer {
        time: i64::from_le_bytes(part(&mut rest)?),
        id: u64::from_le_bytes(part(&mut rest)?),
        from: u32::from_le_bytes(part(&mut rest)?),
        to: u32::from_le_bytes(part(&mut rest)?),
        amount: i64::from_le_bytes(part(&mut rest)?),
        kind: u16::from_le_bytes(part(&mut rest)?),
    };
    let length = u32::from_le_bytes(part(&mut rest)?) as usize;
    if length > NAME_MAX {
        return Err(SortError::Broken);
    }
    name.resize(length, 0);
    from.read_exact(name).map_err(SortError::Read)?;
    Ok(Some(transfer))
}
