//! The world in memory: parties, accounts and the plan of events by day. All of it is numbers; text is made when written.

use crate::draw::{Draw, mix, scramble};
use crate::names::{PersonName, Script};
use crate::places::{CURRENCIES, PlaceNo, USDT, at, currency_of, mobile_prefix};

/// Index into [`World::parties`].
pub(crate) type PartyNo = u32;
/// Index into [`World::accounts`].
pub(crate) type AccountNo = u32;
/// No party, account or network.
pub(crate) const NONE: u32 = u32::MAX;
/// No network: benign life.
pub(crate) const BENIGN: u16 = u16::MAX;

/// Days a world lasts.
pub const DAYS: u32 = 180;
/// 2025-01-01, in days since 1970-01-01.
pub(crate) const START: i32 = 20_089;
/// 1 March 2025.
pub(crate) const RAMADAN: u32 = 59;
/// 31 March 2025.
pub(crate) const EID_AL_FITR: u32 = 89;
/// 7 June 2025.
pub(crate) const EID_AL_ADHA: u32 = 157;
/// First days of the six months.
pub(crate) const MONTHS: [u32; 6] = [0, 31, 59, 90, 120, 151];

/// What somebody does. Only adults with a line of work are anything but `Home` and `Child`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Occupation {
    Shopkeeper,
    Salaried,
    Labourer,
    Migrant,
    Freelancer,
    Student,
    Home,
    Child,
    Trader,
    Driver,
    /// Journalist, lawyer or aid worker: contacts on all sides.
    Bridge,
    Refugee,
    Retired,
}

/// Kinds of account, in the contract's words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AccountKind {
    Bank,
    MobileMoney,
    Ivts,
    Exchange,
    Wallet,
    Platform,
    Phone,
}

/// The name of a party.
#[derive(Clone)]
pub(crate) enum Name {
    Person(PersonName),
    Firm(Box<str>),
}

/// A party: one person or organisation as one source knows it.
#[derive(Clone)]
pub(crate) struct Party {
    pub(crate) name: Name,
    pub(crate) script: Script,
    /// How this source spells.
    pub(crate) variant: u64,
    /// Days since 1970-01-01.
    pub(crate) birth: i32,
    pub(crate) nationality: &'static str,
    pub(crate) language: &'static str,
    /// Where they live.
    pub(crate) place: PlaceNo,
    /// Where their family lives.
    pub(crate) origin: PlaceNo,
    pub(crate) household: u32,
    pub(crate) address: u32,
    /// E.164 digits; 0 for none.
    pub(crate) phone: u64,
    /// A number they had before; 0 for none.
    pub(crate) phone_before: u64,
    pub(crate) document: u64,
    /// Number on a public register; 0 for none.
    pub(crate) licence: u32,
    pub(crate) occupation: Occupation,
    /// Where their money is.
    pub(crate) main: AccountNo,
    pub(crate) phone_account: AccountNo,
    pub(crate) handle: AccountNo,
    /// Account at an exchange for virtual assets.
    pub(crate) exchange: AccountNo,
    pub(crate) device: u64,
    /// The first record of the same person, when this is another source's.
    pub(crate) same_as: PartyNo,
    /// Already has a part in some story.
    pub(crate) taken: bool,
    /// Which columns this source leaves empty, as bits.
    pub(crate) gaps: u8,
}

/// An account.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) kind: AccountKind,
    pub(crate) provider: &'static str,
    /// Who holds it, if the source says.
    pub(crate) holder: PartyNo,
    pub(crate) place: PlaceNo,
    /// Day of the world it was opened; negative for before.
    pub(crate) opened: i32,
    pub(crate) currency: u8,
    /// Phone digits, or a number unique to the account.
    pub(crate) number: u64,
}

/// Channels, in the contract's words.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Channel {
    Wire,
    Ach,
    Card,
    Cash,
    Mobile,
    Ivts,
    Onchain,
    P2p,
}

/// A planned transfer.
#[derive(Clone, Copy)]
pub(crate) struct Transfer {
    /// Seconds since the start of the world.
    pub(crate) at: u32,
    pub(crate) from: AccountNo,
    pub(crate) to: AccountNo,
    /// Millionths of a unit.
    pub(crate) amount: i64,
    pub(crate) to_amount: i64,
    pub(crate) currency: u8,
    pub(crate) to_currency: u8,
    pub(crate) channel: Channel,
    pub(crate) purpose: &'static str,
    pub(crate) network: u16,
}

/// A planned contact.
#[derive(Clone, Copy)]
pub(crate) struct Contact {
    pub(crate) at: u32,
    pub(crate) from: AccountNo,
    pub(crate) to: AccountNo,
    /// `call`, `message`, `group` or `follow`.
    pub(crate) kind: &'static str,
    pub(crate) count: u16,
}

/// Whom a sighting is of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Seen {
    Account(AccountNo),
    Party(PartyNo),
}

/// What was seen with them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    Phone(u64),
    Device(u64),
    Ip(u32),
    Address(u32),
    Document(u64),
    Vehicle(u32),
    Wallet(AccountNo),
}

/// A planned sighting.
#[derive(Clone, Copy)]
pub(crate) struct Sighting {
    pub(crate) at: u32,
    pub(crate) subject: Seen,
    pub(crate) mark: Mark,
}

/// A planned journey.
#[derive(Clone, Copy)]
pub(crate) struct Movement {
    pub(crate) at: u32,
    pub(crate) party: PartyNo,
    pub(crate) from: PlaceNo,
    pub(crate) to: PlaceNo,
    pub(crate) crossing: Option<PlaceNo>,
    pub(crate) mode: &'static str,
    pub(crate) document: u64,
    /// 0: alone.
    pub(crate) group: u32,
}

/// An advert.
pub(crate) struct Post {
    /// Whose doing it is, or [`BENIGN`].
    pub(crate) network: u16,
    pub(crate) at: u32,
    pub(crate) account: AccountNo,
    pub(crate) kind: &'static str,
    pub(crate) language: &'static str,
    pub(crate) place: PlaceNo,
    pub(crate) text: String,
    pub(crate) contact: Vec<AccountNo>,
}

/// A line of an agency's case.
pub(crate) struct CaseRecord {
    pub(crate) case: u32,
    pub(crate) agency: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) subject: Seen,
    pub(crate) role: &'static str,
    pub(crate) status: &'static str,
    /// Days since the start of the world; may lie before it.
    pub(crate) opened: i32,
    /// Day of closing, if closed.
    pub(crate) closed: Option<i32>,
}

/// Everything but what is only decided day by day.
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) scale: f64,
    pub(crate) parties: Vec<Party>,
    pub(crate) accounts: Vec<Account>,
    /// Place of each address.
    pub(crate) addresses: Vec<PlaceNo>,
    /// First and one-past-last party of each household.
    pub(crate) households: Vec<(PartyNo, PartyNo)>,
    pub(crate) transfers: Vec<Vec<Transfer>>,
    pub(crate) contacts: Vec<Vec<Contact>>,
    pub(crate) sightings: Vec<Vec<Sighting>>,
    pub(crate) movements: Vec<Movement>,
    pub(crate) posts: Vec<Post>,
    pub(crate) cases: Vec<CaseRecord>,
    numbers: u64,
    groups: u32,
    case_count: u32,
}

impl World {
    pub(crate) fn new(seed: u64, scale: f64) -> Self {
        let days = DAYS as usize;
        Self {
            seed,
            scale,
            parties: Vec::new(),
            accounts: Vec::new(),
            addresses: Vec::new(),
            households: Vec::new(),
            transfers: vec![Vec::new(); days],
            contacts: vec![Vec::new(); days],
            sightings: vec![Vec::new(); days],
            movements: Vec::new(),
            posts: Vec::new(),
            cases: Vec::new(),
            numbers: 0,
            groups: 0,
            case_count: 0,
        }
    }

    pub(crate) fn party(&self, no: PartyNo) -> &Party {
        &self.parties[no as usize]
    }

    pub(crate) fn party_mut(&mut self, no: PartyNo) -> &mut Party {
        &mut self.parties[no as usize]
    }

    pub(crate) fn account(&self, no: AccountNo) -> &Account {
        &self.accounts[no as usize]
    }

    /// A new address in a place.
    pub(crate) fn new_address(&mut self, place: PlaceNo) -> u32 {
        self.addresses.push(place);
        self.addresses.len() as u32 - 1
    }

    /// A number that nothing else has, without visible order.
    pub(crate) fn new_number(&mut self) -> u64 {
        self.numbers += 1;
        (u64::from(scramble(self.numbers as u32, self.seed)) << 8) | (mix(self.numbers, self.seed) & 0xff)
    }

    /// A new document number: its kind goes in the top bits (1 national card, 2 tazkira, 3 passport, 4 firm's registration).
    pub(crate) fn new_document(&mut self, kind: u64) -> u64 {
        (kind << 60) | self.new_number()
    }

    /// A group of travellers.
    pub(crate) fn new_group(&mut self) -> u32 {
        self.groups += 1;
        self.groups
    }

    /// A case.
    pub(crate) fn new_case(&mut self) -> u32 {
        self.case_count += 1;
        self.case_count
    }

    /// Fresh E.164 digits of a country.
    pub(crate) fn new_phone(&mut self, country: &str) -> u64 {
        self.numbers += 1;
        let (prefix, digits) = mobile_prefix(country);
        let space = 10_u64.pow(digits);
        // 387 is coprime to ten, so this is a bijection on the space.
        let local = (self.numbers.wrapping_mul(387_420_489 % space) + self.seed % space) % space;
        let text: u64 = prefix.trim_start_matches('+').parse().unwrap_or(0);
        text * space + local
    }

    /// Opens an account. Its currency is the country's, dollars of the chain for coin, and none that matters for phones.
    pub(crate) fn open(&mut self, kind: AccountKind, provider: &'static str, holder: PartyNo, place: PlaceNo, opened: i32) -> AccountNo {
        let number = if kind == AccountKind::Phone { self.new_phone(at(place).country) } else { self.new_number() };
        let currency = match kind {
            AccountKind::Exchange | AccountKind::Wallet => USDT,
            _ => currency_of(at(place).country),
        };
        self.accounts.push(Account { kind, provider, holder, place, opened, currency, number });
        self.accounts.len() as u32 - 1
    }

    /// Adults of a household.
    pub(crate) fn kin(&self, no: PartyNo) -> std::ops::Range<PartyNo> {
        let household = self.party(no).household;
        if household == NONE {
            return no..no;
        }
        let (first, last) = self.households[household as usize];
        first..last
    }

    /// A time on that day, in seconds of the world: people act from 7 in the morning to 11 at night, local time (UTC+5).
    pub(crate) fn clock(draw: &mut Draw, day: u32) -> u32 {
        let hour = 7.0 + 16.0 * (0.5 * (draw.unit() + draw.unit())).clamp(0.0, 0.9999);
        let local = (hour * 3_600.0) as u32;
        day * 86_400 + local - 5 * 3_600
    }

    /// Some seconds more: planners count in whole hours, people do not.
    fn later(second: u32, from: u32, to: u32) -> u32 {
        second + (mix(u64::from(from) << 32 | u64::from(to), u64::from(second)) % 540) as u32
    }

    /// Plans a transfer of that value in US dollars. Parties without an account cannot pay: nothing happens then.
    pub(crate) fn pay(&mut self, pay: Pay) {
        let Pay { at: planned, from, to, usd, channel, purpose, network } = pay;
        let second = Self::later(planned, from, to);
        if from == NONE || to == NONE || from == to {
            return;
        }
        let day = (second / 86_400) as usize;
        if day >= self.transfers.len() {
            return;
        }
        let (currency, to_currency) = match channel {
            Channel::Onchain => (USDT, USDT),
            _ => (self.account(from).currency, self.account(to).currency),
        };
        let amount = round_amount(usd, currency, channel);
        let to_amount = if currency == to_currency { 0 } else { round_amount(usd * 0.985, to_currency, Channel::Card) };
        self.transfers[day].push(Transfer { at: second, from, to, amount, to_amount, currency, to_currency, channel, purpose, network });
    }

    /// Plans a contact.
    pub(crate) fn touch(&mut self, planned: u32, from: AccountNo, to: AccountNo, kind: &'static str, count: u16) {
        let second = Self::later(planned, from, to);
        let day = (second / 86_400) as usize;
        if from != NONE && to != NONE && from != to && day < self.contacts.len() {
            self.contacts[day].push(Contact { at: second, from, to, kind, count });
        }
    }

    /// Plans a sighting.
    pub(crate) fn see(&mut self, planned: u32, subject: Seen, mark: Mark) {
        let (Seen::Account(no) | Seen::Party(no)) = subject;
        let second = Self::later(planned, no, 0);
        let day = (second / 86_400) as usize;
        if day < self.sightings.len() && subject != Seen::Account(NONE) && subject != Seen::Party(NONE) {
            self.sightings[day].push(Sighting { at: second, subject, mark });
        }
    }

    /// Plans a journey of a group, or of one.
    pub(crate) fn travel(&mut self, draw: &mut Draw, day: u32, parties: &[PartyNo], from: PlaceNo, to: PlaceNo, mode: &'static str) {
        let group = if parties.len() > 1 { self.new_group() } else { 0 };
        if day >= DAYS {
            return;
        }
        let second = Self::clock(draw, day);
        for party in parties {
            let at = second + draw.below(1_200) as u32;
            let document = self.party(*party).document;
            self.movements.push(Movement { at, party: *party, from, to, crossing: crate::places::crossing_between(from, to), mode, document, group });
        }
    }
}

/// One payment to plan.
pub(crate) struct Pay {
    pub(crate) at: u32,
    pub(crate) from: AccountNo,
    pub(crate) to: AccountNo,
    pub(crate) usd: f64,
    pub(crate) channel: Channel,
    pub(crate) purpose: &'static str,
    pub(crate) network: u16,
}

/// The amount people would write: whole cash steps, coarser for larger sums; shops and chains count exactly.
pub(crate) fn round_amount(usd: f64, currency: u8, channel: Channel) -> i64 {
    let money = &CURRENCIES[usize::from(currency)];
    let value = usd.max(0.01) * money.per_usd;
    let step = match channel {
        Channel::Onchain | Channel::P2p if currency == USDT => 0.01,
        Channel::Card | Channel::Ach => (money.step / 50.0).max(0.01),
        _ if value < 40.0 * money.step => money.step,
        _ if value < 1_000.0 * money.step => money.step * 10.0,
        _ => money.step * 100.0,
    };
    (((value / step).round().max(1.0) * step) * 1e6).round() as i64
}
