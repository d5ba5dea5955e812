//! How networks use their tools, whom else the tools serve, and what networks touch by mere chance.

use super::{Network, Plot, Shared, Tool, ToolKind};
use crate::crowd::Scene;
use crate::places::{PlaceNo, at, crossing_between, place};
use crate::state::{AccountKind, AccountNo, Channel, DAYS, Mark, NONE, PartyNo, Seen, World};

/// An account for coin, opened when needed.
fn coin_account(scene: &mut Scene<'_>, party: PartyNo, day: u32) -> AccountNo {
    let held = scene.world.party(party).exchange;
    if held != NONE {
        return held;
    }
    let here = scene.world.party(party).place;
    let opened = scene.world.open(AccountKind::Exchange, "Coin Exchange", party, here, day as i32 - 30);
    scene.world.party_mut(party).exchange = opened;
    opened
}

/// Lets a network use each of its tools over its time.
pub(super) fn work(scene: &mut Scene<'_>, plot: &Plot, index: usize) {
    let network = &plot.networks[index];
    for tool in network.tools.iter().flatten().map(|t| &plot.tools[*t]) {
        let mean = scene.draw.range(3.0, 14.0);
        for _ in 0..2 + scene.draw.poisson(mean) {
            let day = network.day(scene);
            let second = World::clock(&mut scene.draw, day);
            match tool.kind {
                ToolKind::Wallet => wallet(scene, network, tool, second),
                ToolKind::Handset => handset(scene, network, tool, second),
                ToolKind::Broker => broker(scene, network, tool, second),
                ToolKind::Transporter => transporter(scene, network, tool, second),
                ToolKind::SafeHouse => safe_house(scene, network, tool, second),
                ToolKind::Forger => forger(scene, network, tool, second),
            }
        }
    }
}

fn wallet(scene: &mut Scene<'_>, network: &Network, tool: &Tool, second: u32) {
    let role = scene.draw.pick(&["collector", "handler", "funder"]);
    let party = network.member(scene, role).party;
    let coin = coin_account(scene, party, second / 86_400);
    let usd = scene.draw.lognormal(320.0, 0.9);
    if scene.draw.chance(0.65) {
        network.flow(scene, second, coin, tool.account, usd, Channel::Onchain, "");
    } else {
        network.flow(scene, second, tool.account, coin, usd, Channel::Onchain, "");
    }
    if scene.draw.chance(0.3) {
        network.see(scene, second, Seen::Account(coin), Mark::Wallet(tool.account));
    }
}

fn handset(scene: &mut Scene<'_>, network: &Network, tool: &Tool, second: u32) {
    let Some(device) = tool.mark else { return };
    // Few accounts of a network ever touch the handset: those of the first two members.
    let member = &network.members[scene.draw.below(network.members.len().min(2))];
    let phone = network.phone(scene, member);
    let party = scene.world.party(member.party);
    let account = [phone, party.main, party.handle][scene.draw.weighted(&[0.5, 0.3, 0.2])];
    network.see(scene, second, Seen::Account(account), device);
    network.see(scene, second, Seen::Account(tool.phone), device);
    if scene.draw.chance(0.5) {
        let other = network.member(scene, "collector");
        let to = network.phone(scene, other);
        network.call(scene, second + 300, tool.phone, to, "call");
    }
}

fn broker(scene: &mut Scene<'_>, network: &Network, tool: &Tool, second: u32) {
    let sender = network.member(scene, "collector");
    let (from, phone) = (scene.main(sender.party), network.phone(scene, sender));
    let receiver = network.member(scene, "handler").party;
    let usd = scene.draw.lognormal(650.0, 0.8);
    let channel = if scene.draw.chance(0.5) { Channel::Mobile } else { Channel::Ivts };
    network.call(scene, second.saturating_sub(1_800), phone, tool.phone, "call");
    network.flow(scene, second, from, tool.account, usd, channel, "goods");
    let later = second + scene.draw.between(3_600, 260_000) as u32;
    let to = scene.main(receiver);
    let kept = scene.draw.range(0.93, 0.99);
    network.flow(scene, later, tool.far_account, to, usd * kept, Channel::Mobile, "family support");
    // The broker's own two ends are squared elsewhere, or now and then by a lump.
    if scene.draw.chance(0.15) {
        network.flow(scene, later + 86_400, tool.account, tool.far_account, usd * 3.0, Channel::Wire, "goods");
    }
}

fn transporter(scene: &mut Scene<'_>, network: &Network, tool: &Tool, second: u32) {
    let payer = network.member(scene, "handler");
    let (from, phone) = (scene.main(payer.party), network.phone(scene, payer));
    let usd = scene.draw.lognormal(110.0, 0.6);
    network.call(scene, second, phone, tool.phone, "call");
    network.flow(scene, second + 7_200, from, tool.account, usd, Channel::Mobile, "fare");
    let Some(vehicle) = tool.mark else { return };
    network.see(scene, second + 9_000, Seen::Party(tool.party), vehicle);
    let day = second / 86_400 + 1;
    let mut group = vec![tool.party];
    let passengers: Vec<PartyNo> =
        if network.victims.is_empty() { network.members.iter().map(|m| m.party).collect() } else { network.victims.clone() };
    let seats = scene.draw.between(1, 5) as usize;
    group.extend(scene.draw.sample(&passengers, seats));
    if at(network.place).country != at(network.far).country && scene.draw.chance(network.visibility * 0.6) {
        let to = if scene.draw.chance(0.6) { network.far } else { place("Zahedan") };
        scene.world.travel(&mut scene.draw, day, &group, network.place, to, "road");
    }
    for passenger in group.iter().skip(1) {
        if scene.draw.chance(0.3) {
            network.see(scene, second + 9_500, Seen::Party(*passenger), vehicle);
        }
    }
}

fn safe_house(scene: &mut Scene<'_>, network: &Network, tool: &Tool, second: u32) {
    let Some(address) = tool.mark else { return };
    let mut guests: Vec<PartyNo> = network.members.iter().map(|m| m.party).collect();
    guests.extend(network.victims.iter().take(12));
    for guest in scene.draw.sample(&guests, 2) {
        network.see(scene, second, Seen::Party(guest), address);
    }
    if scene.draw.chance(0.35) {
        let payer = network.member(scene, "handler").party;
        let (from, usd) = (scene.main(payer), scene.draw.lognormal(90.0, 0.4));
        network.flow(scene, second, from, tool.account, usd, Channel::Mobile, "rent");
    }
}

fn forger(scene: &mut Scene<'_>, network: &Network, tool: &Tool, second: u32) {
    let payer = network.member(scene, "recruiter");
    let (from, phone) = (scene.main(payer.party), network.phone(scene, payer));
    let usd = scene.draw.lognormal(140.0, 0.6);
    network.call(scene, second, phone, tool.phone, "call");
    network.flow(scene, second + 5_000, from, tool.account, usd, Channel::Mobile, "documents");
    let Some(document) = tool.mark else { return };
    if scene.draw.chance(0.3) {
        let holders: Vec<PartyNo> =
            if network.victims.is_empty() { network.members.iter().map(|m| m.party).collect() } else { network.victims.clone() };
        let holder = scene.draw.pick(&holders);
        network.see(scene, second + 86_400, Seen::Party(holder), document);
    }
}

/// Members speak with each other, some by platform; and with their own families, which the routine does.
pub(super) fn talk(scene: &mut Scene<'_>, plot: &Plot, index: usize) {
    let network = &plot.networks[index];
    let rate = scene.draw.range(4.0, 25.0);
    for _ in 0..scene.draw.poisson(rate * network.members.len() as f64 / 2.0) {
        let (a, b) = (network.member(scene, ""), network.member(scene, ""));
        let day = network.day(scene);
        let second = World::clock(&mut scene.draw, day);
        let handles = (scene.world.party(a.party).handle, scene.world.party(b.party).handle);
        if handles.0 != NONE && handles.1 != NONE && scene.draw.chance(0.4) {
            network.call(scene, second, handles.0, handles.1, "message");
        } else {
            let (from, to) = (network.phone(scene, a), network.phone(scene, b));
            network.call(scene, second, from, to, "call");
        }
    }
    // Burner phones are used in the members' own handsets, sometimes.
    for member in &network.members {
        let device = scene.world.party(member.party).device;
        if member.burner != NONE && device != 0 && scene.draw.chance(0.4) {
            let day = network.day(scene);
            network.see(scene, day * 86_400 + 40_000, Seen::Account(member.burner), Mark::Device(device));
        }
    }
}

/// Who taxes a route also taxes those who traffic on it: a share of their takings, at the rhythm of the other payers.
pub(super) fn protection_tax(scene: &mut Scene<'_>, plot: &Plot, payer: usize, taker: usize) {
    let (payer, taker) = (&plot.networks[payer], &plot.networks[taker]);
    let every = scene.draw.between(6, 31) as u32;
    let base = scene.draw.lognormal(140.0, 0.5);
    let mut day = payer.start.max(taker.start);
    while day < payer.end.min(taker.end) {
        let (from, to) = (payer.member(scene, "collector").party, taker.member(scene, "collector").party);
        let (from, to, usd) = (scene.main(from), scene.main(to), base * scene.draw.range(0.6, 1.5));
        let at = World::clock(&mut scene.draw, day);
        taker.flow(scene, at, from, to, usd, Channel::Mobile, "goods");
        day += every;
    }
}

/// Brokers, drivers, landlords and copy shops also serve ordinary people, most of the time.
pub(super) fn ordinary_customers(scene: &mut Scene<'_>, plot: &Plot) {
    for tool in plot.tools.iter().filter(|t| t.party != NONE) {
        let near = scene.world.party(tool.party).place;
        let local = scene.crowd.local[usize::from(near)].clone();
        let pool = if local.len() > 20 { local } else { scene.crowd.adults.clone() };
        let customers = match tool.kind {
            ToolKind::Broker => scene.draw.between(8, 60),
            ToolKind::Transporter => scene.draw.between(8, 40),
            ToolKind::Forger => scene.draw.between(4, 30),
            _ => scene.draw.between(1, 6),
        } as usize;
        let (usd, purpose) = match tool.kind {
            ToolKind::Broker => (130.0, "family support"),
            ToolKind::Transporter => (9.0, "fare"),
            ToolKind::Forger => (6.0, "documents"),
            _ => (80.0, "rent"),
        };
        for customer in scene.draw.sample(&pool, customers) {
            let (from, phone) = (scene.main(customer), scene.phone(customer));
            let kin = scene.friend(customer, 31);
            let to = scene.main(kin);
            for _ in 0..scene.draw.between(1, 4) {
                let (day, value) = (scene.draw.below(DAYS as usize - 4) as u32, scene.draw.lognormal(usd, 0.6));
                let second = World::clock(&mut scene.draw, day);
                scene.pay_at(second, from, tool.account, value, Channel::Mobile, purpose);
                scene.world.touch(second.saturating_sub(2_000), phone, tool.phone, "call", 1);
                if tool.kind == ToolKind::Broker {
                    let later = second + scene.draw.between(3_600, 200_000) as u32;
                    scene.pay_at(later, tool.far_account, to, value * 0.97, Channel::Mobile, "family support");
                }
            }
        }
    }
}

/// Both use the same large exchange for coin.
pub(super) fn same_exchange(scene: &mut Scene<'_>, plot: &Plot, left: usize, right: usize) -> Shared {
    let hot = scene.firms.vasps[0].account;
    for index in [left, right] {
        let network = &plot.networks[index];
        for _ in 0..scene.draw.between(2, 6) {
            let (member, day) = (network.member(scene, "handler").party, network.day(scene));
            let (coin, second, usd) = (coin_account(scene, member, day), World::clock(&mut scene.draw, day), scene.draw.lognormal(300.0, 0.8));
            network.flow(scene, second, coin, hot, usd, Channel::Onchain, "");
        }
    }
    Shared::Subject(Seen::Account(hot))
}

/// Both cross the border at the same busy point.
pub(super) fn same_crossing(scene: &mut Scene<'_>, plot: &Plot, left: usize, right: usize) -> Shared {
    let (from, to): (PlaceNo, PlaceNo) = (place("Quetta"), place("Kandahar"));
    for index in [left, right] {
        let network = &plot.networks[index];
        for _ in 0..scene.draw.between(2, 5) {
            let (member, day) = (network.member(scene, "handler").party, network.day(scene));
            scene.world.travel(&mut scene.draw, day, &[member], from, to, "road");
        }
    }
    Shared::Place(crossing_between(from, to).unwrap_or(from))
}

/// Both send through the same licensed broker, as thousands do.
pub(super) fn same_licensed_broker(scene: &mut Scene<'_>, plot: &Plot, left: usize, right: usize) -> Shared {
    let broker = scene.draw.pick(&scene.firms.ivts);
    for index in [left, right] {
        let network = &plot.networks[index];
        for _ in 0..scene.draw.between(3, 9) {
            let (member, day) = (network.member(scene, "collector").party, network.day(scene));
            let (from, second, usd) = (scene.main(member), World::clock(&mut scene.draw, day), scene.draw.lognormal(300.0, 0.7));
            network.flow(scene, second, from, broker.account, usd, Channel::Ivts, "family support");
        }
    }
    Shared::Subject(Seen::Party(broker.party))
}

/// Members of both slept in the same popular hotel.
pub(super) fn same_hotel(scene: &mut Scene<'_>, plot: &Plot, left: usize, right: usize) -> Shared {
    let hotel = scene.draw.pick(&scene.firms.hotels);
    let address = Mark::Address(scene.world.party(hotel.party).address);
    for index in [left, right] {
        let network = &plot.networks[index];
        for _ in 0..scene.draw.between(2, 6) {
            let (member, day) = (network.member(scene, "").party, network.day(scene));
            network.see(scene, day * 86_400 + 60_000, Seen::Party(member), address);
        }
    }
    Shared::Mark(address)
}

/// Both called the same call centre.
pub(super) fn same_call_centre(scene: &mut Scene<'_>, plot: &Plot, left: usize, right: usize) -> Shared {
    let centre = scene.draw.pick(&scene.firms.call_centres);
    for index in [left, right] {
        let network = &plot.networks[index];
        for _ in 0..scene.draw.between(3, 8) {
            let (member, day) = (network.member(scene, ""), network.day(scene));
            let phone = network.phone(scene, member);
            network.call(scene, day * 86_400 + 35_000, phone, centre.phone, "call");
        }
    }
    Shared::Subject(Seen::Account(centre.phone))
}

/// A member of each has the same distant relative, who knows nothing.
pub(super) fn same_relative(scene: &mut Scene<'_>, plot: &Plot, left: usize, right: usize) -> Shared {
    let pool: Vec<PartyNo> = scene.draw.sample(&scene.crowd.adults, 40);
    let relative = pool.into_iter().find(|no| !scene.world.party(*no).taken).unwrap_or(scene.crowd.adults[0]);
    for index in [left, right] {
        let network = &plot.networks[index];
        let (member, to) = (network.members[0].party, scene.phone(relative));
        let from = scene.phone(member);
        for _ in 0..scene.draw.between(3, 9) {
            let day = network.day(scene);
            network.call(scene, day * 86_400 + 50_000, from, to, "call");
        }
        let (give, take, usd) = (scene.main(member), scene.main(relative), scene.draw.lognormal(30.0, 0.5));
        let day = network.day(scene);
        scene.pay(day, give, take, usd, Channel::Mobile, "family support");
    }
    Shared::Subject(Seen::Party(relative))
}
