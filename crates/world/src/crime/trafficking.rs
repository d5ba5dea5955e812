//! What trafficking networks do, by kind. Every range is wide, and each act leaves a trace only with the network's visibility.

use super::{Kind, Network, Plot, recruit};
use crate::adverts;
use crate::crowd::Scene;
use crate::places::place;
use crate::state::{AccountKind, AccountNo, Channel, DAYS, MONTHS, Mark, NONE, PartyNo, Post, RAMADAN, Seen, World};

/// Lets a trafficking network act.
pub(super) fn act(scene: &mut Scene<'_>, plot: &mut Plot, index: usize) {
    let network = &mut plot.networks[index];
    match network.kind {
        Kind::FakeJobs => fake_jobs(scene, network),
        Kind::BrickKiln => brick_kiln(scene, network),
        Kind::Begging => begging(scene, network),
        Kind::Smuggling => smuggling(scene, network),
        Kind::Escort => escort(scene, network),
        _ => scam_compound(scene, network),
    }
}

/// Handles opened for adverts.
fn handles(scene: &mut Scene<'_>, network: &mut Network, least: i64, most: i64) -> Vec<AccountNo> {
    let mut handles = Vec::new();
    for _ in 0..scene.draw.between(least, most) {
        let opened = network.start as i32 - scene.draw.between(1, 60) as i32;
        let platform = scene.draw.pick(&["Chowk", "Baithak"]);
        // Now and then one member opened it in their own name.
        let holder = if scene.draw.chance(0.15) { network.members[0].party } else { NONE };
        let handle = scene.world.open(AccountKind::Platform, platform, holder, network.place, opened);
        network.extra.push((handle, "recruiter"));
        handles.push(handle);
    }
    handles
}

/// Adverts from those handles in few styles, showing the members' numbers.
fn advertise(scene: &mut Scene<'_>, network: &Network, handles: &[AccountNo], kind: &'static str, count: i64, places: &[&str]) {
    let (first, second) = (scene.draw.below(adverts::JOB_STYLES), scene.draw.below(adverts::JOB_STYLES));
    let one_contact = scene.draw.chance(0.5);
    for _ in 0..count {
        let day = network.day(scene);
        let at = World::clock(&mut scene.draw, day);
        let style = if scene.draw.chance(0.7) { first } else { second };
        let shown = scene.draw.pick(places);
        let (text, language) = match kind {
            "job" => adverts::job(&mut scene.draw, style, shown),
            "travel" => adverts::travel(&mut scene.draw, style, shown),
            _ => adverts::escort(&mut scene.draw, style, place(shown)),
        };
        let member = if one_contact { &network.members[0] } else { network.member(scene, "recruiter") };
        let contact = network.phone(scene, member);
        let account = scene.draw.pick(handles);
        let near = if kind == "job" { network.place } else { place(shown) };
        if scene.draw.chance(network.visibility) {
            scene.world.posts.push(Post { network: network.number, at, account, kind, language, place: near, text, contact: vec![contact] });
        }
        if scene.draw.chance(0.3) {
            let (payer, site) = (scene.main(member.party), scene.draw.pick(&scene.firms.adverts));
            network.flow(scene, at, payer, site.account, 2.5, Channel::Card, "advert");
        }
    }
}

/// The one who collects passes most of it on after a while.
fn pass_on(scene: &mut Scene<'_>, network: &Network, day: u32, from: AccountNo, usd: f64) {
    let handler = network.member(scene, "handler").party;
    let to = scene.main(handler);
    let (lag, kept) = (scene.draw.between(4_000, 500_000) as u32, scene.draw.range(0.5, 0.97));
    let channel = if scene.draw.chance(0.6) { Channel::Mobile } else { Channel::Wire };
    network.flow(scene, day * 86_400 + 60_000 + lag, from, to, usd * kept, channel, "family support");
}

/// Offers of jobs abroad, a fee in advance, then a journey that some make.
fn fake_jobs(scene: &mut Scene<'_>, network: &mut Network) {
    let handles = handles(scene, network, 1, 6);
    let count = scene.draw.between(4, 36);
    advertise(scene, network, &handles, "job", count, &["Dubai", "Doha", "Riyadh", "Muscat"]);
    let wanted = scene.draw.between(5, 36) as usize;
    network.victims = recruit(scene, network.place, wanted);
    let fee = scene.draw.lognormal(420.0, 0.6);
    let purpose = scene.draw.pick(&["service fee", "documents", "loan", "family support", ""]);
    let instalments = scene.draw.between(1, 3);
    let mut gathered = 0.0;
    for victim in network.victims.clone() {
        let recruiter = network.member(scene, "recruiter");
        let contact = network.phone(scene, recruiter);
        let collector = network.member(scene, "collector").party;
        let account = scene.main(collector);
        let day = network.day(scene);
        let at = World::clock(&mut scene.draw, day);
        let (phone, from) = (scene.phone(victim), scene.main(victim));
        network.call(scene, at, phone, contact, "call");
        network.call(scene, at + 4_000, contact, phone, "message");
        for part in 0..instalments {
            let usd = fee / instalments as f64 * scene.draw.range(0.85, 1.15);
            let when = at + 86_400 * (1 + part as u32 * 7);
            gathered += usd;
            network.flow(scene, when, from, account, usd, Channel::Mobile, purpose);
        }
        if scene.draw.chance(0.2) {
            pass_on(scene, network, day + 3, account, gathered);
            gathered = 0.0;
        }
    }
    let travellers: Vec<PartyNo> = network.victims.iter().copied().filter(|_| scene.draw.chance(0.5)).collect();
    for group in travellers.chunks(5) {
        let day = network.day(scene) + 10;
        if scene.draw.chance(network.visibility) {
            let mut party = group.to_vec();
            if scene.draw.chance(0.4) {
                party.push(network.member(scene, "handler").party);
            }
            scene.world.travel(&mut scene.draw, day, &party, network.place, network.far, "air");
        }
        let payer = network.member(scene, "handler").party;
        let (from, agent) = (scene.main(payer), scene.draw.pick(&scene.firms.travel));
        network.flow(scene, day.saturating_sub(3) * 86_400 + 40_000, from, agent.account, 180.0 * group.len() as f64, Channel::Wire, "tickets");
    }
}

/// Bonded labour: wages are paid and most of them swept to one collector.
fn brick_kiln(scene: &mut Scene<'_>, network: &mut Network) {
    let wanted = scene.draw.between(6, 30) as usize;
    network.victims = recruit(scene, network.place, wanted);
    let kiln = {
        let kilns = scene.firms.kilns.clone();
        scene.firm_near(&kilns, network.place)
    };
    network.facilitators.push((kiln.party, "employer"));
    let collector = network.member(scene, "collector").party;
    let sink = scene.main(collector);
    let (share, every) = (scene.draw.range(0.35, 0.95), scene.draw.pick(&[7_u32, 14, 14, 30]));
    let address = Mark::Address(scene.world.new_address(network.place));
    for victim in network.victims.clone() {
        let (account, wage) = (scene.main(victim), scene.draw.lognormal(9.0, 0.3) * f64::from(every));
        let advance = scene.draw.lognormal(180.0, 0.5);
        network.flow(scene, network.start * 86_400 + 30_000, sink, account, advance, Channel::Cash, "advance");
        if scene.draw.chance(0.5) {
            network.see(scene, network.start * 86_400 + 50_000, Seen::Party(victim), address);
        }
        let mut day = network.start + scene.draw.below(3) as u32;
        while day < network.end {
            let at = World::clock(&mut scene.draw, day);
            network.flow(scene, at, kiln.account, account, wage, Channel::Mobile, "wage");
            let (lag, part) = (scene.draw.between(2_000, 250_000) as u32, share * scene.draw.range(0.8, 1.05));
            network.flow(scene, at + lag, account, sink, wage * part.min(0.98), Channel::Mobile, "advance");
            day += every;
        }
        let (boss, phone) = (network.phone(scene, &network.members[0]), scene.phone(victim));
        let day = network.day(scene);
        network.call(scene, day * 86_400 + 25_000, boss, phone, "call");
    }
    for month in MONTHS {
        if (network.start..network.end).contains(&month) {
            pass_on(scene, network, month + 5, sink, 400.0);
        }
    }
}

/// Children and others made to beg: small cash every day, kept in one house, moved in the pilgrims' season.
fn begging(scene: &mut Scene<'_>, network: &mut Network) {
    let wanted = scene.draw.between(4, 12) as usize;
    let free: Vec<PartyNo> = scene.crowd.children.iter().copied().filter(|no| !scene.world.party(*no).taken).collect();
    network.victims = scene.draw.sample(&free, wanted);
    for victim in &network.victims {
        scene.world.party_mut(*victim).taken = true;
    }
    let per_day = scene.draw.lognormal(14.0, 0.5);
    let every = scene.draw.between(1, 4) as u32;
    let mut day = network.start;
    while day < network.end {
        let collector = network.member(scene, "collector").party;
        let (account, here) = (scene.main(collector), scene.world.party(collector).place);
        let from = if scene.draw.chance(0.6) || scene.firms.agents[usize::from(here)].is_empty() {
            scene.till(here)
        } else {
            scene.draw.pick(&scene.firms.agents[usize::from(here)].clone()).account
        };
        let (at, usd) = (World::clock(&mut scene.draw, day), per_day * f64::from(every) * scene.draw.range(0.6, 1.4));
        network.flow(scene, at, from, account, usd, Channel::Cash, "deposit");
        if scene.draw.chance(0.2) {
            pass_on(scene, network, day, account, usd * 5.0);
        }
        day += every;
    }
    if scene.draw.chance(0.5) {
        let mut group = network.victims.clone();
        group.push(network.members[0].party);
        if scene.draw.chance(network.visibility) {
            scene.world.travel(&mut scene.draw, RAMADAN + 2, &group, network.place, place("Jeddah"), "air");
        }
    }
}

/// Smuggling that turns: journeys in groups through houses on the way, fees in two halves, then demands on the families.
fn smuggling(scene: &mut Scene<'_>, network: &mut Network) {
    let wanted = scene.draw.between(8, 40) as usize;
    network.victims = recruit(scene, network.place, wanted);
    if scene.draw.chance(0.6) {
        let handles = handles(scene, network, 1, 3);
        let count = scene.draw.between(2, 14);
        advertise(scene, network, &handles, "travel", count, &["Istanbul", "Athens", "Milan"]);
    }
    let price = scene.draw.lognormal(1_400.0, 0.5);
    let halves = scene.draw.chance(0.7);
    let ransom = scene.draw.chance(0.5);
    let houses: Vec<Mark> = ["Quetta", "Taftan", "Zahedan", "Van"].iter().map(|t| Mark::Address(scene.world.new_address(place(t)))).collect();
    let size = scene.draw.between(3, 9) as usize;
    for group in network.victims.clone().chunks(size) {
        let day = network.day(scene);
        if scene.draw.chance(network.visibility) {
            let mut party = group.to_vec();
            if scene.draw.chance(0.6) {
                party.push(network.member(scene, "transporter").party);
            }
            scene.world.travel(&mut scene.draw, day, &party, network.place, place("Zahedan"), "road");
            if scene.draw.chance(0.5) {
                scene.world.travel(&mut scene.draw, day + 6, &party, place("Zahedan"), place("Istanbul"), "foot");
            }
        }
        for &traveller in group {
            let collector = network.member(scene, "collector").party;
            let sink = scene.main(collector);
            let payer = {
                let kin = scene.kin_account(traveller);
                if kin == NONE { scene.main(traveller) } else { kin }
            };
            let first = if halves { price / 2.0 } else { price };
            let at = World::clock(&mut scene.draw, day);
            network.flow(scene, at.saturating_sub(200_000), payer, sink, first, Channel::Mobile, "loan");
            if halves {
                let usd = price / 2.0 * scene.draw.range(0.95, 1.05);
                network.flow(scene, at + 900_000, payer, sink, usd, Channel::Mobile, "loan");
            }
            if ransom && scene.draw.chance(0.4) {
                let usd = scene.draw.lognormal(600.0, 0.5);
                network.flow(scene, at + 1_800_000, payer, sink, usd, Channel::Mobile, "family support");
            }
            for (leg, house) in houses.iter().enumerate() {
                if scene.draw.chance(0.25) {
                    network.see(scene, at + 86_400 * (leg as u32 + 1), Seen::Party(traveller), *house);
                }
            }
            let guide = network.member(scene, "transporter");
            let (phone, own) = (network.phone(scene, guide), scene.phone(traveller));
            network.call(scene, at, own, phone, "call");
            if scene.draw.chance(0.3) {
                pass_on(scene, network, day + 2, sink, price);
            }
        }
    }
}

/// Adverts in many towns with few numbers; many small payments to a few accounts, swept to who controls them.
fn escort(scene: &mut Scene<'_>, network: &mut Network) {
    let wanted = scene.draw.between(2, 8) as usize;
    network.victims = recruit(scene, network.far, wanted);
    let handles = handles(scene, network, 1, 5);
    let count = scene.draw.between(8, 60);
    let towns: &[&str] = if scene.draw.chance(0.6) { &["Lahore", "Karachi", "Islamabad", "Faisalabad", "Dubai"] } else { &["Karachi", "Hyderabad"] };
    advertise(scene, network, &handles, "escort", count, towns);
    let fronts: Vec<AccountNo> = network.victims.iter().map(|v| scene.main(*v)).collect();
    let handler = network.member(scene, "handler").party;
    let (sink, device) = (scene.main(handler), Mark::Device(scene.world.new_number()));
    let customers = scene.draw.sample(&scene.crowd.adults, 60);
    for _ in 0..scene.draw.between(20, 160) {
        let (day, customer, front) = (network.day(scene), scene.draw.pick(&customers), scene.draw.pick(&fronts));
        let (at, usd, from) = (World::clock(&mut scene.draw, day), scene.draw.lognormal(24.0, 0.4), scene.main(customer));
        network.flow(scene, at, from, front, usd, Channel::Mobile, "");
        if scene.draw.chance(0.6) {
            let lag = scene.draw.between(3_000, 150_000) as u32;
            let extra = scene.draw.range(0.5, 0.95);
            network.flow(scene, at + lag, front, sink, usd * extra, Channel::Mobile, "");
        }
        if scene.draw.chance(0.1) {
            network.see(scene, at, Seen::Account(front), device);
        }
    }
    let hotel = {
        let hotels = scene.firms.hotels.clone();
        scene.firm_near(&hotels, network.far)
    };
    for _ in 0..scene.draw.between(2, 20) {
        let (day, usd) = (network.day(scene), scene.draw.range(15.0, 50.0));
        network.flow(scene, day * 86_400 + 64_000, sink, hotel.account, usd, Channel::Card, "room");
    }
}

/// Office jobs abroad that end in a guarded compound; what it earns comes back as coin.
fn scam_compound(scene: &mut Scene<'_>, network: &mut Network) {
    let handles = handles(scene, network, 1, 4);
    let count = scene.draw.between(3, 24);
    advertise(scene, network, &handles, "job", count, &["Bangkok", "Dubai"]);
    let wanted = scene.draw.between(3, 14) as usize;
    network.victims = recruit(scene, network.place, wanted);
    let payer = network.member(scene, "funder").party;
    let from = scene.main(payer);
    for group in network.victims.clone().chunks(4) {
        let day = network.day(scene);
        for &victim in group {
            let recruiter = network.member(scene, "recruiter");
            let (contact, phone) = (network.phone(scene, recruiter), scene.phone(victim));
            network.call(scene, day.saturating_sub(6) * 86_400 + 40_000, contact, phone, "message");
        }
        let agent = scene.draw.pick(&scene.firms.travel);
        network.flow(scene, day * 86_400 + 30_000, from, agent.account, 420.0 * group.len() as f64, Channel::Wire, "tickets");
        if scene.draw.chance(network.visibility) {
            scene.world.travel(&mut scene.draw, day + 4, group, network.place, place("Dubai"), "air");
            scene.world.travel(&mut scene.draw, day + 5, group, place("Dubai"), network.far, "air");
        }
    }
    let pool = scene.world.open(AccountKind::Wallet, "self-hosted", NONE, network.far, network.start as i32);
    network.extra.push((pool, "collector"));
    let vasps = scene.firms.vasps.clone();
    for _ in 0..scene.draw.between(10, 90) {
        let day = network.day(scene).min(DAYS - 4);
        let (at, usd) = (World::clock(&mut scene.draw, day), scene.draw.lognormal(160.0, 0.9));
        let source = scene.draw.pick(&vasps).account;
        network.flow(scene, at, source, pool, usd, Channel::Onchain, "");
        if scene.draw.chance(0.25) {
            let handler = network.member(scene, "handler").party;
            let (seller, to) = (scene.draw.pick(&vasps).account, scene.main(handler));
            network.flow(scene, at + 90_000, pool, seller, usd * 3.0, Channel::Onchain, "");
            network.flow(scene, at + 180_000, seller, to, usd * 2.9, Channel::Wire, "withdrawal");
        }
    }
}
