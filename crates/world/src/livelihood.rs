//! Benign life that comes in months: wages, remittances, rent, bills, trade, licensed brokers, freelancers' coin.

use crate::crowd::{Near, Scene};
use crate::firms::Firm;
use crate::places::at;
use crate::state::{AccountKind, Channel, EID_AL_ADHA, EID_AL_FITR, MONTHS, NONE, Occupation, PartyNo, RAMADAN, World};

/// Plans all of it.
pub(crate) fn plan(scene: &mut Scene<'_>) {
    wages(scene);
    bills(scene);
    trade(scene);
    broker_settlement(scene);
    freelancers(scene);
    aid(scene);
}

/// How much more is sent around the feasts.
fn feast_factor(day: u32) -> f64 {
    match day {
        d if (RAMADAN + 12..=EID_AL_FITR).contains(&d) => 1.7,
        d if (EID_AL_ADHA - 14..=EID_AL_ADHA).contains(&d) => 1.45,
        _ => 1.0,
    }
}

fn wages(scene: &mut Scene<'_>) {
    let (employers, landlords, brokers) = (Near::of(&scene.firms.employers), Near::of(&scene.firms.landlords), Near::of(&scene.firms.ivts));
    for occupation in [Occupation::Salaried, Occupation::Migrant, Occupation::Bridge] {
        for &worker in &scene.crowd.doing(occupation).to_vec() {
            let (home, account) = (scene.world.party(worker).place, scene.main(worker));
            let employer = employers.pick(&mut scene.draw, home);
            let median = if occupation == Occupation::Migrant { 480.0 } else { 260.0 };
            let wage = scene.draw.lognormal(median, 0.45);
            let wage_day = scene.draw.below(5) as u32;
            for month in MONTHS {
                let day = month + wage_day + u32::from(scene.draw.chance(0.15));
                scene.pay(day, employer.account, account, wage, Channel::Ach, "salary");
            }
            if occupation == Occupation::Migrant {
                let landlord = landlords.pick(&mut scene.draw, home);
                migrant(scene, worker, (wage, wage_day), landlord, &brokers);
            }
        }
    }
    for landlord in scene.firms.landlords.clone() {
        scene.twin("landlord", landlord.party, landlord.account);
    }
}

/// A migrant's month: rent to the camp's landlord just after pay, and money home, more before the feasts.
fn migrant(scene: &mut Scene<'_>, worker: PartyNo, (wage, wage_day): (f64, u32), landlord: Firm, brokers: &Near) {
    let account = scene.main(worker);
    let kin = scene.kin_account(worker);
    let in_camp = scene.draw.chance(0.7);
    let rent = wage * scene.draw.range(0.12, 0.5);
    let share = scene.draw.range(0.25, 0.75);
    let through_broker = scene.draw.chance(0.3);
    let lag = scene.draw.between(1, 9) as u32;
    let home = scene.world.party(worker).origin;
    let here = scene.world.party(worker).place;
    let (sending, paying) = (brokers.pick(&mut scene.draw, here), brokers.pick(&mut scene.draw, home));
    for month in MONTHS {
        if in_camp {
            let day = month + wage_day + scene.draw.below(3) as u32;
            scene.pay(day, account, landlord.account, rent, Channel::Ach, "rent");
        }
        let mut days = vec![month + wage_day + lag];
        if scene.draw.chance(0.25) {
            days.push(month + 14 + scene.draw.below(8) as u32);
        }
        for day in days {
            let usd = wage * share * scene.draw.range(0.85, 1.15) * feast_factor(day);
            if through_broker && sending.party != paying.party {
                let at = World::clock(&mut scene.draw, day.min(178));
                scene.pay_at(at, account, sending.account, usd, Channel::Ivts, "home remittance");
                let later = at + scene.draw.between(600, 90_000) as u32;
                scene.pay_at(later, paying.account, kin, usd * 0.985, Channel::Ivts, "home remittance");
            } else {
                let channel = if scene.draw.chance(0.5) { Channel::Wire } else { Channel::Mobile };
                scene.pay(day, account, kin, usd, channel, "home remittance");
            }
        }
    }
    // Some wives and parents pass it on at once to a shop where the family has credit.
    if kin != NONE && scene.draw.chance(0.08) {
        let shops = scene.firms.shops[usize::from(home)].clone();
        if shops.is_empty() {
            return;
        }
        let shop = shops[shops.len() / 2];
        for month in MONTHS {
            scene.pay(month + wage_day + lag + 1, kin, shop.account, wage * share * 0.6, Channel::Mobile, "shop credit");
        }
    }
}

fn bills(scene: &mut Scene<'_>) {
    let schools = Near::of(&scene.firms.schools);
    for household in 0..scene.world.households.len() {
        let (first, last) = scene.world.households[household];
        let Some(payer) = (first..last).find(|no| scene.main(*no) != NONE) else {
            continue;
        };
        let (account, here) = (scene.main(payer), scene.world.party(payer).place);
        let utilities: Vec<Firm> = {
            let all = &scene.firms.utilities;
            let same: Vec<Firm> = all.iter().copied().filter(|f| at(f.place).country == at(here).country).collect();
            if same.is_empty() { all.clone() } else { same }
        };
        let due = scene.draw.between(8, 20) as u32;
        let size = f64::from(last - first);
        let school = scene.draw.chance(0.25).then(|| schools.pick(&mut scene.draw, here));
        for month in MONTHS {
            for firm in scene.draw.sample(&utilities, 2) {
                let (day, usd) = (month + due + scene.draw.below(4) as u32, scene.draw.lognormal(4.0 + 1.5 * size, 0.4));
                scene.pay(day, account, firm.account, usd, Channel::Ach, "bill");
            }
            if let Some(school) = school {
                let usd = scene.draw.lognormal(22.0, 0.4);
                let extra = scene.draw.below(7) as u32;
                scene.pay(month + 2 + extra, account, school.account, usd, Channel::Ach, "school fee");
            }
        }
    }
}

/// Shops buy from wholesalers; traders buy across the border and travel there.
fn trade(scene: &mut Scene<'_>) {
    let wholesalers = scene.firms.wholesalers.clone();
    let suppliers = Near::of(&wholesalers);
    for place in 0..scene.firms.shops.len() {
        for shop in scene.firms.shops[place].clone() {
            let supplier = suppliers.pick(&mut scene.draw, shop.place);
            let every = scene.draw.between(6, 15) as u32;
            let mut day = scene.draw.below(every as usize) as u32;
            while day < 180 {
                let usd = scene.draw.lognormal(160.0, 0.6);
                scene.pay(day, shop.account, supplier.account, usd, Channel::Wire, "goods");
                if scene.draw.chance(0.5) {
                    let till = scene.till(shop.place);
                    let usd = scene.draw.lognormal(140.0, 0.6);
                    scene.pay(day + 1, till, shop.account, usd, Channel::Cash, "takings");
                }
                day += every;
            }
        }
    }
    for &trader in &scene.crowd.doing(Occupation::Trader).to_vec() {
        let own = scene.world.party(trader).place;
        let supplier = scene.draw.pick(&wholesalers);
        let buyer = scene.friend(trader, 90);
        let trips = scene.draw.poisson(5.0);
        for _ in 0..trips {
            let day = scene.draw.below(175) as u32;
            let usd = scene.draw.lognormal(700.0, 0.9);
            let account = scene.main(trader);
            scene.pay(day, account, supplier.account, usd, Channel::Wire, "goods");
            let back = scene.main(buyer);
            let extra = scene.draw.range(1.02, 1.25);
            scene.pay(day + 3, back, account, usd * extra, Channel::Wire, "goods");
            if supplier.place != own && at(supplier.place).country != at(own).country {
                scene.world.travel(&mut scene.draw, day, &[trader], own, supplier.place, "road");
                scene.world.travel(&mut scene.draw, day + 4, &[trader], supplier.place, own, "road");
            }
        }
    }
}

/// Licensed brokers settle with each other: positions drift and are squared by lumps.
fn broker_settlement(scene: &mut Scene<'_>) {
    let brokers = scene.firms.ivts.clone();
    for index in 0..brokers.len() {
        for step in [1, 3] {
            let (a, b) = (brokers[index], brokers[(index + step) % brokers.len()]);
            if a.party == b.party {
                continue;
            }
            let every = scene.draw.between(5, 12) as u32;
            let mut day = scene.draw.below(every as usize) as u32;
            while day < 180 {
                let usd = scene.draw.lognormal(4_000.0, 0.6);
                let (from, to) = if scene.draw.chance(0.5) { (a, b) } else { (b, a) };
                scene.pay(day, from.account, to.account, usd, Channel::Wire, "settlement");
                scene.world.touch(day * 86_400 + 30_000, from.phone, to.phone, "call", 2);
                day += every;
            }
        }
        scene.twin("licensed_broker", brokers[index].party, brokers[index].account);
    }
}

/// Freelancers are paid in coin by clients abroad and sell it person to person for local money.
fn freelancers(scene: &mut Scene<'_>) {
    let clients = scene.firms.clients.clone();
    let wallets: Vec<u32> = clients
        .iter()
        .map(|c| {
            let place = c.place;
            scene.world.open(AccountKind::Wallet, "self-hosted", c.party, place, -300)
        })
        .collect();
    let sellers: Vec<PartyNo> = {
        let adults: Vec<PartyNo> = scene.crowd.adults.iter().copied().filter(|no| scene.world.party(*no).exchange != NONE).collect();
        scene.draw.sample(&adults, (adults.len() / 8).max(2))
    };
    for &merchant in &sellers {
        let account = scene.world.party(merchant).exchange;
        scene.twin("coin_merchant", merchant, account);
    }
    for &freelancer in &scene.crowd.doing(Occupation::Freelancer).to_vec() {
        let (exchange, bank) = (scene.world.party(freelancer).exchange, scene.main(freelancer));
        if exchange == NONE || sellers.is_empty() {
            continue;
        }
        let client = scene.draw.pick(&wallets);
        scene.twin("coin_freelancer", freelancer, exchange);
        for _ in 0..scene.draw.poisson(9.0) {
            let day = scene.draw.below(176) as u32;
            let usd = scene.draw.lognormal(220.0, 0.7);
            let at = World::clock(&mut scene.draw, day);
            scene.pay_at(at, client, exchange, usd, Channel::Onchain, "invoice");
            let merchant = scene.draw.pick(&sellers);
            let (coin, cash) = (scene.world.party(merchant).exchange, scene.main(merchant));
            let later = at + scene.draw.between(1_800, 200_000) as u32;
            scene.pay_at(later, exchange, coin, usd, Channel::P2p, "sale");
            scene.pay_at(later + 900, cash, bank, usd * 0.99, Channel::Mobile, "sale");
        }
    }
    sweep_exchanges(scene, &sellers);
}

/// Merchants move coin to the exchanges' hot wallets and back: the big hubs everybody touches.
fn sweep_exchanges(scene: &mut Scene<'_>, sellers: &[PartyNo]) {
    let vasps = scene.firms.vasps.clone();
    for &merchant in sellers {
        let coin = scene.world.party(merchant).exchange;
        let cash = scene.main(merchant);
        for _ in 0..scene.draw.poisson(16.0) {
            let (day, usd) = (scene.draw.below(179) as u32, scene.draw.lognormal(900.0, 0.6));
            let vasp = scene.draw.pick(&vasps);
            scene.pay(day, coin, vasp.account, usd, Channel::Onchain, "");
            scene.pay(day + 1, vasp.account, cash, usd * 0.995, Channel::Wire, "withdrawal");
        }
    }
    let users: Vec<PartyNo> = scene.crowd.adults.iter().copied().filter(|no| scene.world.party(*no).exchange != NONE).collect();
    for user in users {
        for _ in 0..scene.draw.poisson(2.5) {
            let (day, usd) = (scene.draw.below(179) as u32, scene.draw.lognormal(80.0, 0.9));
            let (vasp, coin) = (scene.draw.pick(&vasps), scene.world.party(user).exchange);
            if scene.draw.chance(0.5) {
                scene.pay(day, vasp.account, coin, usd, Channel::Onchain, "");
            } else {
                scene.pay(day, coin, vasp.account, usd, Channel::Onchain, "");
            }
        }
    }
}

/// Aid cash to refugees: one payer, many receivers, who draw it in cash within days.
fn aid(scene: &mut Scene<'_>) {
    let agencies = scene.firms.aid.clone();
    for agency in &agencies {
        scene.twin("aid_agency", agency.party, agency.account);
    }
    for &refugee in &scene.crowd.doing(Occupation::Refugee).to_vec() {
        let account = scene.main(refugee);
        let agency = agencies[refugee as usize % agencies.len()];
        let here = scene.world.party(refugee).place;
        for month in MONTHS {
            let day = month + 10 + scene.draw.below(3) as u32;
            scene.pay(day, agency.account, account, 55.0, Channel::Mobile, "assistance");
            let agents = scene.firms.agents[usize::from(market(here))].clone();
            if !agents.is_empty() && scene.draw.chance(0.8) {
                let agent = scene.draw.pick(&agents);
                let extra = scene.draw.below(3) as u32;
                scene.pay(day + 1 + extra, account, agent.account, 50.0, Channel::Mobile, "cash out");
            }
        }
    }
}

/// Where people of a camp go to market.
fn market(here: crate::places::PlaceNo) -> crate::places::PlaceNo {
    match at(here).id {
        "Jalozai Camp" => crate::places::place("Peshawar"),
        "Surkhab Camp" => crate::places::place("Quetta"),
        _ => here,
    }
}
