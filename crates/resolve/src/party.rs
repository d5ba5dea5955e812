//! Records with one party id, taken together and normalised.

use std::collections::BTreeMap;

use rayon::prelude::*;
use tributary_model::Date;
use tributary_text::{normalise_document, normalise_email, normalise_name, normalise_phone};

use crate::record::{PartyKind, Record};

/// One party id with all that its records say. Values are normalised, sorted and distinct.
pub(crate) struct Party<'a> {
    pub(crate) id: &'a str,
    pub(crate) kind: PartyKind,
    pub(crate) names: Vec<String>,
    pub(crate) birth_dates: Vec<Date>,
    pub(crate) documents: Vec<String>,
    pub(crate) phones: Vec<String>,
    pub(crate) emails: Vec<String>,
    /// Names as written, for comparison across scripts.
    pub(crate) written: Vec<&'a str>,
    /// Postal addresses as written.
    pub(crate) addresses: Vec<&'a str>,
    pub(crate) active: Option<(i64, i64)>,
    /// Positions of its records, ascending.
    pub(crate) records: Vec<u32>,
}

/// The parties in the order of their ids.
pub(crate) fn parties(records: &[Record]) -> Vec<Party<'_>> {
    let mut by_id: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (at, record) in (0_u32..).zip(records) {
        by_id.entry(&record.party_id).or_default().push(at);
    }
    let by_id: Vec<(&str, Vec<u32>)> = by_id.into_iter().collect();
    by_id.into_par_iter().map(|(id, members)| party(id, members, records)).collect()
}

fn party<'a>(id: &'a str, members: Vec<u32>, records: &'a [Record]) -> Party<'a> {
    let mut party = Party {
        id,
        kind: PartyKind::Unknown,
        names: Vec::new(),
        birth_dates: Vec::new(),
        documents: Vec::new(),
        phones: Vec::new(),
        emails: Vec::new(),
        written: Vec::new(),
        addresses: Vec::new(),
        active: None,
        records: members,
    };
    let mut kinds = Vec::new();
    for at in &party.records {
        let Some(record) = records.get(*at as usize) else {
            continue;
        };
        kinds.push(record.kind);
        party.names.extend(record.names.iter().map(|name| normalise_name(name)));
        party.written.extend(record.names.iter().map(String::as_str));
        party.addresses.extend(record.addresses.iter().map(String::as_str));
        party.birth_dates.extend(record.birth_date);
        party.documents.extend(record.documents.iter().map(|document| normalise_document(document)));
        party.phones.extend(record.phones.iter().map(|phone| normalise_phone(phone)));
        party.emails.extend(record.emails.iter().map(|email| normalise_email(email)));
        party.active = match (party.active, record.active) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
    }
    // A source that says both of one id has not decided.
    kinds.retain(|kind| *kind != PartyKind::Unknown);
    kinds.sort_unstable();
    kinds.dedup();
    if let [kind] = kinds.as_slice() {
        party.kind = *kind;
    }
    for values in [&mut party.names, &mut party.documents, &mut party.phones, &mut party.emails] {
        values.retain(|value| !value.is_empty());
        values.sort_unstable();
        values.dedup();
    }
    for values in [&mut party.written, &mut party.addresses] {
        values.sort_unstable();
        values.dedup();
    }
    party.birth_dates.sort_unstable();
    party.birth_dates.dedup();
    party
}
