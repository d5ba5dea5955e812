//! Networks: who is in them, what they use, which of them share something, and which merely seem to.
//!
//! Members are ordinary people of the world with households, wages and shops; what a network does is added to that life.
//! The kinds follow public descriptions (FinCEN FIN-2014-A008, FIN-2020-A008, FIN-2023-Alert001, FIN-2025-A001; FATF on
//! hawala and on crowdfunding), and every trace is seen only with a network's own probability.

mod financing;
mod records;
mod tools;
mod trafficking;

use crate::Overlap;
use crate::crowd::Scene;
use crate::places::{PLACES, PlaceNo, at, place};
use crate::state::{AccountKind, AccountNo, Channel, DAYS, Mark, NONE, PartyNo, Pay, Seen, World};
use tributary_model::Side;

/// What a network does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    FakeJobs,
    BrickKiln,
    Begging,
    Smuggling,
    Escort,
    ScamCompound,
    SmallDonations,
    CharityDiversion,
    MirrorSettlement,
    CoinCampaign,
    Extortion,
    CashCourier,
}

const TRAFFICKING: [Kind; 6] = [Kind::FakeJobs, Kind::Smuggling, Kind::BrickKiln, Kind::Escort, Kind::Begging, Kind::ScamCompound];
const FINANCING: [Kind; 6] =
    [Kind::SmallDonations, Kind::MirrorSettlement, Kind::CoinCampaign, Kind::CharityDiversion, Kind::Extortion, Kind::CashCourier];

impl Kind {
    /// The word used in the truth.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FakeJobs => "fake_jobs",
            Self::BrickKiln => "bonded_labour",
            Self::Begging => "forced_begging",
            Self::Smuggling => "smuggling_to_exploitation",
            Self::Escort => "escort_adverts",
            Self::ScamCompound => "scam_compound",
            Self::SmallDonations => "small_donations",
            Self::CharityDiversion => "charity_diversion",
            Self::MirrorSettlement => "mirror_settlement",
            Self::CoinCampaign => "coin_campaign",
            Self::Extortion => "extortion",
            Self::CashCourier => "cash_courier",
        }
    }

    /// How likely such a network uses each tool, in the order of [`TOOLS`].
    fn habits(self) -> [f64; 6] {
        match self {
            Self::FakeJobs => [0.25, 0.7, 0.6, 0.45, 0.45, 0.65],
            Self::BrickKiln => [0.05, 0.3, 0.35, 0.4, 0.3, 0.1],
            Self::Begging => [0.05, 0.5, 0.35, 0.6, 0.75, 0.3],
            Self::Smuggling => [0.2, 0.55, 0.8, 0.9, 0.75, 0.5],
            Self::Escort => [0.45, 0.85, 0.3, 0.35, 0.6, 0.2],
            Self::ScamCompound => [0.8, 0.5, 0.35, 0.5, 0.4, 0.5],
            Self::SmallDonations => [0.4, 0.6, 0.6, 0.1, 0.2, 0.15],
            Self::CharityDiversion => [0.15, 0.3, 0.6, 0.15, 0.2, 0.15],
            Self::MirrorSettlement => [0.25, 0.4, 0.9, 0.2, 0.2, 0.1],
            Self::CoinCampaign => [0.95, 0.6, 0.25, 0.05, 0.1, 0.2],
            Self::Extortion => [0.1, 0.4, 0.5, 0.3, 0.35, 0.1],
            Self::CashCourier => [0.15, 0.4, 0.6, 0.6, 0.5, 0.5],
        }
    }
}

/// A thing or facilitator that a network uses and two networks may share.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ToolKind {
    Wallet,
    Handset,
    Broker,
    Transporter,
    SafeHouse,
    Forger,
}

/// All kinds of tool.
pub(crate) const TOOLS: [ToolKind; 6] =
    [ToolKind::Wallet, ToolKind::Handset, ToolKind::Broker, ToolKind::Transporter, ToolKind::SafeHouse, ToolKind::Forger];

impl ToolKind {
    fn name(self) -> &'static str {
        match self {
            Self::Wallet => "wallet",
            Self::Handset => "handset",
            Self::Broker => "broker",
            Self::Transporter => "transporter",
            Self::SafeHouse => "safe_house",
            Self::Forger => "forger",
        }
    }

    /// The role that its holder plays.
    pub(crate) fn role(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Transporter => "transporter",
            Self::Forger => "forger",
            Self::SafeHouse => "landlord",
            Self::Wallet | Self::Handset => "handler",
        }
    }
}

/// A tool.
#[derive(Clone)]
pub(crate) struct Tool {
    pub(crate) kind: ToolKind,
    /// Who it is, or whose it is.
    pub(crate) party: PartyNo,
    pub(crate) account: AccountNo,
    /// A broker's account at the other end.
    pub(crate) far_account: AccountNo,
    pub(crate) phone: AccountNo,
    pub(crate) mark: Option<Mark>,
}

/// A party with a criminal role.
pub(crate) struct Member {
    pub(crate) party: PartyNo,
    pub(crate) role: &'static str,
    /// A number bought for this, without a name.
    pub(crate) burner: AccountNo,
}

/// A network.
pub(crate) struct Network {
    pub(crate) side: Side,
    pub(crate) kind: Kind,
    pub(crate) number: u16,
    pub(crate) members: Vec<Member>,
    pub(crate) victims: Vec<PartyNo>,
    /// Accounts opened for it, with the role they play.
    pub(crate) extra: Vec<(AccountNo, &'static str)>,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) hard: bool,
    /// Share of its doings that leave a trace in our sources.
    pub(crate) visibility: f64,
    pub(crate) place: PlaceNo,
    pub(crate) far: PlaceNo,
    pub(crate) tools: [Option<usize>; 6],
    pub(crate) facilitators: Vec<(PartyNo, &'static str)>,
}

impl Network {
    /// Everybody with a criminal role.
    pub(crate) fn parties(&self) -> impl Iterator<Item = (PartyNo, &'static str)> + '_ {
        self.members.iter().map(|m| (m.party, m.role)).chain(self.facilitators.iter().copied())
    }

    /// Every account they act through.
    pub(crate) fn accounts(&self, world: &World) -> Vec<(AccountNo, &'static str)> {
        let mut accounts = self.extra.clone();
        for (party, role) in self.parties() {
            let p = world.party(party);
            accounts.extend([p.main, p.phone_account, p.handle, p.exchange].into_iter().filter(|a| *a != NONE).map(|a| (a, role)));
        }
        accounts.extend(self.members.iter().filter(|m| m.burner != NONE).map(|m| (m.burner, m.role)));
        accounts.sort_unstable();
        accounts.dedup_by_key(|(account, _)| *account);
        accounts
    }

    /// A day on which it is active.
    fn day(&self, scene: &mut Scene<'_>) -> u32 {
        scene.draw.between(i64::from(self.start), i64::from(self.end)) as u32
    }

    /// A member of that role, or any.
    fn member(&self, scene: &mut Scene<'_>, role: &str) -> &Member {
        let fitting: Vec<usize> = (0..self.members.len()).filter(|i| self.members[*i].role == role).collect();
        let index = if fitting.is_empty() { scene.draw.below(self.members.len()) } else { scene.draw.pick(&fitting) };
        &self.members[index]
    }

    /// The number a member uses for this.
    fn phone(&self, scene: &Scene<'_>, member: &Member) -> AccountNo {
        if member.burner == NONE { scene.phone(member.party) } else { member.burner }
    }

    /// A payment of this network, if our sources see it.
    #[expect(clippy::too_many_arguments, reason = "the parts of one payment")]
    fn flow(&self, scene: &mut Scene<'_>, at: u32, from: AccountNo, to: AccountNo, usd: f64, channel: Channel, purpose: &'static str) {
        if scene.draw.chance(self.visibility) {
            scene.world.pay(Pay { at, from, to, usd, channel, purpose, network: self.number });
        }
    }

    fn call(&self, scene: &mut Scene<'_>, at: u32, from: AccountNo, to: AccountNo, kind: &'static str) {
        if scene.draw.chance(self.visibility) {
            let count = scene.draw.between(1, 4) as u16;
            scene.world.touch(at, from, to, kind, count);
        }
    }

    fn see(&self, scene: &mut Scene<'_>, at: u32, subject: Seen, mark: Mark) {
        if scene.draw.chance(self.visibility) {
            scene.world.see(at, subject, mark);
        }
    }
}

/// What two networks share, or merely both touch.
pub(crate) enum Shared {
    Subject(Seen),
    Mark(Mark),
    Place(PlaceNo),
}

/// Two networks and what stands between them.
pub(crate) struct Pair {
    pub(crate) trafficking: usize,
    pub(crate) financing: usize,
    pub(crate) shared: Vec<(&'static str, Shared)>,
}

/// All of it.
pub(crate) struct Plot {
    pub(crate) networks: Vec<Network>,
    pub(crate) tools: Vec<Tool>,
    pub(crate) convergences: Vec<Pair>,
    pub(crate) near_misses: Vec<Pair>,
}

/// Casts the networks, decides who shares what, and lets them act.
pub(crate) fn plan(scene: &mut Scene<'_>, overlap: Overlap) -> Plot {
    let count = (3.5 + 65.0 * scene.world.scale).round() as usize;
    let mut plot = Plot { networks: Vec::new(), tools: Vec::new(), convergences: Vec::new(), near_misses: Vec::new() };
    let (shift, other) = (scene.draw.below(6), scene.draw.below(6));
    for number in 0..count {
        let kind = if number % 2 == 0 { TRAFFICKING[(number / 2 + shift) % 6] } else { FINANCING[(number / 2 + other) % 6] };
        let network = cast(scene, number, kind);
        plot.networks.push(network);
    }
    for index in 0..plot.networks.len() {
        let habits = plot.networks[index].kind.habits();
        for (slot, kind) in TOOLS.into_iter().enumerate() {
            if scene.draw.chance(habits[slot]) {
                give(scene, &mut plot, index, slot, kind);
            }
        }
    }
    converge(scene, &mut plot, overlap);
    for network in &mut plot.networks {
        network.facilitators =
            network.tools.iter().flatten().map(|t| (plot.tools[*t].party, plot.tools[*t].kind.role())).filter(|(p, _)| *p != NONE).collect();
    }
    for index in 0..plot.networks.len() {
        match plot.networks[index].side {
            Side::Trafficking => trafficking::act(scene, &mut plot, index),
            _ => financing::act(scene, &mut plot, index),
        }
        tools::work(scene, &plot, index);
        tools::talk(scene, &plot, index);
    }
    for pair in plot.convergences.iter().filter(|p| plot.networks[p.financing].kind == Kind::Extortion) {
        tools::protection_tax(scene, &plot, pair.trafficking, pair.financing);
    }
    tools::ordinary_customers(scene, &plot);
    near_misses(scene, &mut plot);
    records::write(scene, &plot);
    plot
}

/// People of a place who have no part yet; of anywhere when the place is too small.
fn recruit(scene: &mut Scene<'_>, near: PlaceNo, count: usize) -> Vec<PartyNo> {
    let mut chosen = Vec::new();
    for pool in [&scene.crowd.local[usize::from(near)], &scene.crowd.adults] {
        let free: Vec<PartyNo> =
            pool.iter().copied().filter(|no| !scene.world.party(*no).taken && scene.world.party(*no).phone_account != NONE).collect();
        chosen.extend(scene.draw.sample(&free, count - chosen.len()));
        for no in &chosen {
            scene.world.party_mut(*no).taken = true;
        }
        if chosen.len() >= count {
            break;
        }
    }
    chosen
}

fn roles(kind: Kind) -> (&'static [&'static str], std::ops::RangeInclusive<i64>) {
    match kind {
        Kind::FakeJobs => (&["recruiter", "collector", "recruiter", "handler", "recruiter", "official"], 3..=6),
        Kind::BrickKiln => (&["collector", "handler", "recruiter", "official"], 2..=4),
        Kind::Begging => (&["handler", "collector", "collector", "transporter", "collector"], 3..=5),
        Kind::Smuggling => (&["handler", "transporter", "collector", "transporter", "official", "recruiter"], 3..=6),
        Kind::Escort => (&["handler", "collector", "handler", "recruiter"], 2..=4),
        Kind::ScamCompound => (&["recruiter", "handler", "funder", "recruiter", "collector"], 3..=5),
        Kind::SmallDonations => (&["collector", "handler", "collector", "recruiter", "collector"], 2..=5),
        Kind::CharityDiversion => (&["handler", "collector", "funder", "broker"], 2..=4),
        Kind::MirrorSettlement => (&["broker", "handler", "funder", "broker", "funder"], 3..=5),
        Kind::CoinCampaign => (&["collector", "handler", "recruiter", "collector"], 2..=4),
        Kind::Extortion => (&["collector", "handler", "collector", "official"], 2..=4),
        Kind::CashCourier => (&["courier", "handler", "courier", "funder", "courier"], 3..=5),
    }
}

fn cast(scene: &mut Scene<'_>, number: usize, kind: Kind) -> Network {
    let weights: Vec<f64> = PLACES.iter().map(|p| p.households).collect();
    let home = scene.draw.weighted(&weights) as PlaceNo;
    let far = match kind {
        Kind::FakeJobs | Kind::Begging => place(scene.draw.pick(&["Dubai", "Muscat", "Riyadh", "Sharjah", "Jeddah"])),
        Kind::Smuggling => place(scene.draw.pick(&["Istanbul", "Van", "Zahedan", "Tehran", "Athens"])),
        Kind::ScamCompound => place(scene.draw.pick(&["Bangkok", "Sihanoukville"])),
        Kind::BrickKiln | Kind::Escort => place(scene.draw.pick(&["Lahore", "Karachi", "Islamabad", "Dubai", "Faisalabad"])),
        _ => place(scene.draw.pick(&["Kandahar", "Jalalabad", "Kabul", "Zahedan", "Turbat", "Istanbul", "Dubai", "Quetta"])),
    };
    let (order, size) = roles(kind);
    let count = scene.draw.between(*size.start(), *size.end()) as usize;
    let home_count = (count * 2).div_ceil(3);
    let mut people = recruit(scene, home, home_count);
    people.extend(recruit(scene, far, count - home_count));
    let hard = scene.draw.chance(0.35);
    let visibility = if hard { scene.draw.range(0.25, 0.5) } else { scene.draw.range(0.6, 0.95) };
    let start = scene.draw.between(2, 70) as u32;
    let end = (start + scene.draw.between(45, 110) as u32).min(DAYS - 3);
    let mut members = Vec::new();
    for (index, party) in people.into_iter().enumerate() {
        let (lives, opened) = (scene.world.party(party).place, start as i32 - scene.draw.between(0, 40) as i32);
        let burner = if scene.draw.chance(0.4) { scene.world.open(AccountKind::Phone, "Telco", NONE, lives, opened) } else { NONE };
        members.push(Member { party, role: order[index % order.len()], burner });
    }
    let side = if TRAFFICKING.contains(&kind) { Side::Trafficking } else { Side::TerroristFinancing };
    Network {
        side,
        kind,
        number: number as u16,
        members,
        victims: Vec::new(),
        extra: Vec::new(),
        start,
        end,
        hard,
        visibility,
        place: home,
        far,
        tools: [None; 6],
        facilitators: Vec::new(),
    }
}

/// Gives a network a tool of its own.
fn give(scene: &mut Scene<'_>, plot: &mut Plot, index: usize, slot: usize, kind: ToolKind) {
    if plot.networks[index].tools[slot].is_some() {
        return;
    }
    let (near, far, start) = (plot.networks[index].place, plot.networks[index].far, plot.networks[index].start as i32);
    let mut tool = Tool { kind, party: NONE, account: NONE, far_account: NONE, phone: NONE, mark: None };
    match kind {
        ToolKind::Wallet => {
            tool.account = scene.world.open(AccountKind::Wallet, "self-hosted", NONE, near, start);
            tool.mark = Some(Mark::Wallet(tool.account));
        }
        ToolKind::Handset => {
            tool.phone = scene.world.open(AccountKind::Phone, "Telco", NONE, near, start - 20);
            tool.mark = Some(Mark::Device(scene.world.new_number()));
        }
        ToolKind::Broker | ToolKind::Transporter | ToolKind::SafeHouse | ToolKind::Forger => {
            let Some(party) = recruit(scene, near, 1).first().copied() else {
                return;
            };
            tool.party = party;
            tool.account = scene.main(party);
            tool.phone = scene.phone(party);
            tool.mark = match kind {
                ToolKind::Transporter => Some(Mark::Vehicle(scene.world.new_number() as u32 % 1_000_000)),
                ToolKind::SafeHouse => Some(Mark::Address(scene.world.new_address(near))),
                ToolKind::Forger => Some(Mark::Document(scene.world.new_document(3))),
                _ => None,
            };
            if kind == ToolKind::Broker {
                tool.far_account = scene.world.open(AccountKind::MobileMoney, "EasySend", NONE, far, start - 60);
            }
        }
    }
    plot.networks[index].tools[slot] = Some(plot.tools.len());
    plot.tools.push(tool);
}

/// Pairs off networks that share one or two tools, and makes them active at the same time.
fn converge(scene: &mut Scene<'_>, plot: &mut Plot, overlap: Overlap) {
    if overlap == Overlap::None {
        return;
    }
    let pairs = ((plot.networks.len() as f64 * overlap.share() / 2.0).round() as usize).max(1);
    let indexes = |side: Side| -> Vec<usize> { (0..plot.networks.len()).filter(|i| plot.networks[*i].side == side).collect() };
    let left = scene.draw.sample(&indexes(Side::Trafficking), pairs);
    let right = scene.draw.sample(&indexes(Side::TerroristFinancing), pairs);
    for (trafficking, financing) in matched(plot, left, right) {
        let count = 1 + usize::from(scene.draw.chance(0.4));
        let mut shared = Vec::new();
        for slot in scene.draw.sample(&[0, 1, 2, 3, 4, 5], count) {
            give(scene, plot, trafficking, slot, TOOLS[slot]);
            let Some(tool) = plot.networks[trafficking].tools[slot] else {
                continue;
            };
            plot.networks[financing].tools[slot] = Some(tool);
            shared.extend(names_of(&plot.tools[tool]));
        }
        let (start, end) = (plot.networks[trafficking].start, plot.networks[trafficking].end);
        let second = &mut plot.networks[financing];
        let length = second.end - second.start;
        second.start = (start + scene.draw.between(0, 15) as u32).min(end - 30);
        second.end = (second.start + length).min(DAYS - 3);
        plot.convergences.push(Pair { trafficking, financing, shared });
    }
    // Tools that a financing network gave up for the shared one are never used and belong to nobody.
}

/// Pairs them off, neighbours first: facilitators are found where one works.
fn matched(plot: &Plot, left: Vec<usize>, mut right: Vec<usize>) -> Vec<(usize, usize)> {
    let home = |index: usize| at(plot.networks[index].place);
    let mut pairs = Vec::new();
    for trafficking in left {
        let near = right.iter().position(|r| home(*r).admin1 == home(trafficking).admin1);
        let near = near.or_else(|| right.iter().position(|r| home(*r).country == home(trafficking).country));
        if right.is_empty() {
            break;
        }
        pairs.push((trafficking, right.remove(near.unwrap_or(0))));
    }
    pairs
}

/// How the truth names a tool: the thing itself, and who or what it acts through.
fn names_of(tool: &Tool) -> Vec<(&'static str, Shared)> {
    let kind = tool.kind.name();
    let mut names = Vec::new();
    if tool.party != NONE {
        names.push((kind, Shared::Subject(Seen::Party(tool.party))));
    }
    for account in [tool.account, tool.far_account, tool.phone] {
        if account != NONE {
            names.push((kind, Shared::Subject(Seen::Account(account))));
        }
    }
    if let Some(mark) = tool.mark {
        names.push((kind, Shared::Mark(mark)));
    }
    names
}

/// Pairs that merely use the same big exchange, crossing, licensed broker, hotel or call centre, or have one distant relative.
fn near_misses(scene: &mut Scene<'_>, plot: &mut Plot) {
    let busy: Vec<usize> = plot.convergences.iter().flat_map(|c| [c.trafficking, c.financing]).collect();
    let free = |side: Side, plot: &Plot| -> Vec<usize> {
        (0..plot.networks.len()).filter(|i| plot.networks[*i].side == side && !busy.contains(i)).collect()
    };
    let count = (plot.networks.len() / 4).max(1);
    let left = scene.draw.sample(&free(Side::Trafficking, plot), count);
    let right = scene.draw.sample(&free(Side::TerroristFinancing, plot), count);
    let shift = scene.draw.below(6);
    for (turn, (trafficking, financing)) in matched(plot, left, right).into_iter().enumerate() {
        let (kind, shared) = match (turn + shift) % 6 {
            0 => ("exchange", tools::same_exchange(scene, plot, trafficking, financing)),
            1 => ("crossing", tools::same_crossing(scene, plot, trafficking, financing)),
            2 => ("licensed_broker", tools::same_licensed_broker(scene, plot, trafficking, financing)),
            3 => ("hotel", tools::same_hotel(scene, plot, trafficking, financing)),
            4 => ("call_centre", tools::same_call_centre(scene, plot, trafficking, financing)),
            _ => ("relative", tools::same_relative(scene, plot, trafficking, financing)),
        };
        plot.near_misses.push(Pair { trafficking, financing, shared: vec![(kind, shared)] });
    }
}
