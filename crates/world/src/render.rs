//! From numbers to the text of the contract: ids, identifiers, addresses, times and amounts.

use crate::draw::{mix, scramble};
use crate::places::{CURRENCIES, PlaceNo, at};
use crate::state::{Account, AccountKind, AccountNo, Channel, Mark, Name, PartyNo, START, Seen, World};
use tributary_model::{Date, Timestamp};

/// The words of the contract for a kind of account.
pub(crate) fn account_kind(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Bank => "bank",
        AccountKind::MobileMoney => "mobile_money",
        AccountKind::Ivts => "ivts",
        AccountKind::Exchange => "exchange",
        AccountKind::Wallet => "wallet",
        AccountKind::Platform => "platform",
        AccountKind::Phone => "phone",
    }
}

/// The words of the contract for a channel.
pub(crate) fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Wire => "wire",
        Channel::Ach => "ach",
        Channel::Card => "card",
        Channel::Cash => "cash",
        Channel::Mobile => "mobile",
        Channel::Ivts => "ivts",
        Channel::Onchain => "onchain",
        Channel::P2p => "p2p",
    }
}

/// A time of the world as RFC 3339.
pub(crate) fn time(second: i64) -> String {
    Timestamp(i64::from(START) * tributary_model::time::MICROS_PER_DAY + second * tributary_model::time::MICROS_PER_SECOND).to_string()
}

/// A date.
pub(crate) fn date(days: i32) -> String {
    Date(days).to_string()
}

/// Millionths as decimal text.
pub(crate) fn amount(micros: i64) -> String {
    tributary_model::Amount(i128::from(micros) * 1_000).to_string()
}

/// A currency's code.
pub(crate) fn currency(index: u8) -> &'static str {
    CURRENCIES[usize::from(index)].code
}

/// A place's id.
pub(crate) fn place(place: PlaceNo) -> &'static str {
    at(place).id
}

/// `kind:number` of a document; empty for none.
pub(crate) fn document(document: u64) -> String {
    let number = document & ((1 << 60) - 1);
    match document >> 60 {
        1 => format!("cnic:{:013}", 1_000_000_000_000 + number),
        2 => format!("tazkira:{number:011}"),
        3 => format!("passport:ZX{number:09}"),
        4 => format!("registration:{number:08}"),
        _ => String::new(),
    }
}

impl World {
    /// The public id of a party.
    pub(crate) fn party_id(&self, no: PartyNo) -> String {
        format!("P{:07x}", scramble(no, self.seed ^ 1))
    }

    /// The public id of an account: the number itself for phones, an address for wallets, a handle for platforms.
    pub(crate) fn account_id(&self, no: AccountNo) -> String {
        let Account { kind, number, .. } = self.account(no);
        match kind {
            AccountKind::Bank => format!("BK{number:011}"),
            AccountKind::MobileMoney => format!("MM{number:011}"),
            AccountKind::Ivts => format!("IV{number:011}"),
            AccountKind::Exchange => format!("EX{number:011}"),
            AccountKind::Wallet => format!("T{:016x}{:016x}", mix(*number, 3), mix(*number, 4)),
            AccountKind::Platform => format!("@user{number:x}"),
            AccountKind::Phone => format!("+{number}"),
        }
    }

    /// An address as people write it. No two are the same.
    pub(crate) fn address(&self, no: u32) -> String {
        let town = place(self.addresses[no as usize]);
        let number = scramble(no, self.seed ^ 2);
        let sector = ["Satellite Town", "Old Bazar", "Model Town", "Station Road", "Hazar Ganji", "Cantonment", "New Colony", "Canal Side"]
            [(number % 8) as usize];
        format!("House {}, Street {}, {sector}, {town}", number / 8 % 5_000, number / 40_000)
    }

    /// The public id of whom a sighting or case is of.
    pub(crate) fn seen(&self, subject: Seen) -> String {
        match subject {
            Seen::Account(no) => self.account_id(no),
            Seen::Party(no) => self.party_id(no),
        }
    }

    /// Kind and value of an identifier.
    pub(crate) fn mark(&self, mark: Mark) -> (&'static str, String) {
        match mark {
            Mark::Phone(number) => ("phone", format!("+{number}")),
            Mark::Device(number) => ("device", format!("dev-{number:010x}")),
            Mark::Ip(address) => ("ip", std::net::Ipv4Addr::from(address).to_string()),
            Mark::Address(no) => ("address", self.address(no)),
            Mark::Document(number) => ("document", document(number)),
            Mark::Vehicle(number) => ("vehicle", format!("QAB-{number:06}")),
            Mark::Wallet(no) => ("wallet", self.account_id(no)),
        }
    }

    /// The name field of a party.
    pub(crate) fn name(&self, no: PartyNo) -> String {
        let party = self.party(no);
        match &party.name {
            Name::Person(name) => name.field(party.script, party.variant),
            Name::Firm(name) => name.to_string(),
        }
    }
}
