//! People: joint families that share an address and often a handset, and those of them who work abroad.

use crate::draw::{Draw, mix};
use crate::firms::{BANKS, MOBILE};
use crate::names::{LAST, PersonName, Script};
use crate::places::{PLACES, PlaceNo, at, place};
use crate::state::{AccountKind, NONE, Name, Occupation, Party, PartyNo, START, World};

/// Languages of a place's families, with weights: drawn without regard to anything else they do.
fn language(draw: &mut Draw, origin: PlaceNo) -> &'static str {
    let (tags, weights): (&[&str], &[f64]) = match at(origin).admin1 {
        "PK-BA" => (&["bal", "ps", "brh", "ur"], &[0.36, 0.35, 0.17, 0.12]),
        "PK-KP" => (&["ps", "hnd", "ur"], &[0.76, 0.12, 0.12]),
        "PK-SD" => (&["sd", "ur", "ps", "bal"], &[0.5, 0.3, 0.13, 0.07]),
        "PK-PB" | "PK-IS" => (&["pa", "ur", "skr"], &[0.6, 0.25, 0.15]),
        "AF-KAN" | "AF-NAN" => (&["ps", "prs"], &[0.9, 0.1]),
        "AF-KAB" | "AF-HER" | "AF-NIM" => (&["prs", "ps", "uz"], &[0.6, 0.33, 0.07]),
        _ => (&["fa", "bal"], &[0.7, 0.3]),
    };
    tags[draw.weighted(weights)]
}

/// Days a person of that age has lived before the world starts.
fn birth(draw: &mut Draw, age_low: f64, age_high: f64) -> i32 {
    START - (draw.range(age_low, age_high) * 365.25) as i32
}

/// Who a member of a household is.
struct Seat {
    woman: bool,
    age: (f64, f64),
    occupation: Occupation,
}

fn working(draw: &mut Draw, refugee: bool) -> Occupation {
    use Occupation as O;
    if refugee {
        return draw.pick(&[O::Refugee, O::Refugee, O::Labourer]);
    }
    const LINES: [Occupation; 9] = [O::Salaried, O::Labourer, O::Migrant, O::Shopkeeper, O::Trader, O::Driver, O::Freelancer, O::Student, O::Bridge];
    LINES[draw.weighted(&[0.30, 0.24, 0.15, 0.08, 0.05, 0.06, 0.035, 0.075, 0.012])]
}

/// The seats of one household.
fn seats(draw: &mut Draw, refugee: bool) -> Vec<Seat> {
    use Occupation as O;
    let mut seats = Vec::new();
    let couples = 1 + usize::from(draw.chance(0.45)) + usize::from(draw.chance(0.15));
    for _ in 0..couples {
        let occupation = working(draw, refugee);
        seats.push(Seat { woman: draw.chance(0.08), age: (22.0, 58.0), occupation });
        if draw.chance(0.9) {
            let occupation =
                if draw.chance(0.28) { draw.pick(&[O::Salaried, O::Freelancer, O::Shopkeeper, O::Labourer, O::Migrant, O::Bridge]) } else { O::Home };
            seats.push(Seat { woman: draw.chance(0.94), age: (20.0, 54.0), occupation });
        }
        for _ in 0..draw.poisson(1.6) {
            let grown = draw.chance(0.25);
            let age = if grown { (18.0, 24.0) } else { (0.5, 17.5) };
            let occupation = if grown { draw.pick(&[O::Student, O::Labourer, O::Home, O::Migrant]) } else { O::Child };
            seats.push(Seat { woman: draw.chance(0.49), age, occupation });
        }
    }
    if draw.chance(0.35) {
        seats.push(Seat { woman: draw.chance(0.5), age: (60.0, 80.0), occupation: O::Retired });
    }
    seats
}

/// Settles about that many people in households.
pub(crate) fn settle(world: &mut World, draw: &mut Draw, people: usize) {
    let weights: Vec<f64> = PLACES.iter().map(|p| p.households).collect();
    let abroad: Vec<f64> = PLACES.iter().map(|p| p.migrants).collect();
    let camps = [place("Jalozai Camp"), place("Surkhab Camp")];
    let target = world.parties.len() + people;
    while world.parties.len() < target {
        let refugee = draw.chance(0.035);
        let home = if refugee { draw.pick(&camps) } else { draw.weighted(&weights) as PlaceNo };
        let origin = if refugee { place(draw.pick(&["Kandahar", "Jalalabad", "Kabul"])) } else { home };
        let address = world.new_address(home);
        let household = world.households.len() as u32;
        let first = world.parties.len() as PartyNo;
        let last_name = draw.below(LAST.len()) as u8;
        let tongue = language(draw, origin);
        // Half the families let several members use one handset.
        let shared_device = if draw.chance(0.5) { world.new_number() } else { 0 };
        for seat in seats(draw, refugee) {
            let far = seat.occupation == Occupation::Migrant;
            let lives = if far { draw.weighted(&abroad) as PlaceNo } else { home };
            let seat_address = if far { world.new_address(lives) } else { address };
            person(
                world,
                draw,
                &seat,
                Home { origin, lives, address: seat_address, household, last_name, tongue, device: if far { 0 } else { shared_device } },
            );
        }
        world.households.push((first, world.parties.len() as PartyNo));
    }
}

struct Home {
    origin: PlaceNo,
    lives: PlaceNo,
    address: u32,
    household: u32,
    last_name: u8,
    tongue: &'static str,
    device: u64,
}

fn person(world: &mut World, draw: &mut Draw, seat: &Seat, home: Home) {
    let no = world.parties.len() as PartyNo;
    let last = if seat.woman && draw.chance(0.4) { draw.below(LAST.len()) as u8 } else { home.last_name };
    let name = PersonName::draw(draw, seat.woman, last);
    let script = [Script::Latin, Script::Both, Script::Urdu][draw.weighted(&[0.6, 0.28, 0.12])];
    let grown = seat.occupation != Occupation::Child;
    let own_device = if home.device == 0 || draw.chance(0.55) { world.new_number() } else { home.device };
    let papers = match at(home.origin).country {
        "PK" => 1,
        "AF" => 2,
        _ => 3,
    };
    let document = if grown || draw.chance(0.3) { world.new_document(papers) } else { 0 };
    world.parties.push(Party {
        name: Name::Person(name),
        script,
        variant: draw.word() | 1,
        birth: birth(draw, seat.age.0, seat.age.1),
        nationality: at(home.origin).country,
        language: home.tongue,
        place: home.lives,
        origin: home.origin,
        household: home.household,
        address: home.address,
        phone: 0,
        phone_before: 0,
        document,
        licence: 0,
        occupation: seat.occupation,
        main: NONE,
        phone_account: NONE,
        handle: NONE,
        exchange: NONE,
        device: own_device,
        same_as: NONE,
        taken: false,
        gaps: draw.word() as u8,
    });
    if grown {
        open_accounts(world, draw, no, seat.woman);
    }
}

/// Opens what a grown person uses. Fewer women have accounts, as surveys of the region find; everything later is drawn
/// from those who have one, so that the fairness report must correct for it.
fn open_accounts(world: &mut World, draw: &mut Draw, no: PartyNo, woman: bool) {
    let (lives, occupation) = (world.party(no).place, world.party(no).occupation);
    let at_home = matches!(occupation, Occupation::Home | Occupation::Retired | Occupation::Refugee);
    let opened = if draw.chance(0.12) { draw.between(0, 150) } else { -draw.between(1, 3_000) } as i32;
    let banked = match (occupation, woman) {
        (Occupation::Salaried | Occupation::Migrant | Occupation::Trader | Occupation::Shopkeeper | Occupation::Freelancer, _) => 0.96,
        (Occupation::Refugee, _) => 0.6,
        (_, true) => 0.45,
        (_, false) => 0.75,
    };
    if draw.chance(banked) {
        let bank = draw.chance(if at_home || occupation == Occupation::Labourer { 0.25 } else { 0.65 });
        let account = if bank {
            world.open(AccountKind::Bank, draw.pick(BANKS), no, lives, opened)
        } else {
            world.open(AccountKind::MobileMoney, draw.pick(MOBILE), no, lives, opened)
        };
        world.party_mut(no).main = account;
    }
    if draw.chance(if at_home { 0.6 } else { 0.94 }) {
        let account = world.open(AccountKind::Phone, "Telco", no, lives, opened.min(0) - 1);
        let number = world.account(account).number;
        let person = world.party_mut(no);
        person.phone_account = account;
        person.phone = number;
    }
    if draw.chance(0.35) {
        let account = world.open(AccountKind::Platform, draw.pick(&["Chowk", "Baithak"]), no, lives, opened.min(0) - 1);
        world.party_mut(no).handle = account;
    }
    if draw.chance(if occupation == Occupation::Freelancer { 0.8 } else { 0.02 }) {
        let account = world.open(AccountKind::Exchange, "Coin Exchange", no, lives, opened);
        world.party_mut(no).exchange = account;
    }
}

/// Lets a share of phone numbers pass to another person, as telephone companies do: the old holder's record keeps the number.
pub(crate) fn recycle_numbers(world: &mut World, draw: &mut Draw, people: &[PartyNo]) {
    let count = people.len() / 60;
    let chosen = draw.sample(people, count * 2);
    for pair in chosen.chunks_exact(2) {
        let (before, now) = (pair[0], pair[1]);
        if world.party(now).phone != 0 && !world.party(before).taken {
            world.party_mut(before).phone_before = world.party(now).phone;
        }
    }
}

/// Other sources' records of the same people: a second party id with other spelling and script, which shares the document
/// or the phone, or in the hard cases only name and birth date. Some of their accounts are held under the second record.
pub(crate) fn second_records(world: &mut World, draw: &mut Draw, people: &[PartyNo], probability: f64) {
    for &no in people {
        if !draw.chance(probability) || world.party(no).same_as != NONE {
            continue;
        }
        let second = world.parties.len() as PartyNo;
        let mut record = world.party(no).clone();
        record.same_as = no;
        record.variant = mix(record.variant, 7) | 1;
        record.script = draw.pick(&[Script::Latin, Script::Latin, Script::Urdu]);
        record.gaps = draw.word() as u8;
        record.phone_before = 0;
        record.taken = true;
        match draw.weighted(&[0.5, 0.3, 0.2]) {
            0 => record.phone = 0,
            1 => record.document = world.new_document(3),
            _ => {
                record.phone = 0;
                record.document = 0;
            }
        }
        world.parties.push(record);
        for account in [world.party(no).phone_account, world.party(no).handle, world.party(no).exchange] {
            if account != NONE && draw.chance(0.6) {
                world.accounts[account as usize].holder = second;
            }
        }
    }
}

/// Most migrants live in camps of eight to thirty people of a firm or a landlord: one address.
pub(crate) fn camps(world: &mut World, draw: &mut Draw) {
    for place in 0..PLACES.len() as PlaceNo {
        let migrants: Vec<PartyNo> = (0..world.parties.len() as PartyNo)
            .filter(|no| world.party(*no).place == place && world.party(*no).occupation == Occupation::Migrant)
            .collect();
        let mut rest = migrants.as_slice();
        while !rest.is_empty() {
            let size = (draw.between(8, 30) as usize).min(rest.len());
            let (camp, others) = rest.split_at(size);
            let address = world.new_address(place);
            for no in camp {
                if draw.chance(0.7) {
                    world.party_mut(*no).address = address;
                }
            }
            rest = others;
        }
    }
}

/// Those without a number of their own give the family's.
pub(crate) fn shared_numbers(world: &mut World, draw: &mut Draw) {
    for household in 0..world.households.len() {
        let (first, last) = world.households[household];
        let Some(number) = (first..last).map(|no| world.party(no).phone).find(|number| *number != 0) else {
            continue;
        };
        for no in first..last {
            let person = world.party_mut(no);
            if person.phone == 0 && person.occupation != Occupation::Child && draw.chance(0.5) {
                person.phone = number;
            }
        }
    }
}
