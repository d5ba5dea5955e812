//! The files of a world: one CSV a table, in the columns of the contract, each in the order of its time or its ids.

use crate::draw::{mix, scramble};
use crate::places::{PLACES, at};
use crate::render;
use crate::routine::Routine;
use crate::state::{AccountKind, BENIGN, DAYS, NONE, Name, Party, PartyNo, Post, START, Transfer, World};
use crate::truth;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use tributary_model::{Table, table::Column};

/// Why a file of a world could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{}`: check that the folder exists and has room", path.display())]
pub struct WriteError {
    path: PathBuf,
    source: csv::Error,
}

/// A CSV file being written.
pub(crate) struct Sheet {
    path: PathBuf,
    writer: csv::Writer<BufWriter<File>>,
    pub(crate) rows: u64,
}

impl Sheet {
    /// Starts `folder/stem.csv` with that header row.
    pub(crate) fn create(folder: &Path, stem: &str, header: &[&str]) -> Result<Self, WriteError> {
        let path = folder.join(format!("{stem}.csv"));
        let file = File::create(&path).map_err(|e| WriteError { path: path.clone(), source: e.into() })?;
        let mut sheet = Self { path, writer: csv::Writer::from_writer(BufWriter::with_capacity(1 << 16, file)), rows: 0 };
        sheet.row(header)?;
        sheet.rows = 0;
        Ok(sheet)
    }

    /// A sheet with the header of a table of the contract.
    fn table(folder: &Path, table: Table) -> Result<Self, WriteError> {
        let header: Vec<&str> = table.columns().iter().map(|Column { name, .. }| *name).collect();
        Self::create(folder, table.name(), &header)
    }

    /// Writes one row.
    pub(crate) fn row(&mut self, fields: &[&str]) -> Result<(), WriteError> {
        self.rows += 1;
        self.writer.write_record(fields).map_err(|source| WriteError { path: self.path.clone(), source })
    }

    /// Flushes.
    pub(crate) fn finish(mut self) -> Result<(), WriteError> {
        self.writer.flush().map_err(|e| WriteError { path: self.path.clone(), source: e.into() })
    }
}

/// `places`, `parties` and `accounts`.
pub(crate) fn registers(world: &World, folder: &Path) -> Result<[(Table, u64); 3], WriteError> {
    let mut places = Sheet::table(folder, Table::Places)?;
    for place in PLACES {
        places.row(&[place.id, place.country, place.admin1, &place.lat.to_string(), &place.lon.to_string(), place.kind])?;
    }
    let mut parties = Sheet::table(folder, Table::Parties)?;
    let mut order: Vec<PartyNo> = (0..world.parties.len() as PartyNo).collect();
    order.sort_unstable_by_key(|no| scramble(*no, world.seed ^ 1));
    for no in order {
        party(world, no, &mut parties)?;
    }
    let mut accounts = Sheet::table(folder, Table::Accounts)?;
    let mut order: Vec<u32> = (0..world.accounts.len() as u32).collect();
    order.sort_unstable_by_key(|no| mix(u64::from(*no), world.seed));
    for no in order {
        account(world, no, &mut accounts)?;
    }
    let counts = [(Table::Parties, parties.rows), (Table::Accounts, accounts.rows), (Table::Places, places.rows)];
    places.finish()?;
    parties.finish()?;
    accounts.finish()?;
    Ok(counts)
}

fn party(world: &World, no: PartyNo, sheet: &mut Sheet) -> Result<(), WriteError> {
    let record = world.party(no);
    let Party { gaps, .. } = *record;
    let person = matches!(record.name, Name::Person(_));
    let woman = matches!(&record.name, Name::Person(name) if name.woman);
    let birth = birth_shown(record).map_or(String::new(), render::date);
    let gender = match (person && gaps & 0x18 != 0, woman) {
        (false, _) => "",
        (true, true) => "female",
        (true, false) => "male",
    };
    let mut documents = vec![render::document(record.document)];
    if record.licence != 0 {
        documents.push(format!("licence:{:010}", record.licence));
    }
    documents.retain(|d| !d.is_empty());
    let phones: Vec<String> = [record.phone, record.phone_before].into_iter().filter(|p| *p != 0).map(|p| format!("+{p}")).collect();
    let email = if gaps & 0x80 == 0 || !person { String::new() } else { format!("user{:x}@mail.example", mix(u64::from(no), 5) >> 24) };
    let address = if gaps & 0x42 == 0x42 { String::new() } else { world.address(record.address) };
    let here = at(record.place);
    sheet.row(&[
        &world.party_id(no),
        if person { "person" } else { "organisation" },
        &world.name(no),
        &birth,
        gender,
        if person && gaps & 0x60 != 0 { record.nationality } else { "" },
        &documents.join("|"),
        &phones.join("|"),
        &email,
        &address,
        here.country,
        here.admin1,
    ])
}

/// Who the tables say holds an account: prepaid numbers and some old accounts come without a holder.
pub(crate) fn holder_shown(world: &World, no: u32) -> PartyNo {
    let record = world.account(no);
    let share = match record.kind {
        AccountKind::Platform => 60,
        AccountKind::Phone => 25,
        _ => 3,
    };
    let hidden = mix(u64::from(no), world.seed ^ 9) % 100 < share;
    if hidden { NONE } else { record.holder }
}

/// The date of birth that the tables show, if any.
pub(crate) fn birth_shown(party: &Party) -> Option<i32> {
    let person = matches!(party.name, Name::Person(_));
    (person && party.gaps & 7 != 0).then_some(party.birth)
}

fn account(world: &World, no: u32, sheet: &mut Sheet) -> Result<(), WriteError> {
    let record = world.account(no);
    let shown = holder_shown(world, no);
    let holder = if shown == NONE { String::new() } else { world.party_id(shown) };
    let here = at(record.place);
    let opened = render::time(i64::from(record.opened) * 86_400 + (mix(u64::from(no), 6) % 40_000) as i64);
    let located = !matches!(record.kind, AccountKind::Wallet | AccountKind::Platform);
    sheet.row(&[
        &world.account_id(no),
        render::account_kind(record.kind),
        record.provider,
        &holder,
        if located { here.country } else { "" },
        if located { here.admin1 } else { "" },
        if record.kind == AccountKind::Wallet { "" } else { &opened },
    ])
}

/// The tables written day by day, with the labels of transfers.
pub(crate) struct Stream {
    transfers: Sheet,
    contacts: Sheet,
    sightings: Sheet,
    labels: Sheet,
}

impl Stream {
    pub(crate) fn create(folder: &Path, truth: &Path) -> Result<Self, WriteError> {
        Ok(Self {
            transfers: Sheet::table(folder, Table::Transfers)?,
            contacts: Sheet::table(folder, Table::Contacts)?,
            sightings: Sheet::table(folder, Table::Sightings)?,
            labels: Sheet::create(truth, "transfers", &["transfer_id", "network_id"])?,
        })
    }

    /// Writes one day: what was planned and what is routine, in the order of time.
    pub(crate) fn day(&mut self, world: &World, routine: &Routine<'_>, day: u32) -> Result<(), WriteError> {
        let index = day as usize;
        let mut today = routine.day(day);
        today.transfers.extend_from_slice(&world.transfers[index]);
        today.contacts.extend_from_slice(&world.contacts[index]);
        today.sightings.extend_from_slice(&world.sightings[index]);
        // Ties are broken by ids, not by the order of making, so that nothing planned stands apart.
        today.transfers.sort_by_key(|t| (t.at, mix(u64::from(t.from), u64::from(t.to))));
        today.contacts.sort_by_key(|c| (c.at, mix(u64::from(c.from), u64::from(c.to))));
        today.sightings.sort_by_key(|s| (s.at, s.subject, s.mark));
        for transfer in &today.transfers {
            self.transfer(world, transfer)?;
        }
        for contact in &today.contacts {
            let id = format!("K{:08}", self.contacts.rows + 1);
            let platform = world.account(contact.from).provider;
            let (from, to) = (world.account_id(contact.from), world.account_id(contact.to));
            self.contacts.row(&[&id, &render::time(i64::from(contact.at)), &from, &to, contact.kind, platform, &contact.count.to_string()])?;
        }
        for sighting in &today.sightings {
            let (kind, value) = world.mark(sighting.mark);
            self.sightings.row(&[&render::time(i64::from(sighting.at)), &world.seen(sighting.subject), kind, &value])?;
        }
        Ok(())
    }

    fn transfer(&mut self, world: &World, transfer: &Transfer) -> Result<(), WriteError> {
        let id = format!("T{:08}", self.transfers.rows + 1);
        let (to_amount, to_currency) =
            if transfer.to_amount == 0 { (String::new(), "") } else { (render::amount(transfer.to_amount), render::currency(transfer.to_currency)) };
        self.transfers.row(&[
            &id,
            &render::time(i64::from(transfer.at)),
            &world.account_id(transfer.from),
            &world.account_id(transfer.to),
            &render::amount(transfer.amount),
            render::currency(transfer.currency),
            &to_amount,
            to_currency,
            render::channel(transfer.channel),
            transfer.purpose,
        ])?;
        if transfer.network != BENIGN {
            truth::network_label(&mut self.labels, &id, transfer.network)?;
        }
        Ok(())
    }

    /// Closes the files; how many rows each has.
    pub(crate) fn finish(self) -> Result<([(Table, u64); 3], u64), WriteError> {
        let counts = [(Table::Transfers, self.transfers.rows), (Table::Contacts, self.contacts.rows), (Table::Sightings, self.sightings.rows)];
        let labels = self.labels.rows;
        self.transfers.finish()?;
        self.contacts.finish()?;
        self.sightings.finish()?;
        self.labels.finish()?;
        Ok((counts, labels))
    }
}

/// `posts`, `movements` and `case_records`.
pub(crate) fn reports(world: &mut World, folder: &Path, truth: &Path) -> Result<[(Table, u64); 3], WriteError> {
    world.posts.retain(|post| post.at < DAYS * 86_400);
    world.posts.sort_by_key(|post| (post.at, mix(u64::from(post.account), 8)));
    world.movements.sort_by_key(|m| (m.at, mix(u64::from(m.party), 8)));
    world.cases.sort_by_key(|c| (c.opened, mix(u64::from(c.case), 8)));
    let world = &*world;
    let mut posts = Sheet::table(folder, Table::Posts)?;
    let mut labels = Sheet::create(truth, "posts", &["post_id", "network_id"])?;
    for Post { network, at, account, kind, language, place, text, contact } in &world.posts {
        let id = format!("A{:07}", posts.rows + 1);
        let contact: Vec<String> = contact.iter().filter(|no| **no != NONE).map(|no| world.account_id(*no)).collect();
        let platform = world.account(*account).provider;
        posts.row(&[
            &id,
            &render::time(i64::from(*at)),
            &world.account_id(*account),
            platform,
            kind,
            language,
            render::place(*place),
            text,
            &contact.join("|"),
        ])?;
        if *network != BENIGN {
            truth::network_label(&mut labels, &id, *network)?;
        }
    }
    labels.finish()?;
    let mut movements = Sheet::table(folder, Table::Movements)?;
    for journey in &world.movements {
        let id = format!("J{:07}", movements.rows + 1);
        let group = if journey.group == 0 { String::new() } else { format!("G{:07x}", scramble(journey.group, world.seed ^ 4)) };
        let crossing = journey.crossing.map_or("", render::place);
        let (from, to) = (render::place(journey.from), render::place(journey.to));
        movements.row(&[
            &id,
            &render::time(i64::from(journey.at)),
            &world.party_id(journey.party),
            from,
            to,
            crossing,
            journey.mode,
            &render::document(journey.document),
            &group,
        ])?;
    }
    let mut cases = Sheet::table(folder, Table::CaseRecords)?;
    for case in &world.cases {
        let id = format!("CASE-{:07x}", scramble(case.case, world.seed ^ 5));
        let closed = case.closed.map_or(String::new(), |day| render::time(i64::from(day) * 86_400 + 36_000));
        let opened = render::time(i64::from(case.opened) * 86_400 + 32_400);
        cases.row(&[&id, case.agency, case.kind, &world.seen(case.subject), case.role, case.status, &opened, &closed])?;
    }
    let counts = [(Table::Posts, posts.rows), (Table::Movements, movements.rows), (Table::CaseRecords, cases.rows)];
    posts.finish()?;
    movements.finish()?;
    cases.finish()?;
    Ok(counts)
}

/// First day of the world, for messages.
#[must_use]
pub fn first_day() -> String {
    render::date(START)
}
