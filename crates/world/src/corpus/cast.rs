//! Who posts a template: their accounts, contacts, places and rhythm. Benign kinds come first; what they share with the
//! others is on purpose, so that no single trait tells them apart.

use super::AdvertKind;
use super::slots::{self, Money, Offer};
use super::stage::{Account, Party, Stage, clock};
use super::template::{Layout, Template};
use crate::draw::{Draw, mix};
use crate::places::{CURRENCIES, PlaceNo, at, currency_of};
use crate::state::DAYS;

/// One account in a cast, with what it shows.
#[derive(Clone, Debug)]
pub(super) struct Poster {
    pub(super) account: usize,
    phones: Vec<u64>,
    handle: String,
    firm: u64,
    /// Office town, or the towns it claims.
    towns: Vec<PlaceNo>,
    destinations: Vec<PlaceNo>,
    /// First and last day it posts.
    active: (f64, f64),
}

/// Who posts a template and how.
#[derive(Clone, Debug)]
pub(super) struct Cast {
    pub(super) kind: AdvertKind,
    pub(super) layout: Layout,
    posters: Vec<Poster>,
    url: String,
    wallet: String,
    licence: u64,
    /// Times the pay or price usual for such an offer.
    pay: f64,
    price: f64,
    /// Seconds between posts made by a machine; 0 for people.
    beat: i64,
    key: u64,
}

impl Cast {
    /// Who makes the post of that number, and when.
    pub(super) fn turn(&self, draw: &mut Draw, number: usize, size: usize) -> (&Poster, i64) {
        if self.beat > 0 {
            let first = self.posters.iter().map(|p| p.active.0).fold(f64::INFINITY, f64::min);
            let second = (first * 86_400.0) as i64 + number as i64 * self.beat + draw.between(0, 20);
            let day = second as f64 / 86_400.0;
            let active: Vec<&Poster> = self.posters.iter().filter(|p| (p.active.0..=p.active.1).contains(&day)).collect();
            let poster = if active.is_empty() { &self.posters[number % self.posters.len()] } else { active[number % active.len()] };
            return (poster, second.min(i64::from(DAYS) * 86_400 - 1));
        }
        // Everyone posts once before anyone posts again: a cast is never smaller than it seems.
        let poster = if number < self.posters.len() && size >= self.posters.len() {
            &self.posters[number]
        } else {
            &self.posters[draw.below(self.posters.len())]
        };
        let day = draw.range(poster.active.0, poster.active.1);
        (poster, clock(draw, day))
    }

    /// What one post offers.
    pub(super) fn offer(&self, stage: &mut Stage<'_>, poster: &Poster, template: &Template) -> Offer {
        let grammar = &stage.grammar;
        let trades = grammar.classes[grammar.trades].len();
        let board = self.layout.form == "board";
        let trade = if board { stage.draw.below(trades) } else { template.trade(grammar) };
        let draw = &mut stage.draw;
        let destination = draw.pick(&poster.destinations);
        let country = at(destination).country;
        let jitter = if board { draw.lognormal(1.0, 0.15) } else { draw.range(0.97, 1.03) };
        let usual = wage_of(country) * (0.7 + (mix(trade as u64, 17) % 90) as f64 / 100.0);
        let own = 0.8 + (mix(self.key, 61) % 40) as f64 / 100.0;
        Offer {
            phone: draw.pick(&poster.phones),
            handle: poster.handle.clone(),
            url: self.url.clone(),
            wallet: self.wallet.clone(),
            wage: money(usual * own * jitter * self.pay, country),
            fee: money(fare_of(country) * own * draw.range(0.9, 1.1) * self.price, "PK"),
            place: draw.pick(&poster.towns),
            destination,
            firm: if board { draw.word() } else { poster.firm },
            licence: self.licence,
            trade,
            permit: (self.key % 3) as usize,
            key: self.key,
        }
    }
}

/// Usual monthly pay of a worker, in US dollars: round figures, for the simulation alone.
fn wage_of(country: &str) -> f64 {
    match country {
        "AF" => 110.0,
        "PK" => 150.0,
        "OM" => 380.0,
        "SA" => 420.0,
        "AE" | "QA" => 450.0,
        "TR" => 500.0,
        "GR" => 800.0,
        "IT" => 1_200.0,
        "GB" | "DE" => 1_600.0,
        _ => 300.0,
    }
}

/// Usual price of a journey, in US dollars.
fn fare_of(country: &str) -> f64 {
    match country {
        "PK" | "AF" => 40.0,
        "AE" | "OM" | "QA" | "SA" => 320.0,
        "TR" => 420.0,
        _ => 900.0,
    }
}

fn money(usd: f64, country: &str) -> Money {
    let currency = currency_of(country);
    let rate = &CURRENCIES[usize::from(currency)];
    let amount = usd * rate.per_usd;
    let step = if amount < 400.0 { 10.0 } else { 50.0 };
    Money { amount: ((amount / step).round().max(1.0) * step) as u64, currency }
}

const PROVIDERS: &[&str] = &["Chehra", "Paigham", "Bazaar", "Tasveer", "Mehfil"];

/// Opens a platform account.
pub(super) fn open(stage: &mut Stage<'_>, holder: Option<usize>, place: PlaceNo, opened: i32) -> usize {
    let device = stage.draw.word() >> 16;
    let provider = stage.draw.pick(PROVIDERS);
    stage.accounts.push(Account { provider, holder, place, opened, closed: None, devices: vec![device] });
    stage.accounts.len() - 1
}

fn party(stage: &mut Stage<'_>, organisation: bool, firm: u64, licence: u64, place: PlaceNo) -> usize {
    let name = if organisation { slots::firm(firm, super::Language::English) } else { super::template::coin(firm, super::Language::English) };
    stage.parties.push(Party { organisation, name, licence, phone: 0, place });
    stage.parties.len() - 1
}

/// Aggregators' pages and job boards: known for years, open to all.
pub(super) fn public_accounts(stage: &mut Stage<'_>) {
    for number in 0..8 + stage.settings.posts / 500 {
        let place = stage.home[stage.draw.below(stage.home.len())];
        let opened = -(stage.draw.between(300, 2_500) as i32);
        let account = open(stage, None, place, opened);
        stage.pages.push(account);
        if number.is_multiple_of(4) {
            let board = open(stage, None, place, opened);
            stage.boards.push(board);
        }
    }
}

fn old(draw: &mut Draw) -> i32 {
    -(draw.between(60, 2_000) as i32)
}

fn days(draw: &mut Draw, least: f64, most: f64) -> (f64, f64) {
    let length = draw.range(least, most);
    let first = draw.range(0.0, f64::from(DAYS) - length);
    (first, first + length)
}

impl Cast {
    fn of(draw: &mut Draw, kind: AdvertKind, layout: Layout) -> Self {
        let (url, wallet) = (slots::url(draw), slots::wallet(draw));
        Self { kind, layout, posters: Vec::new(), url, wallet, licence: draw.word() >> 40, pay: 1.0, price: 1.0, beat: 0, key: draw.word() }
    }

    /// Spreads the posts evenly over the time its posters are active.
    fn schedule(&mut self, size: usize) {
        let first = self.posters.iter().map(|p| p.active.0).fold(f64::INFINITY, f64::min);
        let last = self.posters.iter().map(|p| p.active.1).fold(0.0, f64::max);
        self.beat = ((last - first) * 86_400.0 / size as f64).max(60.0) as i64;
    }

    fn add(&mut self, draw: &mut Draw, account: usize, phones: Vec<u64>, towns: Vec<PlaceNo>, destinations: Vec<PlaceNo>, active: (f64, f64)) {
        let (handle, firm) = (slots::handle(draw), self.key);
        self.posters.push(Poster { account, phones, handle, firm, towns, destinations, active });
    }
}

/// A cast for a template that is posted `size` times. Software that posts at set times is used by all kinds.
pub(super) fn draw(stage: &mut Stage<'_>, size: usize) -> Cast {
    let mut cast = cast_of(stage, size);
    let share = match cast.kind {
        AdvertKind::Board => 0.5,
        AdvertKind::Charity => 0.05,
        AdvertKind::Trafficking => 0.0,
        _ => 0.2,
    };
    if stage.draw.chance(share) {
        cast.schedule(size);
    }
    cast
}

fn cast_of(stage: &mut Stage<'_>, size: usize) -> Cast {
    match stage.draw.weighted(&[0.42, 0.12, 0.12, 0.07, 0.12, 0.15]) {
        0 if stage.draw.chance(0.5) => promoter(stage, size),
        0 => employer(stage),
        1 => franchise(stage, size),
        2 => aggregator(stage, size),
        3 => board(stage),
        4 => charity(stage, size),
        _ => trafficking(stage, size),
    }
}

/// A licensed firm with its offices; sub-agents pass its offers on under its number, some also under their own, and now and
/// then without the firm posting anything itself. The register mostly has the firm's number.
fn promoter(stage: &mut Stage<'_>, size: usize) -> Cast {
    let mut layout = Layout::plain(if stage.draw.chance(0.85) { "job" } else { "travel" });
    layout.licence = stage.draw.chance(0.6);
    let mut cast = Cast::of(&mut stage.draw, AdvertKind::Promoter, layout);
    let town = stage.draw.pick(&stage.home);
    let firm = party(stage, true, cast.key, cast.licence, town);
    let count = stage.draw.between(1, 3) as usize;
    let destinations = stage.draw.sample(&stage.abroad, count);
    let phone = slots::phone(&mut stage.draw, "PK");
    if stage.draw.chance(0.85) {
        stage.parties[firm].phone = phone;
    }
    let active = days(&mut stage.draw, 20.0, 150.0);
    let agents = if size > 4 && stage.draw.chance(0.3) { stage.draw.between(1, 5) } else { 0 };
    let offices = if agents > 2 && stage.draw.chance(0.3) { 0 } else { stage.draw.between(1, 4) };
    for number in 0..offices + agents {
        let agent = number >= offices;
        let place = stage.draw.pick(&stage.home);
        let holder = stage.draw.word();
        let holder = if agent { party(stage, false, holder, 0, place) } else { firm };
        let opened = old(&mut stage.draw);
        let account = open(stage, Some(holder), place, opened);
        let own = slots::phone(&mut stage.draw, "PK");
        let phones = if agent && stage.draw.chance(0.6) { vec![phone] } else { vec![phone, own] };
        cast.add(&mut stage.draw, account, phones, vec![place], destinations.clone(), active);
    }
    cast
}

/// A shop, works, bureau or travel agent at home that posts the same text again.
fn employer(stage: &mut Stage<'_>) -> Cast {
    let form = ["job", "travel", "marriage", "sale"][stage.draw.weighted(&[0.55, 0.12, 0.1, 0.23])];
    let mut cast = Cast::of(&mut stage.draw, AdvertKind::Promoter, Layout::plain(form));
    let town = stage.draw.pick(&stage.home);
    let firm = party(stage, true, cast.key, 0, town);
    let phone = slots::phone(&mut stage.draw, at(town).country);
    let active = days(&mut stage.draw, 10.0, 120.0);
    let destinations = if form == "travel" { stage.draw.sample(&stage.abroad, 2) } else { vec![town] };
    // Now and then each clerk uses an account of their own, and clerks come and go.
    let staff = stage.draw.chance(0.06);
    let count = if staff { stage.draw.between(3, 5) } else { stage.draw.between(1, 2) };
    for number in 0..count {
        let step = (active.1 - active.0) / count as f64;
        let term = if staff { (active.0 + step * number as f64, active.0 + step * (number + 1) as f64) } else { active };
        // Some firms are new; that says nothing by itself.
        let opened = if staff || stage.draw.chance(0.15) { term.0 as i32 - 5 } else { old(&mut stage.draw) };
        let account = open(stage, Some(firm).filter(|_| !staff), town, opened);
        cast.add(&mut stage.draw, account, vec![phone], vec![town], destinations.clone(), term);
    }
    cast
}

/// Branches far apart, each with its own number; one address and often one call centre for all.
fn franchise(stage: &mut Stage<'_>, size: usize) -> Cast {
    let form = if stage.draw.chance(0.8) { "job" } else { "sale" };
    let mut cast = Cast::of(&mut stage.draw, AdvertKind::Franchise, Layout::plain(form));
    let centre = slots::phone(&mut stage.draw, "PK");
    let central = stage.draw.chance(0.5);
    let active = days(&mut stage.draw, 10.0, 120.0);
    let count = stage.draw.between(3, 18).min(size as i64).max(2) as usize;
    for town in stage.draw.sample(&stage.home.clone(), count) {
        let branch = party(stage, true, cast.key, 0, town);
        let opened = old(&mut stage.draw);
        let account = open(stage, Some(branch), town, opened);
        let own = slots::phone(&mut stage.draw, at(town).country);
        let phones = if central { vec![own, centre] } else { vec![own] };
        cast.add(&mut stage.draw, account, phones, vec![town], vec![town], active);
    }
    cast
}

/// One employer's or promoter's text on many pages.
fn aggregator(stage: &mut Stage<'_>, size: usize) -> Cast {
    let form = ["job", "travel", "sale"][stage.draw.weighted(&[0.8, 0.1, 0.1])];
    let mut cast = Cast::of(&mut stage.draw, AdvertKind::Aggregator, Layout::plain(form));
    let town = stage.draw.pick(&stage.home);
    let abroad = form == "travel" || stage.draw.chance(0.4);
    let destinations = if abroad { stage.draw.sample(&stage.abroad, 1) } else { vec![town] };
    let phone = slots::phone(&mut stage.draw, "PK");
    let active = days(&mut stage.draw, 2.0, 25.0);
    if abroad && stage.draw.chance(0.6) {
        // The offer is a licensed firm's, whose number the register has.
        let (name, licence) = (stage.draw.word(), cast.licence);
        let firm = party(stage, true, name, licence, town);
        stage.parties[firm].phone = phone;
    }
    let count = stage.draw.between(2, 14).min(size as i64).max(2) as usize;
    // A quarter go over small pages that post little else.
    let small = stage.draw.chance(0.25);
    let pages = if small { (0..count).map(|_| stage.single_account(town)).collect() } else { stage.draw.sample(&stage.pages.clone(), count) };
    for account in pages {
        // Some pages file every offer under their own town.
        let own = stage.accounts[account].place;
        let places = if !abroad && stage.draw.chance(0.4) { vec![own] } else { destinations.clone() };
        cast.add(&mut stage.draw, account, vec![phone], vec![town], places, active);
    }
    let handle = cast.posters.first().map(|p| p.handle.clone()).unwrap_or_default();
    cast.posters.iter_mut().for_each(|p| p.handle.clone_from(&handle));
    cast
}

/// A job board's form, filled in by many firms.
fn board(stage: &mut Stage<'_>) -> Cast {
    let mut cast = Cast::of(&mut stage.draw, AdvertKind::Board, Layout::plain("board"));
    let count = stage.draw.between(4, 12) as usize;
    let towns = stage.draw.sample(&stage.home, count);
    let destinations = if stage.draw.chance(0.3) { stage.draw.sample(&stage.abroad, count) } else { towns.clone() };
    let active = days(&mut stage.draw, 30.0, 170.0);
    let count = stage.draw.between(1, 2) as usize;
    for account in stage.draw.sample(&stage.boards.clone(), count) {
        let phone = slots::phone(&mut stage.draw, "PK");
        cast.add(&mut stage.draw, account, vec![phone], towns.clone(), destinations.clone(), active);
    }
    cast
}

/// An appeal passed on by volunteers, with one wallet and one number.
fn charity(stage: &mut Stage<'_>, size: usize) -> Cast {
    let mut cast = Cast::of(&mut stage.draw, AdvertKind::Charity, Layout::plain("charity"));
    let town = stage.draw.pick(&stage.home);
    let trust = party(stage, true, cast.key, cast.licence, town);
    let phone = slots::phone(&mut stage.draw, "PK");
    let active = days(&mut stage.draw, 5.0, 45.0);
    for number in 0..stage.draw.between(2, 12).min(size as i64) {
        let place = if number == 0 { town } else { stage.draw.pick(&stage.home) };
        let holder = stage.draw.word();
        let holder = if number == 0 { trust } else { party(stage, false, holder, 0, place) };
        let opened = if stage.draw.chance(0.2) { active.0 as i32 - 3 } else { old(&mut stage.draw) };
        let account = open(stage, Some(holder), place, opened);
        cast.add(&mut stage.draw, account, vec![phone], vec![place], vec![place], active);
    }
    cast
}

/// A group that offers work, travel or marriage under identities that come and go. How much of it shows differs widely; some
/// groups show next to nothing.
fn trafficking(stage: &mut Stage<'_>, size: usize) -> Cast {
    let form = ["job", "travel", "marriage"][stage.draw.weighted(&[0.75, 0.12, 0.13])];
    let quiet = stage.draw.chance(0.2);
    let mut layout = Layout::plain(form);
    layout.permit = form == "job" && !quiet && stage.draw.chance(0.35);
    layout.fee = form == "job" && !quiet && stage.draw.chance(0.4);
    let mut cast = Cast::of(&mut stage.draw, AdvertKind::Trafficking, layout);
    if !quiet && stage.draw.chance(0.5) {
        cast.pay = stage.draw.range(2.2, 4.5);
    }
    if !quiet && stage.draw.chance(0.4) {
        cast.price = stage.draw.range(1.8, 3.5);
    }
    let span = days(&mut stage.draw, 20.0, 90.0);
    let count = (stage.draw.between(3, 20) as usize).min(size.max(2));
    let numbers = stage.draw.between(2, 5) as usize;
    let phones: Vec<u64> = (0..numbers.min(count)).map(|_| slots::phone(&mut stage.draw, "PK")).collect();
    let devices: Vec<u64> = (0..1 + count / 4).map(|_| stage.draw.word() >> 16).collect();
    let spread = stage.draw.between(1, if quiet { 1 } else { 5 }) as usize;
    let destinations = stage.draw.sample(&stage.abroad, spread);
    let share = stage.draw.range(0.3, 1.0);
    for number in 0..count {
        let step = (span.1 - span.0) / count as f64;
        let first = span.0 + step * number as f64;
        let last = (first + stage.draw.range(5.0, 20.0)).min(f64::from(DAYS) - 1.0);
        let active = if quiet { span } else { (first, last) };
        identity(stage, &mut cast, quiet, active, (&phones, &devices, &destinations), share);
    }
    if !quiet && stage.draw.chance(0.35) {
        cast.schedule(size);
    }
    cast
}

/// One identity of such a group.
fn identity(stage: &mut Stage<'_>, cast: &mut Cast, quiet: bool, active: (f64, f64), shared: (&[u64], &[u64], &[PlaceNo]), share: f64) {
    let (phones, devices, destinations) = shared;
    let town = stage.draw.pick(&stage.home);
    let name = stage.draw.word();
    let holder = stage.draw.chance(0.5).then(|| party(stage, false, name, 0, town));
    let opened = if quiet || stage.draw.chance(0.15) { old(&mut stage.draw) } else { active.0 as i32 - stage.draw.between(1, 8) as i32 };
    let account = open(stage, holder, town, opened);
    if !quiet && stage.draw.chance(0.7) {
        stage.accounts[account].closed = Some(active.1 as i32 + 1);
    }
    if stage.draw.chance(share) {
        stage.accounts[account].devices = vec![stage.draw.pick(devices)];
    }
    let mut own = stage.draw.sample(phones, 2);
    if own.is_empty() || !stage.draw.chance(share) {
        own = vec![slots::phone(&mut stage.draw, "PK")];
    }
    let count = stage.draw.between(1, 3) as usize;
    let mine = stage.draw.sample(destinations, count);
    let towns = if quiet { vec![town] } else { stage.draw.sample(&stage.home.clone(), 3) };
    cast.add(&mut stage.draw, account, own, towns, mine, active);
    if let Some(poster) = cast.posters.last_mut() {
        poster.firm = name;
    }
}

/// Someone who posts a text once.
pub(super) fn single(stage: &mut Stage<'_>) -> Cast {
    let form = ["job", "travel", "marriage", "charity", "sale"][stage.draw.weighted(&[0.55, 0.1, 0.08, 0.07, 0.2])];
    let mut cast = Cast::of(&mut stage.draw, AdvertKind::Alone, Layout { boiler: 0.5, ..Layout::plain(form) });
    let town = stage.draw.pick(&stage.home);
    let account = if stage.draw.chance(0.1) { stage.draw.pick(&stage.pages) } else { stage.single_account(town) };
    let abroad = form == "travel" || (form == "job" && stage.draw.chance(0.3));
    let destination = if abroad { stage.draw.pick(&stage.abroad) } else { town };
    cast.pay = stage.draw.lognormal(1.0, 0.12);
    let phone = slots::phone(&mut stage.draw, at(town).country);
    cast.add(&mut stage.draw, account, vec![phone], vec![town], vec![destination], (0.0, f64::from(DAYS) - 1.0));
    cast
}
