//! Importers of shapes that are not columns: each record may give rows of several tables.
//!
//! Rows of a list have numbers of their own in each table, counted from 1 in the order of the source, since one record may give several.

mod ftm;
pub mod ofac;
mod rows;
mod un;
pub mod xml;

use tributary_model::Table;

use crate::decode::{self, Packing};
use crate::error::IngestError;
use crate::mapping::Importer;
use crate::read::{Input, Options, Sink, Summary};

/// The tables an importer gives rows for.
pub(crate) const fn tables(importer: Importer) -> &'static [Table] {
    match importer {
        Importer::OfacSdn | Importer::UnConsolidated => &[Table::Parties, Table::CaseRecords, Table::Sightings],
        Importer::FollowTheMoney => &[Table::Parties, Table::Accounts, Table::Transfers, Table::Sightings],
    }
}

/// Reads an importer's files.
pub(crate) fn import(importer: Importer, inputs: Vec<Input>, options: &Options<'_>, sink: &mut dyn Sink) -> Result<Summary, IngestError> {
    match importer {
        Importer::OfacSdn => ofac::import(inputs, options, sink),
        Importer::UnConsolidated => un::import(inputs, options, sink),
        Importer::FollowTheMoney => ftm::import(inputs, options, sink),
    }
}

/// A whole list file as bytes, unpacked and without a byte order mark.
fn document(input: Input, options: &Options<'_>) -> Result<(String, Vec<u8>), IngestError> {
    let unpacked = decode::unpack(Box::new(input.file), input.count, options.limits)?;
    let packing: Packing = unpacked.packing;
    let mut text = decode::text(unpacked, None);
    let bytes = decode::whole(&mut text.reader, packing, options.limits)?;
    if bytes.iter().all(u8::is_ascii_whitespace) { Err(IngestError::Empty) } else { Ok((input.name, bytes)) }
}
