//! What financing networks do, by kind. Donors, customers and those who are made to pay are ordinary people and no members.

use super::{Kind, Network, Plot};
use crate::adverts;
use crate::crowd::Scene;
use crate::state::{AccountKind, AccountNo, Channel, DAYS, NONE, PartyNo, Post, World};

/// Lets a financing network act.
pub(super) fn act(scene: &mut Scene<'_>, plot: &mut Plot, index: usize) {
    let network = &mut plot.networks[index];
    match network.kind {
        Kind::SmallDonations => small_donations(scene, network),
        Kind::CharityDiversion => charity_diversion(scene, network),
        Kind::MirrorSettlement => mirror_settlement(scene, network),
        Kind::CoinCampaign => coin_campaign(scene, network),
        Kind::Extortion => extortion(scene, network),
        _ => cash_courier(scene, network),
    }
}

/// Appeals from handles, showing an account's number or a wallet.
fn appeals(scene: &mut Scene<'_>, network: &mut Network, contact: AccountNo) {
    let mut handles = Vec::new();
    for _ in 0..scene.draw.between(1, 5) {
        let opened = network.start as i32 - scene.draw.between(1, 90) as i32;
        let handle = scene.world.open(AccountKind::Platform, "Baithak", NONE, network.place, opened);
        network.extra.push((handle, "recruiter"));
        handles.push(handle);
    }
    let style = scene.draw.below(4);
    for _ in 0..scene.draw.between(2, 20) {
        let day = network.day(scene);
        let at = World::clock(&mut scene.draw, day);
        let text = if scene.draw.chance(0.3) { adverts::appeal(&mut scene.draw, network.place) } else { adverts::cause(&mut scene.draw, style) };
        let language = ["en", "ur", "ur-Latn"][scene.draw.below(3)];
        let account = scene.draw.pick(&handles);
        if scene.draw.chance(network.visibility) {
            scene.world.posts.push(Post {
                network: network.number,
                at,
                account,
                kind: "fundraising",
                language,
                place: network.place,
                text,
                contact: vec![contact],
            });
        }
    }
}

/// One lump, or a few, to who handles it at the other end.
fn lump(scene: &mut Scene<'_>, network: &Network, at: u32, from: AccountNo, usd: f64) {
    let handler = network.member(scene, "handler").party;
    let to = scene.main(handler);
    let parts = scene.draw.between(1, 3);
    for part in 0..parts {
        let (lag, kept) = (scene.draw.between(4_000, 400_000) as u32, scene.draw.range(0.6, 0.98));
        let channel = scene.draw.pick(&[Channel::Wire, Channel::Mobile, Channel::Mobile, Channel::Ivts]);
        let purpose = scene.draw.pick(&["family support", "goods", "gift", "loan"]);
        network.flow(scene, at + lag + part as u32 * 4_000, from, to, usd / parts as f64 * kept, channel, purpose);
    }
}

/// Small gifts to a few collectors, sent on as lumps, several rounds.
fn small_donations(scene: &mut Scene<'_>, network: &mut Network) {
    let shown = network.phone(scene, &network.members[0]);
    if scene.draw.chance(0.7) {
        appeals(scene, network, shown);
    }
    let wanted = scene.draw.between(12, 70) as usize;
    let donors: Vec<PartyNo> = scene.draw.sample(&scene.crowd.adults, wanted);
    let gift = scene.draw.lognormal(16.0, 0.6);
    for _ in 0..scene.draw.between(1, 5) {
        let day = network.day(scene);
        let collector = network.member(scene, "collector").party;
        let account = scene.main(collector);
        let length = scene.draw.between(4, 25);
        let mut total = 0.0;
        for donor in &donors {
            if scene.draw.chance(0.6) {
                let (when, usd) = (day + scene.draw.between(0, length) as u32, gift * scene.draw.lognormal(1.0, 0.5));
                let (at, from) = (World::clock(&mut scene.draw, when), scene.main(*donor));
                total += usd;
                let purpose = scene.draw.pick(&["", "gift", "charity", "help"]);
                network.flow(scene, at, from, account, usd, Channel::Mobile, purpose);
            }
        }
        lump(scene, network, (day + length as u32) * 86_400, account, total);
    }
}

/// A charity with real work, of which a part leaves as cash and through a supplier who supplies little.
fn charity_diversion(scene: &mut Scene<'_>, network: &mut Network) {
    let charity = {
        let all = scene.firms.charities.clone();
        scene.firm_near(&all, network.place)
    };
    network.facilitators.push((charity.party, "front"));
    let own = scene.world.open(AccountKind::Bank, "Ariana Trust", charity.party, network.place, -200);
    network.extra.push((own, "collector"));
    let givers = scene.draw.sample(&scene.crowd.adults, 50);
    let supplier = network.member(scene, "collector").party;
    let front = scene.main(supplier);
    let share = scene.draw.range(0.15, 0.6);
    let mut day = network.start;
    while day < network.end {
        let mut total = 0.0;
        for giver in scene.draw.sample(&givers, 22) {
            let (at, usd, from) = (World::clock(&mut scene.draw, day + 1), scene.draw.lognormal(11.0, 0.7), scene.main(giver));
            total += usd;
            network.flow(scene, at, from, own, usd, Channel::Mobile, "zakat");
        }
        let shops = scene.firms.shops[usize::from(network.place)].clone();
        for shop in scene.draw.sample(&shops, 3) {
            let at = World::clock(&mut scene.draw, day + 6);
            scene.pay_at(at, own, shop.account, total * (1.0 - share) / 3.5, Channel::Wire, "supplies");
        }
        let till = scene.till(network.place);
        let at = World::clock(&mut scene.draw, day + 8);
        network.flow(scene, at, own, till, total * share * 0.4, Channel::Cash, "programme");
        network.flow(scene, at + 9_000, own, front, total * share * 0.6, Channel::Wire, "supplies");
        lump(scene, network, at + 80_000, front, total * share * 0.6);
        day += scene.draw.between(9, 25) as u32;
    }
}

/// Two people in two places pay out for each other: matching sums, no transfer between them but a rare settlement.
fn mirror_settlement(scene: &mut Scene<'_>, network: &mut Network) {
    let left = network.members[0].party;
    let right = network.member(scene, "broker").party;
    let near = scene.main(left);
    let far = if right == left {
        let opened = scene.world.open(AccountKind::MobileMoney, "Roshni Money", NONE, network.far, network.start as i32 - 30);
        network.extra.push((opened, "broker"));
        opened
    } else {
        scene.main(right)
    };
    let lag = scene.draw.between(1_800, 120_000);
    let precision = scene.draw.range(0.005, 0.08);
    let ordinary = scene.draw.sample(&scene.crowd.adults, 30);
    let mut open = 0.0;
    for turn in 0..scene.draw.between(10, 60) {
        let day = network.day(scene).min(DAYS - 4);
        let (at, usd) = (World::clock(&mut scene.draw, day), scene.draw.lognormal(380.0, 0.8));
        let delay = scene.draw.between(600, lag) as u32;
        let value = usd * (1.0 - precision * scene.draw.unit());
        // Most of the business is ordinary people's: only a part is the network's own.
        if scene.draw.chance(0.6) {
            let (customer, kin) = (scene.draw.pick(&ordinary), scene.draw.pick(&ordinary));
            let (from, to) = (scene.main(customer), scene.main(kin));
            scene.pay_at(at, from, near, usd, Channel::Mobile, "family support");
            scene.pay_at(at + delay, far, to, value, Channel::Mobile, "family support");
        } else {
            let (funder, handler) = (network.member(scene, "funder").party, network.member(scene, "handler").party);
            let (from, to) = (scene.main(funder), scene.main(handler));
            network.flow(scene, at, from, near, usd, Channel::Mobile, "goods");
            network.flow(scene, at + delay, far, to, value, Channel::Mobile, "goods");
        }
        open += usd;
        if turn % 12 == 11 {
            network.flow(scene, at + 200_000, near, far, open * 0.8, Channel::Wire, "goods");
            open = 0.0;
        }
    }
}

/// A wallet shown in appeals, small coin from many, hops, and a sale for cash.
fn coin_campaign(scene: &mut Scene<'_>, network: &mut Network) {
    let start = network.start as i32;
    let campaign = scene.world.open(AccountKind::Wallet, "self-hosted", NONE, network.place, start);
    network.extra.push((campaign, "collector"));
    appeals(scene, network, campaign);
    let wanted = scene.draw.between(8, 50);
    let known: Vec<AccountNo> = scene.crowd.adults.iter().map(|no| scene.world.party(*no).exchange).filter(|a| *a != NONE).collect();
    let mut donors = scene.draw.sample(&known, (wanted / 2) as usize);
    for _ in 0..wanted / 2 {
        donors.push(scene.world.open(AccountKind::Wallet, "self-hosted", NONE, network.far, start));
    }
    for _ in 0..scene.draw.between(1, 6) {
        let day = network.day(scene);
        let mut total = 0.0;
        for donor in &donors {
            if scene.draw.chance(0.45) {
                let (when, usd) = (day + scene.draw.below(14) as u32, scene.draw.lognormal(30.0, 0.9));
                let at = World::clock(&mut scene.draw, when);
                total += usd;
                network.flow(scene, at, *donor, campaign, usd, Channel::Onchain, "");
            }
        }
        cash_out(scene, network, campaign, (day + 14) * 86_400, total);
    }
}

/// From a wallet over fresh ones to an exchange, and as money to a member.
fn cash_out(scene: &mut Scene<'_>, network: &mut Network, from: AccountNo, at: u32, usd: f64) {
    let mut here = from;
    let mut when = at;
    for _ in 0..scene.draw.between(0, 4) {
        let hop = scene.world.open(AccountKind::Wallet, "self-hosted", NONE, network.far, (at / 86_400) as i32);
        network.extra.push((hop, "handler"));
        network.flow(scene, when, here, hop, usd * 0.995, Channel::Onchain, "");
        here = hop;
        when += scene.draw.between(600, 90_000) as u32;
    }
    let vasp = scene.draw.pick(&scene.firms.vasps).account;
    network.flow(scene, when, here, vasp, usd * 0.99, Channel::Onchain, "");
    let collector = network.member(scene, "collector").party;
    let account = scene.main(collector);
    network.flow(scene, when + 40_000, vasp, account, usd * 0.97, Channel::Wire, "withdrawal");
    lump(scene, network, when + 90_000, account, usd * 0.95);
}

/// Regular payments by traders and drivers, about a share of what they take; they pay for being left alone.
fn extortion(scene: &mut Scene<'_>, network: &mut Network) {
    let wanted = scene.draw.between(4, 16) as usize;
    let local = scene.crowd.local[usize::from(network.place)].clone();
    let pool = if local.len() > 30 { local } else { scene.crowd.adults.clone() };
    let free: Vec<PartyNo> = pool.into_iter().filter(|no| !scene.world.party(*no).taken).collect();
    let payers = scene.draw.sample(&free, wanted);
    let every = scene.draw.between(6, 31) as u32;
    let base = scene.draw.lognormal(45.0, 0.5);
    let mut day = network.start;
    while day < network.end {
        let collector = network.member(scene, "collector").party;
        let account = scene.main(collector);
        let mut total = 0.0;
        for payer in &payers {
            let extra = scene.draw.below(2) as u32;
            let (at, usd, from) = (World::clock(&mut scene.draw, day + extra), base * scene.draw.range(0.7, 1.4), scene.main(*payer));
            total += usd;
            network.flow(scene, at, from, account, usd, Channel::Mobile, "goods");
        }
        lump(scene, network, (day + 3) * 86_400, account, total);
        day += every;
    }
}

/// Couriers carry cash over borders, pay it in at many tills and pass it on.
fn cash_courier(scene: &mut Scene<'_>, network: &mut Network) {
    let limit = scene.draw.range(180.0, 900.0);
    for _ in 0..scene.draw.between(3, 16) {
        let day = network.day(scene);
        let courier = network.member(scene, "courier").party;
        let account = scene.main(courier);
        let mode = if scene.draw.chance(0.6) { "road" } else { "air" };
        if scene.draw.chance(network.visibility) {
            let mut group = vec![courier];
            if scene.draw.chance(0.3) {
                group.push(network.member(scene, "courier").party);
                group.dedup();
            }
            scene.world.travel(&mut scene.draw, day, &group, network.far, network.place, mode);
        }
        let mut total = 0.0;
        for part in 0..scene.draw.between(1, 7) {
            let town = if scene.draw.chance(0.5) { network.place } else { scene.world.party(courier).place };
            let till = scene.till(town);
            let (at, usd) = (World::clock(&mut scene.draw, day + 1 + part as u32 / 2), limit * scene.draw.range(0.6, 0.99));
            total += usd;
            network.flow(scene, at, till, account, usd, Channel::Cash, "deposit");
        }
        lump(scene, network, (day + 4) * 86_400, account, total);
    }
}
