//! Who is where and does what: lists drawn from by everything that plans events.

use crate::draw::{Draw, mix};
use crate::firms::{Firm, Firms};
use crate::places::{PLACES, PlaceNo};
use crate::state::{AccountNo, BENIGN, Channel, DAYS, NONE, Occupation, PartyNo, Pay, World};

/// Lists of people.
pub(crate) struct Crowd {
    /// Everybody, first records only.
    pub(crate) everyone: Vec<PartyNo>,
    /// Adults with money and a phone.
    pub(crate) adults: Vec<PartyNo>,
    /// Adults with an account, by place of living.
    pub(crate) local: Vec<Vec<PartyNo>>,
    pub(crate) callers: Vec<PartyNo>,
    pub(crate) children: Vec<PartyNo>,
    by_occupation: Vec<(Occupation, Vec<PartyNo>)>,
}

impl Crowd {
    pub(crate) fn of(world: &World) -> Self {
        let mut crowd = Self {
            everyone: Vec::new(),
            adults: Vec::new(),
            local: vec![Vec::new(); PLACES.len()],
            callers: Vec::new(),
            children: Vec::new(),
            by_occupation: Vec::new(),
        };
        for (index, party) in world.parties.iter().enumerate() {
            let no = index as PartyNo;
            if party.household == NONE || party.same_as != NONE {
                continue;
            }
            crowd.everyone.push(no);
            if party.occupation == Occupation::Child {
                crowd.children.push(no);
                continue;
            }
            if party.phone_account != NONE {
                crowd.callers.push(no);
            }
            if party.main != NONE {
                crowd.local[usize::from(party.place)].push(no);
                if party.phone_account != NONE {
                    crowd.adults.push(no);
                }
            }
            match crowd.by_occupation.iter_mut().find(|(o, _)| *o == party.occupation) {
                Some((_, list)) => list.push(no),
                None => crowd.by_occupation.push((party.occupation, vec![no])),
            }
        }
        crowd
    }

    /// Those of that occupation.
    pub(crate) fn doing(&self, occupation: Occupation) -> &[PartyNo] {
        self.by_occupation.iter().find(|(o, _)| *o == occupation).map_or(&[], |(_, list)| list)
    }
}

/// A benign structure that looks like something else from one side: kept for the report on false alarms.
pub(crate) struct Twin {
    pub(crate) kind: &'static str,
    pub(crate) account: AccountNo,
    pub(crate) party: PartyNo,
}

/// Firms of one kind, ready to be looked up by place many times.
pub(crate) struct Near {
    by_place: Vec<Vec<Firm>>,
    all: Vec<Firm>,
}

impl Near {
    pub(crate) fn of(list: &[Firm]) -> Self {
        let mut by_place = vec![Vec::new(); PLACES.len()];
        for firm in list {
            by_place[usize::from(firm.place)].push(*firm);
        }
        Self { by_place, all: list.to_vec() }
    }

    /// One in that place, or any when there is none.
    pub(crate) fn pick(&self, draw: &mut Draw, place: PlaceNo) -> Firm {
        let near = &self.by_place[usize::from(place)];
        draw.pick(if near.is_empty() { &self.all } else { near })
    }
}

/// What planners work with.
pub(crate) struct Scene<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) draw: Draw,
    pub(crate) firms: &'a Firms,
    pub(crate) crowd: &'a Crowd,
    pub(crate) twins: &'a mut Vec<Twin>,
}

impl Scene<'_> {
    /// A benign payment on that day.
    pub(crate) fn pay(&mut self, day: u32, from: AccountNo, to: AccountNo, usd: f64, channel: Channel, purpose: &'static str) {
        if day < DAYS {
            let at = World::clock(&mut self.draw, day);
            self.world.pay(Pay { at, from, to, usd, channel, purpose, network: BENIGN });
        }
    }

    /// A benign payment some hours after a moment.
    pub(crate) fn pay_at(&mut self, at: u32, from: AccountNo, to: AccountNo, usd: f64, channel: Channel, purpose: &'static str) {
        self.world.pay(Pay { at, from, to, usd, channel, purpose, network: BENIGN });
    }

    pub(crate) fn main(&self, party: PartyNo) -> AccountNo {
        self.world.party(party).main
    }

    pub(crate) fn phone(&self, party: PartyNo) -> AccountNo {
        self.world.party(party).phone_account
    }

    /// An account of somebody at home for a migrant: the first of the household who lives there and has one.
    pub(crate) fn kin_account(&self, party: PartyNo) -> AccountNo {
        let here = self.world.party(party).place;
        self.world.kin(party).map(|no| self.world.party(no)).find(|p| p.place != here && p.main != NONE).map_or(NONE, |p| p.main)
    }

    /// A few people whom somebody knows: the same ones each time.
    pub(crate) fn friend(&self, party: PartyNo, which: u64) -> PartyNo {
        let local = &self.crowd.local[usize::from(self.world.party(party).place)];
        let all = &self.crowd.adults;
        let pick = mix(u64::from(party), which);
        if local.len() > 4 && !pick.is_multiple_of(5) {
            local[(pick / 5 % local.len() as u64) as usize]
        } else {
            all[(pick % all.len() as u64) as usize]
        }
    }

    /// A firm in that place, or any when there is none.
    pub(crate) fn firm_near(&mut self, list: &[Firm], place: PlaceNo) -> Firm {
        Near::of(list).pick(&mut self.draw, place)
    }

    /// A cash till of the place.
    pub(crate) fn till(&mut self, place: PlaceNo) -> AccountNo {
        let tills = &self.firms.tills[usize::from(place)];
        if tills.is_empty() { NONE } else { self.draw.pick(tills) }
    }

    /// Notes a benign twin.
    pub(crate) fn twin(&mut self, kind: &'static str, party: PartyNo, account: AccountNo) {
        self.twins.push(Twin { kind, account, party });
    }
}
