//! Benign life that comes in groups: weddings, rotating savings, charities, appeals, pilgrims, students, shared devices.
//! Each can look like something else from one side, and is noted as a twin.

use crate::adverts;
use crate::crowd::Scene;
use crate::firms::Firm;
use crate::places::{at, place};
use crate::state::{Channel, DAYS, EID_AL_ADHA, EID_AL_FITR, MONTHS, Mark, NONE, Occupation, PartyNo, Post, RAMADAN, Seen, World};

/// Plans all of it.
pub(crate) fn plan(scene: &mut Scene<'_>) {
    let people = scene.crowd.adults.len();
    for _ in 0..(people / 350).max(3) {
        savings_circle(scene);
        wedding(scene);
    }
    for _ in 0..(people / 900).max(2) {
        emergency(scene);
        property(scene);
    }
    for _ in 0..(people / 5_000).max(1) {
        appeal(scene);
    }
    charities(scene);
    promoters(scene);
    travel(scene);
    students(scene);
    shared_devices(scene);
    bridges(scene);
    small_adverts(scene);
    family_visits(scene);
}

fn circle_of(scene: &mut Scene<'_>, size: usize) -> Vec<PartyNo> {
    let adults = &scene.crowd.adults;
    let head = scene.draw.pick(adults);
    let mut members = vec![head];
    for which in 0..(size as u64 * 2) {
        let friend = scene.friend(head, which);
        if !members.contains(&friend) && members.len() < size {
            members.push(friend);
        }
    }
    members
}

/// A committee: everybody pays each month, one takes the pot.
fn savings_circle(scene: &mut Scene<'_>) {
    let size = scene.draw.between(6, 18) as usize;
    let members = circle_of(scene, size);
    let usd = scene.draw.pick(&[10.0, 18.0, 36.0, 72.0]);
    let through_treasurer = scene.draw.chance(0.5);
    let treasurer = scene.main(members[0]);
    scene.twin("rotating_savings", members[0], treasurer);
    for (turn, month) in MONTHS.into_iter().enumerate() {
        let winner = scene.main(members[(turn + 1) % members.len()]);
        let day = month + 5 + scene.draw.below(4) as u32;
        let sink = if through_treasurer { treasurer } else { winner };
        for member in &members {
            let (from, later) = (scene.main(*member), scene.draw.below(3) as u32);
            scene.pay(day + later, from, sink, usd, Channel::Mobile, "committee");
        }
        if through_treasurer {
            scene.pay(day + 4, treasurer, winner, usd * members.len() as f64, Channel::Mobile, "committee");
        }
    }
}

fn wedding(scene: &mut Scene<'_>) {
    let guests = scene.draw.between(15, 60) as usize;
    let family = circle_of(scene, guests);
    let host = scene.main(family[0]);
    let day = scene.draw.pick(&[20, 35, 48, EID_AL_FITR + 6, EID_AL_FITR + 20, 125, 140, EID_AL_ADHA + 8]);
    scene.twin("wedding", family[0], host);
    for guest in family.iter().skip(1) {
        let (from, usd) = (scene.main(*guest), scene.draw.pick(&[4.0, 7.0, 18.0, 18.0, 36.0]));
        let when = day + scene.draw.below(6) as u32;
        scene.pay(when, from, host, usd, Channel::Mobile, "gift");
    }
    let near = scene.world.party(family[0]).place;
    let shops = scene.firms.shops[usize::from(near)].clone();
    let hotels = scene.firms.hotels.clone();
    let hall = scene.firm_near(&hotels, near);
    scene.pay(day + 3, host, hall.account, guests as f64 * 9.0, Channel::Mobile, "wedding");
    for shop in scene.draw.sample(&shops, 5) {
        let usd = scene.draw.lognormal(60.0, 0.5);
        scene.pay(day + 2, host, shop.account, usd, Channel::Mobile, "wedding");
    }
}

/// Kin raise a lump for a hospital at once.
fn emergency(scene: &mut Scene<'_>) {
    let size = scene.draw.between(5, 16) as usize;
    let kin = circle_of(scene, size);
    let (account, day) = (scene.main(kin[0]), scene.draw.below(170) as u32);
    let mut total = 0.0;
    for member in kin.iter().skip(1) {
        let (from, usd) = (scene.main(*member), scene.draw.lognormal(55.0, 0.6));
        total += usd;
        let when = day + scene.draw.below(3) as u32;
        scene.pay(when, from, account, usd, Channel::Mobile, "family support");
    }
    let hospital = scene.draw.pick(&scene.firms.charities);
    scene.pay(day + 3, account, hospital.account, total * 0.97, Channel::Wire, "treatment");
    scene.twin("emergency", kin[0], account);
}

/// A joint family buys a house: one brother spreads money to others, who pay the seller.
fn property(scene: &mut Scene<'_>) {
    let size = scene.draw.between(4, 8) as usize;
    let kin = circle_of(scene, size);
    let (account, day) = (scene.main(kin[0]), scene.draw.below(160) as u32);
    let seller = scene.draw.pick(&scene.firms.landlords);
    for member in kin.iter().skip(1) {
        let (through, usd) = (scene.main(*member), scene.draw.lognormal(900.0, 0.3));
        scene.pay(day, account, through, usd, Channel::Wire, "family support");
        let extra = scene.draw.below(5) as u32;
        scene.pay(day + 2 + extra, through, seller.account, usd * 0.99, Channel::Wire, "house");
    }
    scene.twin("property", kin[0], account);
}

/// After a flood, somebody collects small gifts from hundreds and passes them on in lumps.
fn appeal(scene: &mut Scene<'_>) {
    let organiser = scene.draw.pick(&scene.crowd.adults);
    let (account, start) = (scene.main(organiser), scene.draw.between(5, 150) as u32);
    scene.twin("appeal", organiser, account);
    let givers = (scene.crowd.adults.len() / 60).clamp(20, 180);
    let mut total = 0.0;
    for giver in scene.draw.sample(&scene.crowd.adults, givers) {
        let (from, usd) = (scene.main(giver), scene.draw.lognormal(9.0, 0.8));
        let day = start + (scene.draw.unit().powi(2) * 20.0) as u32;
        total += usd;
        scene.pay(day, from, account, usd, Channel::Mobile, "flood relief");
    }
    let relief = scene.draw.pick(&scene.firms.aid);
    let local = scene.friend(organiser, 77);
    scene.pay(start + 12, account, relief.account, total * 0.4, Channel::Wire, "flood relief");
    let friend = scene.main(local);
    scene.pay(start + 21, account, friend, total * 0.5, Channel::Wire, "flood relief");
    let (handle, near) = (scene.world.party(organiser).handle, scene.world.party(organiser).place);
    if handle != NONE {
        let phone = scene.phone(organiser);
        for day in 0..3 {
            let text = adverts::appeal(&mut scene.draw, near);
            let at = World::clock(&mut scene.draw, start + day);
            scene.world.posts.push(Post {
                network: crate::state::BENIGN,
                at,
                account: handle,
                kind: "fundraising",
                language: "ur",
                place: near,
                text,
                contact: vec![phone],
            });
        }
    }
}

fn charities(scene: &mut Scene<'_>) {
    let charities = scene.firms.charities.clone();
    for (index, charity) in charities.iter().enumerate() {
        scene.twin("charity", charity.party, charity.account);
        let regulars = scene.draw.sample(&scene.crowd.adults, 25);
        for giver in regulars {
            let (from, months) = (scene.main(giver), scene.draw.between(1, 6) as usize);
            for month in scene.draw.sample(&MONTHS, months) {
                let factor = if month == RAMADAN { 2.5 } else { 1.0 };
                let (day, usd) = (month + scene.draw.below(29) as u32, scene.draw.lognormal(8.0, 0.7) * factor);
                scene.pay(day, from, charity.account, usd, Channel::Mobile, "zakat");
            }
        }
        let partner = charities[(index + 1) % charities.len()];
        for month in MONTHS {
            let usd = scene.draw.lognormal(180.0, 0.4);
            scene.pay(month + 25, charity.account, partner.account, usd, Channel::Wire, "grant");
            let shops = scene.firms.shops[usize::from(charity.place)].clone();
            for shop in scene.draw.sample(&shops, 3) {
                let usd = scene.draw.lognormal(60.0, 0.4);
                let extra = scene.draw.below(8) as u32;
                scene.pay(month + 20 + extra, charity.account, shop.account, usd, Channel::Wire, "supplies");
            }
            let till = scene.till(charity.place);
            scene.pay(month + 22, charity.account, till, 90.0, Channel::Cash, "programme");
        }
    }
}

/// Licensed promoters advertise in a house style, take lawful fees through the bank, and book travel.
fn promoters(scene: &mut Scene<'_>) {
    for promoter in scene.firms.promoters.clone() {
        scene.twin("licensed_promoter", promoter.party, promoter.account);
        let style = scene.draw.below(adverts::JOB_STYLES);
        let handle = scene.world.open(crate::state::AccountKind::Platform, "Chowk", promoter.party, promoter.place, -200);
        for _ in 0..scene.draw.between(4, 16) {
            let at = {
                let day = scene.draw.below(DAYS as usize) as u32;
                World::clock(&mut scene.draw, day)
            };
            let destination = scene.draw.pick(&["Dubai", "Riyadh", "Doha", "Muscat"]);
            let (text, language) = adverts::job(&mut scene.draw, style, destination);
            let post = Post {
                network: crate::state::BENIGN,
                at,
                account: handle,
                kind: "job",
                language,
                place: promoter.place,
                text,
                contact: vec![promoter.phone],
            };
            scene.world.posts.push(post);
        }
        let candidates: Vec<PartyNo> = {
            let n = scene.draw.between(6, 30) as usize;
            scene.draw.sample(&scene.crowd.adults, n)
        };
        let carriers = scene.firms.travel.clone();
        for group in candidates.chunks(6) {
            let day = scene.draw.below(140) as u32;
            for &candidate in group {
                let (from, phone, usd) = (scene.main(candidate), scene.phone(candidate), scene.draw.range(150.0, 320.0));
                scene.world.touch(day * 86_400 + 40_000, phone, promoter.phone, "call", 2);
                let extra = scene.draw.below(6) as u32;
                scene.pay(day + 2 + extra, from, promoter.account, usd, Channel::Wire, "service fee");
            }
            let agent = scene.draw.pick(&carriers);
            scene.pay(day + 20, promoter.account, agent.account, 190.0 * group.len() as f64, Channel::Wire, "tickets");
            let to = place(scene.draw.pick(&["Dubai", "Riyadh", "Doha", "Muscat"]));
            if scene.draw.chance(0.5) {
                scene.world.travel(&mut scene.draw, day + 30, group, promoter.place, to, "air");
            }
        }
    }
}

/// Travel agents book groups, among them pilgrims in the season, and pay carriers.
fn travel(scene: &mut Scene<'_>) {
    let carriers = scene.firms.carriers.clone();
    for agent in scene.firms.travel.clone() {
        scene.twin("travel_agent", agent.party, agent.account);
        for trip in 0..scene.draw.between(3, 9) {
            let pilgrims = trip < 2;
            let size = if pilgrims { scene.draw.between(8, 30) } else { scene.draw.between(2, 9) } as usize;
            let local = scene.crowd.local[usize::from(agent.place)].clone();
            let pool = if local.len() > 40 { local } else { scene.crowd.adults.clone() };
            let group = scene.draw.sample(&pool, size);
            let day = if pilgrims { EID_AL_ADHA - 22 - scene.draw.below(40) as u32 } else { scene.draw.below(150) as u32 };
            let fare = if pilgrims { scene.draw.range(900.0, 1_900.0) } else { scene.draw.range(60.0, 320.0) };
            for &traveller in &group {
                let (from, phone) = (scene.main(traveller), scene.phone(traveller));
                let extra = scene.draw.below(6) as u32;
                scene.pay(day + extra, from, agent.account, fare, Channel::Wire, "booking");
                scene.world.touch(day * 86_400 + 36_000, phone, agent.phone, "call", 1);
            }
            let carrier = scene.draw.pick(&carriers);
            scene.pay(day + 8, agent.account, carrier.account, fare * size as f64 * 0.88, Channel::Wire, "tickets");
            let to = if pilgrims { "Jeddah" } else { scene.draw.pick(&["Dubai", "Istanbul", "Karachi", "Kabul"]) };
            scene.world.travel(&mut scene.draw, day + 12, &group, agent.place, place(to), if to == "Kabul" { "road" } else { "air" });
            scene.world.travel(&mut scene.draw, day + 28, &group, place(to), agent.place, if to == "Kabul" { "road" } else { "air" });
        }
    }
}

/// Students live in hostels on money from scattered kin, and share the hostel's machines.
fn students(scene: &mut Scene<'_>) {
    let students = scene.crowd.doing(Occupation::Student).to_vec();
    for hostel in students.chunks(14) {
        let here = scene.world.party(hostel[0]).place;
        let address = scene.world.new_address(here);
        let machine = scene.world.new_number();
        for &student in hostel {
            let account = scene.main(student);
            let backers = scene.draw.between(1, 5) as u64;
            for month in MONTHS {
                for which in 0..backers {
                    let friend = scene.friend(student, 500 + which);
                    let (from, usd) = (scene.main(friend), scene.draw.lognormal(28.0, 0.5));
                    let extra = scene.draw.below(12) as u32;
                    scene.pay(month + extra, from, account, usd, Channel::Mobile, "family support");
                }
                let at = month * 86_400 + scene.draw.below(2_000_000) as u32;
                if scene.draw.chance(0.5) {
                    scene.world.see(at, Seen::Account(account), Mark::Device(machine));
                }
                if scene.draw.chance(0.3) {
                    scene.world.see(at, Seen::Party(student), Mark::Address(address));
                }
            }
            if account != NONE && backers > 2 {
                scene.twin("student", student, account);
            }
        }
    }
}

/// Internet cafés and village phones: one device, many people who do not know each other.
fn shared_devices(scene: &mut Scene<'_>) {
    for town in 0..scene.crowd.local.len() {
        let local = scene.crowd.local[town].clone();
        for _ in 0..local.len() / 250 + usize::from(local.len() > 30) {
            let machine = scene.world.new_number();
            let users = scene.draw.between(8, 40) as usize;
            for user in scene.draw.sample(&local, users) {
                let handle = scene.world.party(user).handle;
                let account = if handle != NONE && scene.draw.chance(0.6) { handle } else { scene.main(user) };
                for _ in 0..scene.draw.between(1, 4) {
                    let at = scene.draw.below((DAYS * 86_400) as usize) as u32;
                    scene.world.see(at, Seen::Account(account), Mark::Device(machine));
                }
            }
        }
    }
    for hotel in scene.firms.hotels.clone() {
        let address = scene.world.party(hotel.party).address;
        let guests = scene.draw.between(30, 90) as usize;
        for guest in scene.draw.sample(&scene.crowd.adults, guests) {
            let at = scene.draw.below((DAYS * 86_400) as usize) as u32;
            scene.world.see(at, Seen::Party(guest), Mark::Address(address));
            if scene.draw.chance(0.5) {
                let (from, usd) = (scene.main(guest), scene.draw.range(12.0, 45.0));
                scene.pay(at / 86_400, from, hotel.account, usd, Channel::Card, "room");
            }
        }
        scene.twin("hotel", hotel.party, hotel.account);
    }
}

/// Journalists, lawyers and aid workers speak with everybody, and travel.
fn bridges(scene: &mut Scene<'_>) {
    for &bridge in &scene.crowd.doing(Occupation::Bridge).to_vec() {
        let phone = scene.phone(bridge);
        scene.twin("bridge", bridge, phone);
        let contacts = scene.draw.between(15, 60) as usize;
        for other in scene.draw.sample(&scene.crowd.callers, contacts) {
            let callee = scene.phone(other);
            for _ in 0..scene.draw.between(1, 3) {
                let at = {
                    let day = scene.draw.below(DAYS as usize) as u32;
                    World::clock(&mut scene.draw, day)
                };
                scene.world.touch(at, phone, callee, "call", 1);
            }
        }
        let here = scene.world.party(bridge).place;
        for _ in 0..scene.draw.poisson(1.5) {
            let (day, to) = (scene.draw.below(170) as u32, place(scene.draw.pick(&["Kabul", "Quetta", "Peshawar", "Kandahar", "Zahedan"])));
            if at(to).country != at(here).country {
                scene.world.travel(&mut scene.draw, day, &[bridge], here, to, "road");
            }
        }
    }
}

/// Ordinary classifieds: goods, marriages, rooms, lifts.
fn small_adverts(scene: &mut Scene<'_>) {
    let adults = scene.crowd.adults.clone();
    let sites: Vec<Firm> = scene.firms.adverts.clone();
    for _ in 0..(adults.len() / 18).max(30) {
        let seller = scene.draw.pick(&adults);
        let handle = scene.world.party(seller).handle;
        if handle == NONE {
            continue;
        }
        let (near, phone, account) = (scene.world.party(seller).place, scene.phone(seller), scene.main(seller));
        let (kind, text, language) = adverts::small(&mut scene.draw, near);
        let day = scene.draw.below(DAYS as usize) as u32;
        let at = World::clock(&mut scene.draw, day);
        scene.world.posts.push(Post { network: crate::state::BENIGN, at, account: handle, kind, language, place: near, text, contact: vec![phone] });
        if scene.draw.chance(0.3) {
            let site = scene.draw.pick(&sites);
            scene.pay(day, account, site.account, 2.0, Channel::Card, "advert");
        }
    }
}

/// Families visit kin across the border together.
fn family_visits(scene: &mut Scene<'_>) {
    for household in 0..scene.world.households.len() {
        if !scene.draw.chance(0.05) {
            continue;
        }
        let (first, last) = scene.world.households[household];
        let family: Vec<PartyNo> = (first..last).filter(|no| scene.world.party(*no).place == scene.world.party(first).place).collect();
        let here = scene.world.party(first).place;
        let to = match at(here).country {
            "PK" => place(scene.draw.pick(&["Kandahar", "Jalalabad", "Zahedan", "Spin Boldak"])),
            "AF" => place(scene.draw.pick(&["Quetta", "Peshawar", "Chaman"])),
            _ => place(scene.draw.pick(&["Quetta", "Taftan"])),
        };
        let day = scene.draw.below(150) as u32;
        scene.world.travel(&mut scene.draw, day, &family, here, to, "road");
        let stay = scene.draw.between(3, 20) as u32;
        scene.world.travel(&mut scene.draw, day + stay, &family, to, here, "road");
    }
}
