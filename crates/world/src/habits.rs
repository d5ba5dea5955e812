//! Benign life that leaves the same kinds of trace as a network: vehicles with strangers in them, documents shown for
//! others, wallets of one's own, kilns that pay fairly, charities that appeal, and adults who advertise for themselves.

use crate::adverts;
use crate::crowd::Scene;
use crate::places::{PlaceNo, at, place};
use crate::state::{AccountKind, AccountNo, BENIGN, Channel, DAYS, Mark, NONE, Occupation, PartyNo, Post, Seen, World};

/// Plans all of it.
pub(crate) fn plan(scene: &mut Scene<'_>) {
    drivers(scene);
    papers(scene);
    own_wallets(scene);
    kilns(scene);
    charity_appeals(scene);
    independents(scene);
    small_fees(scene);
    walkers(scene);
    holidays(scene);
    tour_adverts(scene);
    petty_brokers(scene);
}

fn moment(scene: &mut Scene<'_>) -> u32 {
    let day = scene.draw.below(DAYS as usize - 2) as u32;
    World::clock(&mut scene.draw, day)
}

/// Drivers are seen in their vehicles with passengers, and some take vans of strangers over the border.
fn drivers(scene: &mut Scene<'_>) {
    for &driver in &scene.crowd.doing(Occupation::Driver).to_vec() {
        let vehicle = Mark::Vehicle(scene.world.new_number() as u32 % 1_000_000);
        let home = scene.world.party(driver).place;
        let local = scene.crowd.local[usize::from(home)].clone();
        if local.len() < 8 {
            continue;
        }
        for _ in 0..scene.draw.poisson(4.0) {
            let at = moment(scene);
            scene.world.see(at, Seen::Party(driver), vehicle);
            let riders = scene.draw.below(3);
            for rider in scene.draw.sample(&local, riders) {
                scene.world.see(at + 60, Seen::Party(rider), vehicle);
                let (from, to, phone, own) = (scene.main(rider), scene.main(driver), scene.phone(rider), scene.phone(driver));
                let usd = scene.draw.lognormal(7.0, 0.6);
                scene.pay_at(at + 3_000, from, to, usd, Channel::Mobile, "fare");
                scene.world.touch(at.saturating_sub(3_000), phone, own, "call", 1);
            }
        }
        if scene.draw.chance(0.2) {
            let to = match at(home).country {
                "PK" => place(scene.draw.pick(&["Spin Boldak", "Jalalabad", "Kandahar"])),
                _ => place(scene.draw.pick(&["Chaman", "Quetta", "Peshawar"])),
            };
            for _ in 0..scene.draw.between(1, 6) {
                let (day, seats) = (scene.draw.below(170) as u32, scene.draw.between(2, 9) as usize);
                let mut group = vec![driver];
                group.extend(scene.draw.sample(&local, seats));
                scene.world.travel(&mut scene.draw, day, &group, home, to, "road");
            }
        }
    }
}

/// Papers shown: one's own at hotels and counters, a relative's for a telephone card, and a wrong digit now and then.
fn papers(scene: &mut Scene<'_>) {
    let adults = scene.crowd.adults.clone();
    for &person in &scene.draw.sample(&adults, adults.len() / 12) {
        let document = scene.world.party(person).document;
        if document != 0 {
            let at = moment(scene);
            scene.world.see(at, Seen::Party(person), Mark::Document(document));
        }
    }
    for &person in &scene.draw.sample(&adults, adults.len() / 20) {
        let (head, _) = {
            let kin = scene.world.kin(person);
            (kin.start, kin.end)
        };
        let (document, phone) = (scene.world.party(head).document, scene.phone(person));
        if document != 0 {
            let at = moment(scene);
            scene.world.see(at, Seen::Account(phone), Mark::Document(document));
        }
    }
    for pair in scene.draw.sample(&adults, adults.len() / 400 * 2).chunks_exact(2) {
        let document = scene.world.party(pair[0]).document;
        if document != 0 {
            let at = moment(scene);
            scene.world.see(at, Seen::Party(pair[1]), Mark::Document(document));
        }
    }
}

/// Some keep their coin themselves, and change wallets as privacy programs do.
fn own_wallets(scene: &mut Scene<'_>) {
    let users: Vec<PartyNo> = scene.crowd.adults.iter().copied().filter(|no| scene.world.party(*no).exchange != NONE).collect();
    for person in scene.draw.sample(&users, users.len() / 6) {
        let (home, exchange) = (scene.world.party(person).place, scene.world.party(person).exchange);
        let mut wallet = scene.world.open(AccountKind::Wallet, "self-hosted", NONE, home, 0);
        for _ in 0..scene.draw.between(1, 4) {
            let (at, usd) = (moment(scene), scene.draw.lognormal(120.0, 0.9));
            scene.pay_at(at, exchange, wallet, usd, Channel::Onchain, "");
            scene.world.see(at, Seen::Account(exchange), Mark::Wallet(wallet));
            if scene.draw.chance(0.5) {
                let next = scene.world.open(AccountKind::Wallet, "self-hosted", NONE, home, 0);
                let lag = scene.draw.between(600, 300_000) as u32;
                scene.pay_at(at + lag, wallet, next, usd * 0.995, Channel::Onchain, "");
                wallet = next;
            }
            if scene.draw.chance(0.6) {
                let lag = scene.draw.between(300_000, 900_000) as u32;
                scene.pay_at(at + lag, wallet, exchange, usd * 0.9, Channel::Onchain, "");
            }
        }
        scene.twin("own_wallet", person, wallet);
    }
}

/// Kilns and yards that pay their people, give an advance and take a part of it back, and let them keep the rest.
fn kilns(scene: &mut Scene<'_>) {
    for kiln in scene.firms.kilns.clone() {
        let local = scene.crowd.local[usize::from(kiln.place)].clone();
        let count = scene.draw.between(5, 20) as usize;
        let every = scene.draw.pick(&[7_u32, 14, 30]);
        for worker in scene.draw.sample(&local, count) {
            let (account, wage) = (scene.main(worker), scene.draw.lognormal(10.0, 0.3) * f64::from(every));
            let back = scene.draw.range(0.0, 0.25);
            scene.pay(2, kiln.account, account, wage * 2.0, Channel::Mobile, "advance");
            let mut day = scene.draw.between(5, 12) as u32;
            while day < DAYS {
                scene.pay(day, kiln.account, account, wage, Channel::Mobile, "wage");
                if back > 0.08 {
                    scene.pay(day + 1, account, kiln.account, wage * back, Channel::Mobile, "advance");
                }
                day += every;
            }
        }
        scene.twin("lawful_kiln", kiln.party, kiln.account);
    }
}

/// Registered charities appeal in the same general words.
fn charity_appeals(scene: &mut Scene<'_>) {
    for charity in scene.firms.charities.clone() {
        let handle = scene.world.open(AccountKind::Platform, "Baithak", charity.party, charity.place, -400);
        let style = scene.draw.below(4);
        for _ in 0..scene.draw.between(1, 6) {
            let at = moment(scene);
            let text = if scene.draw.chance(0.5) { adverts::cause(&mut scene.draw, style) } else { adverts::appeal(&mut scene.draw, charity.place) };
            let contact = vec![charity.phone];
            scene.world.posts.push(Post {
                network: BENIGN,
                at,
                account: handle,
                kind: "fundraising",
                language: "en",
                place: charity.place,
                text,
                contact,
            });
        }
    }
}

/// Adults who advertise for themselves: one handle, one number, one town or two.
fn independents(scene: &mut Scene<'_>) {
    let towns: [PlaceNo; 4] = [place("Lahore"), place("Karachi"), place("Islamabad"), place("Dubai")];
    for _ in 0..3 + scene.crowd.adults.len() / 900 {
        let home = scene.draw.pick(&towns);
        let local = scene.crowd.local[usize::from(home)].clone();
        if local.is_empty() {
            continue;
        }
        let person = scene.draw.pick(&local);
        let handle = scene.world.open(AccountKind::Platform, "Chowk", NONE, home, -100);
        let (contact, own) = (scene.phone(person), scene.main(person));
        let style = scene.draw.below(4);
        for _ in 0..scene.draw.between(2, 12) {
            let at = moment(scene);
            let (text, language) = adverts::escort(&mut scene.draw, style, home);
            scene.world.posts.push(Post {
                network: BENIGN,
                at,
                account: handle,
                kind: "escort",
                language,
                place: home,
                text,
                contact: vec![contact],
            });
            let site = scene.draw.pick(&scene.firms.adverts);
            scene.pay_at(at, own, site.account, 2.5, Channel::Card, "advert");
        }
        let customers: Vec<AccountNo> = scene.draw.sample(&local, 12).into_iter().map(|no| scene.main(no)).collect();
        for from in customers {
            let (at, usd) = (moment(scene), scene.draw.lognormal(24.0, 0.4));
            scene.pay_at(at, from, own, usd, Channel::Mobile, "");
        }
        scene.twin("independent", person, own);
    }
}

/// Small fees for papers, photocopies, courses and help, with the same loose purposes as everything else.
fn small_fees(scene: &mut Scene<'_>) {
    let adults = scene.crowd.adults.clone();
    for _ in 0..adults.len() / 10 {
        let (from, to) = (scene.draw.pick(&adults), scene.draw.pick(&adults));
        let (at, usd) = (moment(scene), scene.draw.lognormal(40.0, 1.0));
        let purpose = scene.draw.pick(&["service fee", "documents", "help", "charity", "gift", "goods"]);
        let (from, to) = (scene.main(from), scene.main(to));
        scene.pay_at(at, from, to, usd, Channel::Mobile, purpose);
    }
}

/// People of the border towns cross on foot for a day's work or to buy, alone or a few together.
fn walkers(scene: &mut Scene<'_>) {
    for (near, over) in [("Chaman", "Spin Boldak"), ("Spin Boldak", "Chaman"), ("Taftan", "Zahedan"), ("Peshawar", "Jalalabad")] {
        let (home, to) = (place(near), place(over));
        let local = scene.crowd.local[usize::from(home)].clone();
        for walker in scene.draw.sample(&local, local.len() / 12) {
            for _ in 0..scene.draw.between(1, 8) {
                let day = scene.draw.below(DAYS as usize - 1) as u32;
                let company = if scene.draw.chance(0.2) { 3 } else { 0 };
                let mut group = vec![walker];
                group.extend(scene.draw.sample(&local, company));
                group.sort_unstable();
                group.dedup();
                scene.world.travel(&mut scene.draw, day, &group, home, to, "foot");
            }
        }
    }
}

/// Flights for holidays, fairs, study and treatment, to the same towns that networks use.
fn holidays(scene: &mut Scene<'_>) {
    let adults = scene.crowd.adults.clone();
    for traveller in scene.draw.sample(&adults, adults.len() / 60) {
        let home = scene.world.party(traveller).place;
        let to = place(scene.draw.pick(&["Bangkok", "Istanbul", "Dubai", "Tehran", "Van", "Athens", "Milan", "Sihanoukville", "Muscat"]));
        let (day, stay) = (scene.draw.below(160) as u32, scene.draw.between(4, 25) as u32);
        let through = scene.draw.chance(0.3);
        let stop = place("Dubai");
        if through && to != stop && home != stop {
            scene.world.travel(&mut scene.draw, day, &[traveller], home, stop, "air");
            scene.world.travel(&mut scene.draw, day + 1, &[traveller], stop, to, "air");
        } else {
            scene.world.travel(&mut scene.draw, day, &[traveller], home, to, "air");
        }
        scene.world.travel(&mut scene.draw, day + stay, &[traveller], to, home, "air");
    }
}

/// Licensed agents advertise journeys in the same forms.
fn tour_adverts(scene: &mut Scene<'_>) {
    for agent in scene.firms.travel.clone() {
        let handle = scene.world.open(AccountKind::Platform, "Chowk", agent.party, agent.place, -300);
        let style = scene.draw.below(3);
        for _ in 0..scene.draw.between(1, 8) {
            let at = moment(scene);
            let shown = scene.draw.pick(&["Istanbul", "Jeddah", "Dubai", "Athens", "Milan"]);
            let (text, language) = adverts::travel(&mut scene.draw, style, shown);
            let contact = vec![agent.phone];
            scene.world.posts.push(Post { network: BENIGN, at, account: handle, kind: "travel", language, place: agent.place, text, contact });
        }
    }
}

/// Shopkeepers who send money for neighbours without a licence, as is common: paid in here, paid out there by a cousin's account.
fn petty_brokers(scene: &mut Scene<'_>) {
    let traders = [scene.crowd.doing(Occupation::Shopkeeper), scene.crowd.doing(Occupation::Trader)].concat();
    let count = scene.crowd.adults.len() / 1_200 + 1;
    for broker in scene.draw.sample(&traders, count) {
        let (own, phone, home) = (scene.main(broker), scene.phone(broker), scene.world.party(broker).place);
        let local = scene.crowd.local[usize::from(home)].clone();
        if own == NONE || local.len() < 10 {
            continue;
        }
        let far = scene.draw.pick(&scene.crowd.adults);
        let away = scene.world.party(far).place;
        let other = scene.world.open(AccountKind::MobileMoney, "EasySend", NONE, away, -200);
        let customers = scene.draw.between(6, 45) as usize;
        let mut open = 0.0;
        for customer in scene.draw.sample(&local, customers) {
            let (from, number, kin) = (scene.main(customer), scene.phone(customer), scene.friend(customer, 32));
            let to = scene.main(kin);
            for _ in 0..scene.draw.between(1, 5) {
                let (at, usd) = (moment(scene), scene.draw.lognormal(130.0, 0.7));
                scene.world.touch(at.saturating_sub(1_900), number, phone, "call", 1);
                scene.pay_at(at, from, own, usd, Channel::Mobile, "family support");
                let lag = scene.draw.between(1_800, 200_000) as u32;
                scene.pay_at(at + lag, other, to, usd * 0.97, Channel::Mobile, "family support");
                open += usd;
            }
        }
        for day in [50, 110, 170] {
            scene.pay(day, own, other, open / 3.2, Channel::Wire, "goods");
        }
        scene.twin("petty_broker", broker, own);
    }
}
