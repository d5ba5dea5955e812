//! From settings to posts: which templates there are, how often each is posted, and what stands alone.

use super::cast::{self, Cast, Poster};
use super::grammar::{Grammar, Slot};
use super::noise::{self, Rates, Written};
use super::slots::{self, Offer};
use super::template::{Layout, Template, Token};
use super::{AdvertKind, Corpus, CorpusPost, CorpusSettings, Language, Terms};
use crate::draw::{Draw, mix};
use crate::places::{CURRENCIES, PlaceNo, at};
use crate::state::DAYS;
use std::collections::BTreeMap;

/// Who holds accounts.
#[derive(Clone, Debug)]
pub(super) struct Party {
    pub(super) organisation: bool,
    pub(super) name: String,
    /// Its number on the register of promoters; 0 for none.
    pub(super) licence: u64,
    /// E.164 digits that its record shows; 0 for none.
    pub(super) phone: u64,
    pub(super) place: PlaceNo,
}

/// A platform account. Days are of the world.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) provider: &'static str,
    pub(super) holder: Option<usize>,
    pub(super) place: PlaceNo,
    pub(super) opened: i32,
    pub(super) closed: Option<i32>,
    pub(super) devices: Vec<u64>,
}

/// Recent templates of one language and form, to borrow sentences from.
const RECENT: usize = 48;

/// The world of adverts while it is made.
pub(super) struct Stage<'a> {
    pub(super) settings: &'a CorpusSettings,
    pub(super) grammar: Grammar,
    pub(super) draw: Draw,
    pub(super) accounts: Vec<Account>,
    pub(super) parties: Vec<Party>,
    /// Aggregators' pages and job boards: few accounts with many posts.
    pub(super) pages: Vec<usize>,
    pub(super) boards: Vec<usize>,
    pub(super) home: Vec<PlaceNo>,
    pub(super) abroad: Vec<PlaceNo>,
    posts: Vec<CorpusPost>,
    recent: BTreeMap<(Language, &'static str), Vec<Template>>,
    singles: Vec<usize>,
    groups: u32,
    rates: Rates,
}

/// Makes all posts, in the order of time.
pub(super) fn play(settings: &CorpusSettings) -> Corpus {
    let mut stage = Stage {
        settings,
        grammar: Grammar::load(),
        draw: Draw::stream(settings.seed, "corpus", 0),
        accounts: Vec::new(),
        parties: Vec::new(),
        pages: Vec::new(),
        boards: Vec::new(),
        home: slots::towns(false),
        abroad: slots::towns(true),
        posts: Vec::with_capacity(settings.posts),
        recent: BTreeMap::new(),
        singles: Vec::new(),
        groups: 0,
        rates: Rates::of(settings.noise),
    };
    cast::public_accounts(&mut stage);
    let grouped = (settings.grouped * settings.posts as f64) as usize;
    // A lone post is no template: the last group may end one short of the share.
    while stage.posts.len() + 2 <= grouped {
        stage.group(grouped);
    }
    while stage.posts.len() < settings.posts {
        stage.single();
    }
    let seed = settings.seed;
    stage.posts.sort_by_key(|post| (post.at, mix(post.number, seed)));
    for (number, post) in stage.posts.iter_mut().enumerate() {
        post.number = number as u64 + 1;
    }
    Corpus { posts: stage.posts, accounts: stage.accounts, parties: stage.parties, seed }
}

impl Stage<'_> {
    fn language(&mut self) -> Language {
        let weights: Vec<f64> = self.settings.languages.iter().map(|(_, weight)| *weight).collect();
        self.settings.languages[self.draw.weighted(&weights)].0
    }

    /// How often a template is posted: few many times, most a few times.
    fn size(&mut self, most: usize) -> usize {
        let pareto = (1.0 - self.draw.unit()).powf(-1.0 / 0.9);
        ((2.0 + pareto) as usize).clamp(2, (self.settings.posts / 50).max(20)).min(most).max(2)
    }

    /// One template with its posts, and now and then the same offer in another language.
    fn group(&mut self, grouped: usize) {
        let language = self.language();
        let left = grouped - self.posts.len();
        let size = self.size(left);
        let cast = cast::draw(self, size);
        let template = self.template(language, cast.layout, 0.15);
        let group = self.posted(&cast, &template, size, None);
        let others: Vec<(Language, f64)> = self.settings.languages.iter().copied().filter(|(l, w)| *l != language && *w > 0.0).collect();
        if others.is_empty() || !self.draw.chance(self.settings.translated) || self.posts.len() + 2 > grouped {
            return;
        }
        let weights: Vec<f64> = others.iter().map(|(_, weight)| *weight).collect();
        let other = others[self.draw.weighted(&weights)].0;
        let left = grouped - self.posts.len();
        let size = self.size(left);
        self.posted(&cast, &template.translated(other), size, Some(group));
    }

    /// A new template; with that chance a sibling of a recent one.
    fn template(&mut self, language: Language, layout: Layout, sibling: f64) -> Template {
        let mut template = Template::draw(&self.grammar, &mut self.draw, language, layout);
        let recent = self.recent.entry((language, layout.form)).or_default();
        if !recent.is_empty() && self.draw.chance(sibling) {
            let other = &recent[self.draw.below(recent.len())];
            template.borrow(other, &self.grammar, &mut self.draw);
        }
        if recent.len() < RECENT {
            recent.push(template.clone());
        } else {
            let place = self.draw.below(RECENT);
            recent[place] = template.clone();
        }
        template
    }

    fn posted(&mut self, cast: &Cast, template: &Template, size: usize, translation_of: Option<u32>) -> u32 {
        self.groups += 1;
        let group = self.groups;
        for number in 0..size {
            let (poster, second) = cast.turn(&mut self.draw, number, size);
            let poster = poster.clone();
            self.post(cast, &poster, template, second, Some((group, translation_of)));
        }
        group
    }

    fn single(&mut self) {
        let language = self.language();
        let cast = cast::single(self);
        let template = self.template(language, cast.layout, 0.03);
        let (poster, second) = cast.turn(&mut self.draw, 0, 1);
        let poster = poster.clone();
        self.post(&cast, &poster, &template, second, None);
    }

    /// An account for a lone post: mostly a new one.
    pub(super) fn single_account(&mut self, place: PlaceNo) -> usize {
        if !self.singles.is_empty() && self.draw.chance(0.3) {
            return self.singles[self.draw.below(self.singles.len())];
        }
        let opened = -(self.draw.between(1, 1_500) as i32);
        let account = cast::open(self, None, place, opened);
        self.singles.push(account);
        account
    }

    fn post(&mut self, cast: &Cast, poster: &Poster, template: &Template, second: i64, group: Option<(u32, Option<u32>)>) {
        let offer = cast.offer(self, poster, template);
        let alone = group.is_none();
        let (text, shown) = self.text(template, &offer, alone);
        let kind = cast.layout.form;
        let place = if matches!(kind, "job" | "travel" | "board") { offer.destination } else { offer.place };
        let terms = self.terms(cast, template, &offer);
        let number = self.posts.len() as u64;
        self.posts.push(CorpusPost {
            number,
            at: second,
            account: poster.account,
            offer: match kind {
                "charity" => "fundraising",
                "sale" => "other",
                "board" => "job",
                other => other,
            },
            language: template.language,
            place,
            text,
            contacts: contacts(&offer, &shown),
            terms,
            group: group.map(|(group, _)| group),
            kind: if alone { AdvertKind::Alone } else { cast.kind },
            translation_of: group.and_then(|(_, of)| of),
        });
    }

    /// The words of one post, and which slots it shows.
    fn text(&mut self, template: &Template, offer: &Offer, alone: bool) -> (String, Vec<Slot>) {
        let language = template.language;
        let rates = if alone { Rates { words: 0.0, reworded: 0.0, ..self.rates } } else { self.rates };
        let tokens = if self.draw.chance(rates.reworded) { template.reworded(&self.grammar, &mut self.draw) } else { template.tokens(&self.grammar) };
        let mut shown = Vec::new();
        let mut written: Vec<Written> = Vec::with_capacity(tokens.len());
        for token in tokens {
            written.push(match token {
                Token::Word(word) => Written::Word(word),
                Token::End => Written::End,
                Token::Slot(slot) => {
                    shown.push(slot);
                    Written::Slot(slots::fill(slot, offer, &self.grammar, language, &mut self.draw))
                }
            });
        }
        if rates.words > 0.0 {
            written = noise::words(written, rates.words, &self.grammar, language, &mut self.draw);
        }
        if self.draw.chance(rates.keyboard) {
            noise::keyboard(&mut written, language, &mut self.draw);
        }
        if self.draw.chance(rates.obfuscated) {
            noise::obfuscate(&mut written, language, &mut self.draw);
        }
        let text = noise::join(&written, rates, language, &mut self.draw);
        if language.latin() && self.draw.chance(rates.shouting) { (text.to_uppercase(), shown) } else { (text, shown) }
    }

    fn terms(&mut self, cast: &Cast, template: &Template, offer: &Offer) -> Option<Terms> {
        let work = matches!(cast.layout.form, "job" | "board");
        if !(work || cast.layout.form == "travel") || !self.draw.chance(0.85) {
            return None;
        }
        let trade = if cast.layout.form == "board" { offer.trade } else { template.trade(&self.grammar) };
        let sum = |money: slots::Money| (money.amount, CURRENCIES[usize::from(money.currency)].code);
        Some(Terms {
            occupation: if work { self.grammar.say(self.grammar.trades, trade, Language::English, 0).join(" ") } else { String::new() },
            destination: at(offer.destination).country.to_owned(),
            wage: work.then(|| sum(offer.wage)),
            fee: (cast.layout.fee || cast.layout.form == "travel").then(|| sum(offer.fee)),
            permit: cast.layout.permit.then(|| slots::PERMIT_TERMS[offer.permit % slots::PERMIT_TERMS.len()]),
        })
    }
}

/// The contacts a text shows, in the contract's form.
fn contacts(offer: &Offer, shown: &[Slot]) -> Vec<String> {
    let mut contacts = Vec::new();
    for (slot, text) in [
        (Slot::Phone, format!("+{}", offer.phone)),
        (Slot::Handle, offer.handle.clone()),
        (Slot::Url, offer.url.clone()),
        (Slot::Wallet, offer.wallet.clone()),
    ] {
        if shown.contains(&slot) {
            contacts.push(text);
        }
    }
    contacts
}

/// A second of that day, when people are awake (UTC+5).
pub(super) fn clock(draw: &mut Draw, day: f64) -> i64 {
    let hour = 7.0 + 16.0 * (0.5 * (draw.unit() + draw.unit())).clamp(0.0, 0.9999);
    (day.clamp(0.0, f64::from(DAYS) - 1.0) as i64) * 86_400 + (hour * 3_600.0) as i64 - 5 * 3_600
}
