//! What happens every day: shopping, cash, small gifts among kin and friends, calls, and where accounts are seen.
//! Made day by day while writing, so that memory does not grow with the number of days.

use crate::crowd::Crowd;
use crate::draw::{Draw, mix};
use crate::firms::{Firm, Firms};
use crate::places::PlaceNo;
use crate::state::{BENIGN, Channel, Contact, EID_AL_FITR, Mark, NONE, PartyNo, Pay, RAMADAN, Seen, Sighting, Transfer, World, round_amount};

/// Events a person causes on a mean day.
struct Rates {
    shopping: f64,
    cash: f64,
    gift: f64,
    call: f64,
    message: f64,
    seen: f64,
}

const RATES: Rates = Rates { shopping: 0.062, cash: 0.012, gift: 0.011, call: 0.078, message: 0.036, seen: 0.010 };

/// The daily part of a world.
pub(crate) struct Routine<'a> {
    world: &'a World,
    crowd: &'a Crowd,
    firms: &'a Firms,
    handles: Vec<PartyNo>,
}

/// One day's events, in the order made.
#[derive(Default)]
pub(crate) struct Day {
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) contacts: Vec<Contact>,
    pub(crate) sightings: Vec<Sighting>,
}

impl<'a> Routine<'a> {
    pub(crate) fn new(world: &'a World, crowd: &'a Crowd, firms: &'a Firms) -> Self {
        let handles = crowd.everyone.iter().copied().filter(|no| world.party(*no).handle != NONE).collect();
        Self { world, crowd, firms, handles }
    }

    /// The events of that day.
    pub(crate) fn day(&self, day: u32) -> Day {
        let mut draw = Draw::stream(self.world.seed, "routine", u64::from(day));
        let mut out = Day::default();
        let adults = self.crowd.adults.len() as f64;
        let busy = if (RAMADAN..EID_AL_FITR).contains(&day) { 1.15 } else { 1.0 } * if day % 7 == 3 { 0.8 } else { 1.0 };
        for _ in 0..draw.poisson(adults * RATES.shopping * busy) {
            self.shopping(&mut draw, day, &mut out);
        }
        for _ in 0..draw.poisson(adults * RATES.cash) {
            self.cash(&mut draw, day, &mut out);
        }
        for _ in 0..draw.poisson(adults * RATES.gift * busy) {
            self.gift(&mut draw, day, &mut out);
        }
        for _ in 0..draw.poisson(self.crowd.callers.len() as f64 * RATES.call) {
            self.call(&mut draw, day, &mut out);
        }
        if self.handles.len() > 1 {
            for _ in 0..draw.poisson(self.handles.len() as f64 * RATES.message) {
                self.message(&mut draw, day, &mut out);
            }
        }
        for _ in 0..draw.poisson(adults * RATES.seen) {
            self.sighting(&mut draw, day, &mut out);
        }
        out
    }

    fn transfer(&self, out: &mut Day, pay: Pay) {
        let Pay { at, from, to, usd, channel, purpose, network } = pay;
        if from == NONE || to == NONE || from == to {
            return;
        }
        let (currency, to_currency) = (self.world.account(from).currency, self.world.account(to).currency);
        let amount = round_amount(usd, currency, channel);
        let to_amount = if currency == to_currency { 0 } else { round_amount(usd * 0.985, to_currency, Channel::Card) };
        out.transfers.push(Transfer { at, from, to, amount, to_amount, currency, to_currency, channel, purpose, network });
    }

    /// One of the few firms of a place that somebody always goes to.
    fn usual(firms: &[Firm], person: PartyNo, which: u64) -> Option<Firm> {
        (!firms.is_empty()).then(|| firms[(mix(u64::from(person), which) % firms.len() as u64) as usize])
    }

    fn shopping(&self, draw: &mut Draw, day: u32, out: &mut Day) {
        let person = draw.pick(&self.crowd.adults);
        let who = self.world.party(person);
        let which = draw.below(4) as u64;
        if let Some(shop) = Self::usual(&self.firms.shops[usize::from(who.place)], person, which) {
            let (at, usd) = (World::clock(draw, day), draw.lognormal(6.5, 0.9));
            let channel = if draw.chance(0.4) { Channel::Card } else { Channel::Mobile };
            let purpose = draw.pick(&["", "groceries", "shop", ""]);
            self.transfer(out, Pay { at, from: who.main, to: shop.account, usd, channel, purpose, network: BENIGN });
        }
    }

    fn cash(&self, draw: &mut Draw, day: u32, out: &mut Day) {
        let person = draw.pick(&self.crowd.adults);
        let who = self.world.party(person);
        let at = World::clock(draw, day);
        let usd = draw.lognormal(45.0, 0.8);
        let tills = &self.firms.tills[usize::from(who.place)];
        let other = match Self::usual(&self.firms.agents[usize::from(who.place)], person, 1) {
            Some(agent) if draw.chance(0.5) => agent.account,
            _ if !tills.is_empty() => draw.pick(tills),
            _ => return,
        };
        let (from, to, purpose) = if draw.chance(0.35) { (other, who.main, "deposit") } else { (who.main, other, "cash out") };
        self.transfer(out, Pay { at, from, to, usd, channel: Channel::Cash, purpose, network: BENIGN });
    }

    /// Somebody's kin at random, or a friend of theirs.
    fn acquaintance(&self, draw: &mut Draw, person: PartyNo, kin_share: f64) -> PartyNo {
        let kin = self.world.kin(person);
        if draw.chance(kin_share) && kin.end > kin.start + 1 {
            return kin.start + draw.below((kin.end - kin.start) as usize) as PartyNo;
        }
        let local = &self.crowd.local[usize::from(self.world.party(person).place)];
        let pick = mix(u64::from(person), draw.below(9) as u64);
        let pool = if local.len() > 4 && !pick.is_multiple_of(5) { local } else { &self.crowd.adults };
        pool[(pick / 5 % pool.len() as u64) as usize]
    }

    fn gift(&self, draw: &mut Draw, day: u32, out: &mut Day) {
        let person = draw.pick(&self.crowd.adults);
        let other = self.acquaintance(draw, person, 0.4);
        let (at, usd) = (World::clock(draw, day), draw.lognormal(18.0, 1.0));
        let purpose = draw.pick(&["", "family support", "loan", "thanks", ""]);
        let (from, to) = (self.world.party(person).main, self.world.party(other).main);
        self.transfer(out, Pay { at, from, to, usd, channel: Channel::Mobile, purpose, network: BENIGN });
    }

    fn call(&self, draw: &mut Draw, day: u32, out: &mut Day) {
        let person = draw.pick(&self.crowd.callers);
        let from = self.world.party(person).phone_account;
        let to = if draw.chance(0.08) {
            let centre = draw.pick(&self.firms.call_centres).phone;
            if draw.chance(0.5) {
                centre
            } else {
                Self::usual(&self.firms.shops[usize::from(self.world.party(person).place)], person, 0).map_or(centre, |s| s.phone)
            }
        } else {
            let other = self.acquaintance(draw, person, 0.45);
            self.world.party(other).phone_account
        };
        if to != NONE && to != from {
            out.contacts.push(Contact { at: World::clock(draw, day), from, to, kind: "call", count: 1 + draw.below(3) as u16 });
        }
    }

    fn message(&self, draw: &mut Draw, day: u32, out: &mut Day) {
        let person = draw.pick(&self.handles);
        let other = self.handles[(mix(u64::from(person), 40 + draw.below(12) as u64) % self.handles.len() as u64) as usize];
        let (from, to) = (self.world.party(person).handle, self.world.party(other).handle);
        if from != to {
            let kind = ["message", "group", "follow"][draw.weighted(&[0.8, 0.12, 0.08])];
            out.contacts.push(Contact { at: World::clock(draw, day), from, to, kind, count: 1 + draw.below(12) as u16 });
        }
    }

    fn sighting(&self, draw: &mut Draw, day: u32, out: &mut Day) {
        let person = draw.pick(&self.crowd.adults);
        let who = self.world.party(person);
        let at = World::clock(draw, day);
        let owned = [who.main, who.phone_account, who.handle, who.exchange];
        let account = owned[draw.weighted(&[0.45, 0.3, 0.15, 0.1])];
        let account = if account == NONE { who.main } else { account };
        let mark = match draw.weighted(&[0.5, 0.28, 0.12, 0.1]) {
            0 => Mark::Device(who.device),
            1 => Mark::Ip(carrier_address(who.place, draw)),
            2 => Mark::Phone(who.phone),
            _ => Mark::Address(who.address),
        };
        if !matches!(mark, Mark::Phone(0) | Mark::Device(0)) {
            out.sightings.push(Sighting { at, subject: Seen::Account(account), mark });
        }
    }
}

/// A carrier's shared address: a few hundred for all customers of a place (RFC 6598 space).
fn carrier_address(place: PlaceNo, draw: &mut Draw) -> u32 {
    (100 << 24) | (64 << 16) | (u32::from(place) << 8) | draw.below(200) as u32
}
