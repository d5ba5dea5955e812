//! Reads a corpus of adverts from its tables: facts for the evidence, and the truth beside them.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use tributary_adverts::SlotKind;
use tributary_adverts::evidence::{Account, Contact, EvidenceInput, OfferKind, Place, Post, Register, Relation, RelationKind};

/// A corpus, without the text but for the grouping.
pub(crate) struct Corpus {
    pub(crate) posts: Vec<Post>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) relations: Vec<Relation>,
    pub(crate) register: Register,
    pub(crate) permits: Vec<String>,
    pub(crate) now: i64,
    pub(crate) texts: Vec<String>,
    /// Who made each post, by its number.
    pub(crate) kinds: Vec<String>,
}

type Row = BTreeMap<String, String>;

fn rows(path: &Path) -> Result<Vec<Row>, Box<dyn Error>> {
    Ok(csv::Reader::from_path(path)?.deserialize().collect::<Result<_, _>>()?)
}

/// FNV-1a: tests need no key.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

fn country(text: &str) -> Option<[u8; 2]> {
    text.as_bytes().try_into().ok()
}

/// Seconds since 1970 of `2025-03-01T10:00:00Z`.
fn seconds(text: &str) -> Option<i64> {
    let part = |from: usize, to: usize| text.get(from..to).and_then(|t| t.parse::<i64>().ok());
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    // Days from the civil calendar (Hinnant): March is the first month.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = y * 365 + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day - 1 - 719_468;
    Some(days * 86_400 + part(11, 13)? * 3_600 + part(14, 16)? * 60 + part(17, 19)?)
}

/// Dollars: the rates of the simulator.
fn dollars(amount: &str, currency: &str) -> Option<f64> {
    let rates = [
        ("PKR", 280.0),
        ("AFN", 71.0),
        ("AED", 3.67),
        ("SAR", 3.75),
        ("OMR", 0.385),
        ("QAR", 3.64),
        ("TRY", 36.0),
        ("EUR", 0.95),
        ("GBP", 0.79),
        ("USD", 1.0),
    ];
    let rate = rates.iter().find(|(code, _)| *code == currency)?.1;
    amount.parse::<f64>().ok().map(|units| units / rate)
}

fn contact(text: &str) -> Contact {
    let kind = match text.chars().next() {
        Some('+') => SlotKind::Phone,
        Some('@') => SlotKind::Handle,
        Some('T') if text.len() == 34 => SlotKind::Wallet,
        _ => SlotKind::Url,
    };
    Contact { kind, hash: hash(text) }
}

impl Corpus {
    /// Reads the tables below `folder`, grouped as the truth has it.
    pub(crate) fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let parties = rows(&folder.join("parties.csv"))?;
        let on_register = |row: &&Row| row["document"].starts_with("licence:");
        let listed: Vec<Contact> = parties.iter().filter(on_register).filter(|r| !r["phone"].is_empty()).map(|r| contact(&r["phone"])).collect();
        let licensed: BTreeMap<String, bool> = parties.iter().map(|r| (r["party_id"].clone(), on_register(&r))).collect();
        let mut numbers = BTreeMap::new();
        let mut accounts = Vec::new();
        for row in rows(&folder.join("accounts.csv"))? {
            numbers.insert(row["account_id"].clone(), accounts.len() as u32);
            accounts.push(Account {
                holder: Some(hash(&row["holder"])).filter(|_| !row["holder"].is_empty()),
                country: country(&row["country"]),
                licensed: licensed.get(&row["holder"]).copied().unwrap_or(false),
                opened_at: seconds(&row["opened_at"]),
                closed_at: seconds(&row["closed_at"]),
                protected: false,
            });
        }
        let places: BTreeMap<String, Place> = (0_u32..)
            .zip(rows(&folder.join("places.csv"))?)
            .filter_map(|(id, r)| {
                Some((r["place"].clone(), Place { id, lat: r["lat"].parse().ok()?, lon: r["lon"].parse().ok()?, country: country(&r["country"])? }))
            })
            .collect();
        let relations = devices(&rows(&folder.join("sightings.csv"))?, &numbers);
        let truth: BTreeMap<String, Row> = rows(&folder.join("truth/adverts.csv"))?.into_iter().map(|r| (r["post_id"].clone(), r)).collect();
        let (mut posts, mut texts, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
        for (number, row) in (0_u64..).zip(rows(&folder.join("posts.csv"))?) {
            let told = &truth[&row["post_id"]];
            let occupation = Some(hash(&row["occupation"])).filter(|_| !row["occupation"].is_empty());
            posts.push(Post {
                number,
                group: told["group"].parse().ok(),
                account: numbers[&row["account"]],
                at: seconds(&row["at"]).ok_or("a post without a time")?,
                kind: OfferKind::from_name(&row["kind"]).ok_or("a kind the contract does not have")?,
                place: places.get(&row["place"]).copied(),
                contacts: row["contact"].split('|').filter(|c| !c.is_empty()).map(contact).collect(),
                occupation,
                destination: country(&row["destination"]),
                wage: dollars(&row["wage"], &row["wage_currency"]),
                fee: dollars(&row["fee"], &row["fee_currency"]),
                requirements: None,
                terms: row["terms"].split('|').filter(|t| !t.is_empty()).map(str::to_owned).collect(),
            });
            texts.push(row["text"].clone());
            kinds.push(told["kind"].clone());
        }
        let now = posts.iter().map(|post| post.at).max().unwrap_or(0);
        let register = Register { copied_at: now - 5 * 86_400, countries: vec![*b"PK", *b"AF"], contacts: listed };
        let permits = ["free_visa", "visit_visa_work", "no_sponsor_visa"].map(str::to_owned).to_vec();
        Ok(Self { posts, accounts, relations, register, permits, now, texts, kinds })
    }

    /// What the evidence reads.
    pub(crate) fn input(&self) -> EvidenceInput<'_> {
        EvidenceInput {
            posts: &self.posts,
            accounts: &self.accounts,
            relations: &self.relations,
            register: Some(&self.register),
            impossible_permits: &self.permits,
            now: self.now,
        }
    }

    /// Who made most posts of each group.
    pub(crate) fn makers(&self) -> BTreeMap<u32, &str> {
        let mut counts: BTreeMap<u32, BTreeMap<&str, usize>> = BTreeMap::new();
        for (post, kind) in self.posts.iter().zip(&self.kinds) {
            if let Some(group) = post.group {
                *counts.entry(group).or_default().entry(kind).or_default() += 1;
            }
        }
        counts.into_iter().map(|(group, kinds)| (group, kinds.into_iter().max_by_key(|(_, count)| *count).map_or("", |(kind, _)| kind))).collect()
    }
}

/// Pairs of accounts seen with one device.
fn devices(sightings: &[Row], accounts: &BTreeMap<String, u32>) -> Vec<Relation> {
    let mut users: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for row in sightings.iter().filter(|r| r["identifier_kind"] == "device") {
        users.entry(&row["identifier"]).or_default().push(accounts[&row["subject"]]);
    }
    let pair = |users: &[u32]| if let [one, other] = *users { Some(Relation { one, other, kind: RelationKind::Device }) } else { None };
    users.values().flat_map(|users| users.windows(2).filter_map(pair).collect::<Vec<_>>()).collect()
}
