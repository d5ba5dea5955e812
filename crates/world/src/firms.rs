//! Organisations: where people spend, earn, send and travel. All lawful; several kinds are licensed, which their document shows.

use crate::draw::Draw;
use crate::names::{FIRM_FIRST, PersonName, Script};
use crate::places::{PLACES, PlaceNo, at, place};
use crate::state::{AccountKind, AccountNo, NONE, Name, Occupation, Party, PartyNo, World};

/// A firm with the account it works through.
#[derive(Clone, Copy)]
pub(crate) struct Firm {
    pub(crate) party: PartyNo,
    pub(crate) account: AccountNo,
    pub(crate) phone: AccountNo,
    pub(crate) place: PlaceNo,
}

/// All organisations by what they do.
#[derive(Default)]
pub(crate) struct Firms {
    /// By place.
    pub(crate) shops: Vec<Vec<Firm>>,
    /// Cash tills of bank branches, by place: accounts without a holder.
    pub(crate) tills: Vec<Vec<AccountNo>>,
    /// Mobile-money agents, by place.
    pub(crate) agents: Vec<Vec<Firm>>,
    pub(crate) utilities: Vec<Firm>,
    pub(crate) employers: Vec<Firm>,
    pub(crate) ivts: Vec<Firm>,
    pub(crate) promoters: Vec<Firm>,
    pub(crate) charities: Vec<Firm>,
    pub(crate) aid: Vec<Firm>,
    pub(crate) travel: Vec<Firm>,
    pub(crate) kilns: Vec<Firm>,
    pub(crate) hotels: Vec<Firm>,
    pub(crate) wholesalers: Vec<Firm>,
    /// Exchanges for virtual assets: their hot wallets.
    pub(crate) vasps: Vec<Firm>,
    /// Advert platforms.
    pub(crate) adverts: Vec<Firm>,
    pub(crate) call_centres: Vec<Firm>,
    pub(crate) landlords: Vec<Firm>,
    pub(crate) schools: Vec<Firm>,
    pub(crate) clients: Vec<Firm>,
    pub(crate) carriers: Vec<Firm>,
}

/// Banks and mobile-money providers of a world: fictional.
pub(crate) static BANKS: &[&str] = &["Indus Bank", "Frontier Bank", "Gulf Commercial", "Ariana Trust"];
/// Mobile-money providers.
pub(crate) static MOBILE: &[&str] = &["PaisaTel", "EasySend", "Roshni Money"];

/// How to found a firm.
struct Charter {
    what: &'static str,
    kind: AccountKind,
    provider: &'static str,
    licensed: bool,
}

impl Charter {
    const fn bank(what: &'static str) -> Self {
        Self { what, kind: AccountKind::Bank, provider: "Indus Bank", licensed: false }
    }
    const fn licensed(what: &'static str) -> Self {
        Self { what, kind: AccountKind::Bank, provider: "Frontier Bank", licensed: true }
    }
}

fn found(world: &mut World, draw: &mut Draw, home: PlaceNo, charter: &Charter) -> Firm {
    let party = world.parties.len() as PartyNo;
    let first = draw.pick(FIRM_FIRST);
    let owner = PersonName::draw(draw, false, 0).latin(draw.word());
    let name = match draw.below(4) {
        0 => format!("{} {}", owner.split(' ').next().unwrap_or("Ahmed"), charter.what),
        1 => format!("{first} {} {}", charter.what, at(home).id),
        _ => format!("{first} {}", charter.what),
    };
    let address = world.new_address(home);
    let document = world.new_document(4);
    let licence = if charter.licensed { world.new_number() as u32 } else { 0 };
    let provider = if charter.provider == "Indus Bank" { draw.pick(BANKS) } else { charter.provider };
    let opened = -(draw.between(60, 3_000) as i32);
    let account = world.open(charter.kind, provider, party, home, opened);
    let phone = world.open(AccountKind::Phone, "Telco", party, home, opened);
    let number = world.account(phone).number;
    world.parties.push(Party {
        name: Name::Firm(name.into_boxed_str()),
        script: Script::Latin,
        variant: 0,
        birth: i32::MIN,
        nationality: at(home).country,
        language: "",
        place: home,
        origin: home,
        household: NONE,
        address,
        phone: number,
        phone_before: 0,
        document,
        licence,
        occupation: Occupation::Home,
        main: account,
        phone_account: phone,
        handle: NONE,
        exchange: NONE,
        device: 0,
        same_as: NONE,
        taken: true,
        gaps: 0,
    });
    Firm { party, account, phone, place: home }
}

fn corridor_towns(draw: &mut Draw) -> PlaceNo {
    let weights: Vec<f64> = PLACES.iter().map(|p| p.households).collect();
    draw.weighted(&weights) as PlaceNo
}

fn gulf_towns(draw: &mut Draw) -> PlaceNo {
    let weights: Vec<f64> = PLACES.iter().map(|p| p.migrants).collect();
    draw.weighted(&weights) as PlaceNo
}

/// Founds all organisations for about that many people.
pub(crate) fn found_all(world: &mut World, draw: &mut Draw, people: f64) -> Firms {
    let mut firms = Firms::default();
    for (index, here) in PLACES.iter().enumerate() {
        let home = index as PlaceNo;
        let share = here.households / 100.0 + here.migrants / 110.0 * 0.14;
        let count = |rate: f64, least: usize| {
            if share > 0.0 { ((people * share * rate) as usize).max(least) } else { 0 }
        };
        let shops = (0..count(0.020, 3)).map(|_| found(world, draw, home, &Charter::bank("General Store"))).collect();
        firms.shops.push(shops);
        let agent = Charter { what: "Easy Shop", kind: AccountKind::MobileMoney, provider: "PaisaTel", licensed: true };
        let agents = (0..count(0.002, 2)).map(|_| found(world, draw, home, &agent)).collect();
        firms.agents.push(agents);
        let tills = (0..count(0.0012, 2)).map(|k| world.open(AccountKind::Bank, BANKS[k % BANKS.len()], NONE, home, -4_000)).collect();
        firms.tills.push(tills);
    }
    found_services(world, draw, people, &mut firms);
    found_special(world, draw, people, &mut firms);
    firms
}

fn found_services(world: &mut World, draw: &mut Draw, people: f64, firms: &mut Firms) {
    for home in ["Quetta", "Peshawar", "Karachi", "Lahore", "Kabul", "Kandahar", "Dubai", "Riyadh"] {
        for what in ["Electric Supply", "Telecom", "Gas Company"] {
            firms.utilities.push(found(world, draw, place(home), &Charter::bank(what)));
        }
    }
    for _ in 0..((people * 0.004) as usize).max(10) {
        let home = corridor_towns(draw);
        firms.employers.push(found(world, draw, home, &Charter::bank("Industries")));
    }
    for _ in 0..((people * 0.002) as usize).max(6) {
        let home = gulf_towns(draw);
        firms.employers.push(found(world, draw, home, &Charter::bank("Contracting")));
        firms.landlords.push(found(world, draw, home, &Charter::bank("Staff Housing")));
    }
    for _ in 0..((people * 0.001) as usize).max(8) {
        let home = corridor_towns(draw);
        firms.wholesalers.push(found(world, draw, home, &Charter::bank("Traders")));
        let home = corridor_towns(draw);
        firms.landlords.push(found(world, draw, home, &Charter::bank("Properties")));
        let home = corridor_towns(draw);
        firms.schools.push(found(world, draw, home, &Charter::bank("Public School")));
    }
    for _ in 0..((people * 0.0006) as usize).max(4) {
        let home = corridor_towns(draw);
        firms.kilns.push(found(world, draw, home, &Charter::bank("Bricks")));
        let home = corridor_towns(draw);
        firms.hotels.push(found(world, draw, home, &Charter::bank("Hotel")));
        let home = corridor_towns(draw);
        firms.carriers.push(found(world, draw, home, &Charter::bank("Transport")));
    }
}

fn found_special(world: &mut World, draw: &mut Draw, people: f64, firms: &mut Firms) {
    let ivts = Charter { what: "Exchange Company", kind: AccountKind::Ivts, provider: "IVTS", licensed: true };
    for home in ["Dubai", "Quetta", "Peshawar", "Kabul", "Kandahar", "Karachi", "Riyadh", "Jalalabad"] {
        firms.ivts.push(found(world, draw, place(home), &ivts));
    }
    for _ in 0..(people * 0.0004) as usize {
        let home = if draw.chance(0.3) { gulf_towns(draw) } else { corridor_towns(draw) };
        firms.ivts.push(found(world, draw, home, &ivts));
    }
    for _ in 0..((people * 0.0005) as usize).max(4) {
        let home = corridor_towns(draw);
        firms.promoters.push(found(world, draw, home, &Charter::licensed("Overseas Employment Promoters")));
        let home = corridor_towns(draw);
        firms.charities.push(found(world, draw, home, &Charter::licensed("Welfare Trust")));
        let home = corridor_towns(draw);
        firms.travel.push(found(world, draw, home, &Charter::licensed("Travel and Tours")));
    }
    for _ in 0..((people * 0.0001) as usize).max(2) {
        let home = place(draw.pick(&["Islamabad", "Kabul", "Peshawar", "Quetta"]));
        firms.aid.push(found(world, draw, home, &Charter::licensed("Relief")));
        let home = corridor_towns(draw);
        firms.call_centres.push(found(world, draw, home, &Charter::bank("Contact Centre")));
        let home = gulf_towns(draw);
        firms.clients.push(found(world, draw, home, &Charter::bank("Digital Studio")));
    }
    for what in ["Coin Exchange", "Digital Assets", "Crypto Market"] {
        let charter = Charter { what, kind: AccountKind::Exchange, provider: "hot wallet", licensed: true };
        firms.vasps.push(found(world, draw, place("Dubai"), &charter));
    }
    for what in ["Classifieds", "Listings"] {
        firms.adverts.push(found(world, draw, place("Lahore"), &Charter::bank(what)));
    }
}
