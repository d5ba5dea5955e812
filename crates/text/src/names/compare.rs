//! Comparing two prepared names: fast, plain, and with a full account.

use super::align::{Step, align_plain, align_within, lower_bound};
use super::assign::{Choice, assign, assign_plain};
use super::costs::Costs;
use super::keys::is_latin;
use super::known::{Known, adjusted};
use super::parse::{NameToken, PersonName};
use super::prepared::{Prepared, PreparedName};
use super::score::{NameScore, PARTS, Side, Sums, gain, limit, score};
use super::slip::slip_cost;
use super::units::{LETTERS_MAX, Script, Spelling};
use super::words::Role;
use crate::hash::mix;

/// Most an initial may cost against the first letter of a name, in sixteenths of a nat.
const INITIAL_COST_MAX: u32 = 14;
/// Letters by which two tokens run together may differ in length from the one they are held against.
const JOINED_SLACK: u8 = 3;
/// Most that two tokens against two cost when only the space between them slipped: 1.5 nats.
const SHIFT_COST_MAX: u32 = 24;
/// How many times the limit of a match a lone token is graded to, at most up to this cost, and for what share of the similarity.
const LONE_LIMITS: u32 = 3;
const LONE_COST_MAX: u32 = 250;
const LONE_SHARE: f64 = 0.1;
/// Pairs of tokens remembered, a power of two.
const REMEMBERED: usize = 1 << 12;

/// Compares names; keeps scratch memory and remembers pairs of tokens between calls, which never shows in a result.
pub struct Comparer {
    costs: &'static Costs,
    slips: bool,
    choices: Vec<Choice>,
    taken: Vec<Choice>,
    remembered: Vec<(u64, u32)>,
    together: Vec<Prepared>,
}

/// Which tokens stood for each other in a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Names of their own (no titles, initials, parts of compounds) that are matched, on either side.
    pub names: [u8; 2],
    /// Names of their own that match nothing, on either side.
    pub names_left: [u8; 2],
}

impl Default for Comparer {
    fn default() -> Self {
        Self::new()
    }
}

/// One line of an account: tokens that stand for each other.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchedTokens {
    /// Left tokens: one, or two adjacent ones run together.
    pub left: Vec<NameToken>,
    /// Right tokens: one, or two adjacent ones run together.
    pub right: Vec<NameToken>,
    /// Cost of the alignment in nats.
    pub cost: f64,
    /// The cost from which on this would be no match, in nats.
    pub cost_limit: f64,
    /// What a match without cost would say, in nats.
    pub weight: f64,
    /// What this match says of it, 0..=weight.
    pub gain: f64,
    /// Which letters stand against which.
    pub steps: Vec<Step>,
}

/// Everything a comparison compared.
#[derive(Clone, Debug, PartialEq)]
pub struct NameComparison {
    /// The result, equal to [`Comparer::compare`].
    pub score: NameScore,
    /// Tokens matched, in the order of the left name.
    pub matched: Vec<MatchedTokens>,
    /// Left tokens that match nothing.
    pub only_left: Vec<NameToken>,
    /// Right tokens that match nothing.
    pub only_right: Vec<NameToken>,
    /// Particles and articles of both sides, set aside.
    pub set_aside: Vec<NameToken>,
    /// What folding did on either side.
    pub folded: Vec<&'static str>,
    /// Tokens beyond the most that are read, of both sides.
    pub left_out: usize,
}

impl Comparer {
    /// A comparer with the committed costs.
    #[must_use]
    pub fn new() -> Self {
        let remembered = vec![(0, 0); REMEMBERED];
        Self { costs: Costs::get(), slips: false, choices: Vec::new(), taken: Vec::new(), remembered, together: Vec::new() }
    }

    /// A comparer that also takes one slip of the pen in a word of four letters or more for what it is: it costs a fixed share of
    /// the limit of a match at most, whatever the letters. For searching, where a missed name costs more than a name too many.
    #[must_use]
    pub fn with_slips() -> Self {
        Self { slips: true, ..Self::new() }
    }

    /// Compares two names. Symmetric; takes no note of the order of tokens.
    #[must_use]
    pub fn compare(&mut self, a: &PreparedName, b: &PreparedName) -> NameScore {
        self.compare_view(View::of(a), View::of(b)).0
    }

    /// Compares a name with one given in parts, which are taken together in their order, and says how their tokens agree. Equal to
    /// comparing with the whole name; nothing is allocated.
    pub fn compare_parts<'a>(&mut self, a: &PreparedName, parts: impl Iterator<Item = &'a PreparedName>) -> (NameScore, Agreement) {
        let mut together = std::mem::take(&mut self.together);
        together.clear();
        together.extend(parts.flat_map(|part| part.tokens.iter().cloned()));
        let (all, order) = totals(&together);
        let b = View { tokens: &together, all, order };
        let (score, swapped) = self.compare_view(View::of(a), b);
        let agreement = agreement(&self.taken, swapped, &a.tokens, &together);
        self.together = together;
        (score, agreement)
    }

    /// What a match of these two tokens gives in any pair of names, in nats; `None` where they are no match or either is not one token.
    pub fn token_log_odds(&mut self, a: &PreparedName, b: &PreparedName) -> Option<f64> {
        if a.tokens.len() != 1 || b.tokens.len() != 1 {
            return None;
        }
        let (a, b) = ordered(a, b);
        self.choose(View::of(a), View::of(b));
        let sums = self.choices.first()?.sums;
        Some(f64::from(2 * sums.gain - sums.matched) / f64::from(PARTS))
    }

    /// What it gives in any pair of names, in nats, that the tokens of `a` and of `b` are one name with another space in it or none, where they
    /// agree best so; `None` where they agree otherwise or not.
    pub fn joined_log_odds<'a>(&mut self, a: &[&PreparedName], b: impl Iterator<Item = &'a PreparedName>) -> Option<f64> {
        let mut together = std::mem::take(&mut self.together);
        together.clear();
        together.extend(a.iter().flat_map(|part| part.tokens.iter().cloned()));
        let border = together.len();
        together.extend(b.flat_map(|part| part.tokens.iter().cloned()));
        if let (Some(left), Some(right)) = (together.get(..border), together.get(border..)) {
            let view = |tokens| View { tokens, all: Side::default(), order: 0 };
            self.choose(view(left), view(right));
            assign(&mut self.choices, &mut self.taken);
        }
        self.together = together;
        let joined = self.taken.iter().find(|choice| choice.left.count_ones() + choice.right.count_ones() > 2)?;
        Some(f64::from(2 * joined.sums.gain - joined.sums.matched) / f64::from(PARTS))
    }

    /// The score, and whether the two changed places.
    fn compare_view(&mut self, a: View<'_>, b: View<'_>) -> (NameScore, bool) {
        let swapped = a.order > b.order;
        let (a, b) = if swapped { (b, a) } else { (a, b) };
        self.choose(a, b);
        let sums = assign(&mut self.choices, &mut self.taken);
        let score = score(sums, a.all, b.all);
        (lone(a, b, score, |left, right, most| align_within(self.costs, left, right, most)), swapped)
    }

    /// Compares two names and gives the score only when its similarity reaches `similarity_min` (0..=1).
    #[must_use]
    pub fn compare_at_least(&mut self, a: &PreparedName, b: &PreparedName, similarity_min: f64) -> Option<NameScore> {
        Some(self.compare(a, b)).filter(|score| score.similarity >= similarity_min)
    }

    /// The plain reference of [`Comparer::compare`]: every pair aligned in full, no bound, no memory, a table for the assignment.
    #[must_use]
    pub fn compare_plain(a: &PreparedName, b: &PreparedName) -> NameScore {
        let (a, b) = ordered(a, b);
        let (a, b) = (View::of(a), View::of(b));
        let mut choices = Vec::new();
        each_choice(
            a,
            b,
            |left, right| {
                let cost = adjusted(align_plain(left.spelling, right.spelling).0, left.known, right.known);
                (cost < limit(left.spelling.length, right.spelling.length)).then_some(cost)
            },
            &mut choices,
        );
        let score = score(assign_plain(&mut choices), a.all, b.all);
        lone(a, b, score, |left, right, most| Some(align_plain(left, right).0).filter(|cost| *cost <= most))
    }

    /// Fills `choices` with all matches of tokens that are possible at all.
    fn choose(&mut self, a: View<'_>, b: View<'_>) {
        self.choices.clear();
        let (costs, slips, remembered) = (self.costs, self.slips, &mut self.remembered);
        let mut choices = std::mem::take(&mut self.choices);
        each_choice(a, b, |left, right| token_cost((costs, slips), remembered, left, right), &mut choices);
        self.choices = choices;
    }

    /// Compares two names and says everything that was compared.
    #[must_use]
    pub fn explain(&mut self, left: &PersonName, right: &PersonName) -> NameComparison {
        let (prepared_left, prepared_right) = (PreparedName::of(left), PreparedName::of(right));
        let score = self.compare(&prepared_left, &prepared_right);
        let swapped = !std::ptr::eq(ordered(&prepared_left, &prepared_right).0, &prepared_left);
        let mut taken = self.taken.clone();
        if swapped {
            taken.iter_mut().for_each(|choice| std::mem::swap(&mut choice.left, &mut choice.right));
        }
        taken.sort_unstable_by_key(|choice| choice.left.trailing_zeros());
        let matched: Vec<MatchedTokens> = taken.iter().map(|choice| account(choice, (left, &prepared_left), (right, &prepared_right))).collect();
        let used = |bits: fn(&Choice) -> u16| taken.iter().fold(0, |all, choice| all | bits(choice));
        let mut folded = left.folded.clone();
        folded.extend(right.folded.iter().copied().filter(|note| !left.folded.contains(note)));
        let aside = |token: &&NameToken| matches!(token.role, Role::Particle | Role::Article);
        NameComparison {
            score,
            matched,
            only_left: chosen(left, &prepared_left, !used(|choice| choice.left)),
            only_right: chosen(right, &prepared_right, !used(|choice| choice.right)),
            set_aside: left.tokens.iter().chain(&right.tokens).filter(aside).cloned().collect(),
            folded,
            left_out: left.left_out + right.left_out,
        }
    }
}

/// Where each side is one token, that token is all there is to go by: a tenth of the similarity is then graded beyond the limit of a match,
/// so that what is found can be ranked. `cost` gives the cost of two spellings when it is at most the third argument.
fn lone(a: View<'_>, b: View<'_>, score: NameScore, cost: impl Fn(&Spelling, &Spelling, u32) -> Option<u32>) -> NameScore {
    let ([left], [right]) = (a.tokens, b.tokens) else {
        return score;
    };
    let compared = [left, right].iter().all(|token| joinable(token));
    let most = (LONE_LIMITS * limit(left.spelling.length, right.spelling.length)).min(LONE_COST_MAX);
    let cost = if compared { cost(&left.spelling, &right.spelling, most) } else { None };
    let tail = match cost {
        Some(cost) => 1.0 - f64::from(cost) / f64::from(most.max(1)),
        None if left.identity == right.identity => 1.0,
        None => 0.0,
    };
    NameScore { similarity: score.similarity * (1.0 - LONE_SHARE) + tail * LONE_SHARE, ..score }
}

/// The tokens of a name, wherever they are kept.
#[derive(Clone, Copy)]
struct View<'a> {
    tokens: &'a [Prepared],
    all: Side,
    order: u64,
}

impl<'a> View<'a> {
    fn of(name: &'a PreparedName) -> Self {
        Self { tokens: &name.tokens, all: name.all, order: name.order }
    }
}

/// How the tokens of two names agree under an assignment; `swapped` says that its left side is that of `b`.
fn agreement(taken: &[Choice], swapped: bool, a: &[Prepared], b: &[Prepared]) -> Agreement {
    let sides = |choice: &Choice| if swapped { (choice.right, choice.left) } else { (choice.left, choice.right) };
    let used = taken.iter().map(sides).fold((0_u16, 0_u16), |all, one| (all.0 | one.0, all.1 | one.1));
    let names = |tokens: &[Prepared], bits: u16| {
        let count = tokens.iter().enumerate().filter(|(at, token)| token.role == Role::Name && bits >> at & 1 == 1).count();
        u8::try_from(count).unwrap_or(u8::MAX)
    };
    let (matched, left) = ([names(a, used.0), names(b, used.1)], [names(a, !used.0), names(b, !used.1)]);
    Agreement { names: matched, names_left: left }
}

/// The two names in an order of their own.
fn ordered<'a>(a: &'a PreparedName, b: &'a PreparedName) -> (&'a PreparedName, &'a PreparedName) {
    if a.order <= b.order { (a, b) } else { (b, a) }
}

/// The tokens whose bits are set.
fn chosen(name: &PersonName, prepared: &PreparedName, bits: u16) -> Vec<NameToken> {
    let places = prepared.tokens.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0);
    places.filter_map(|(_, token)| name.tokens.get(usize::from(token.place)).cloned()).collect()
}

fn account(choice: &Choice, left: (&PersonName, &PreparedName), right: (&PersonName, &PreparedName)) -> MatchedTokens {
    let (spelled_left, spelled_right) = (spelling_of(left.1, choice.left), spelling_of(right.1, choice.right));
    MatchedTokens {
        left: chosen(left.0, left.1, choice.left),
        right: chosen(right.0, right.1, choice.right),
        cost: f64::from(choice.cost) / f64::from(super::COSTS_PER_NAT),
        cost_limit: f64::from(limit(spelled_left.length, spelled_right.length)) / f64::from(super::COSTS_PER_NAT),
        weight: f64::from(choice.sums.matched) / f64::from(PARTS),
        gain: f64::from(choice.sums.gain) / f64::from(PARTS),
        steps: align_plain(&spelled_left, &spelled_right).1,
    }
}

fn spelling_of(name: &PreparedName, bits: u16) -> Spelling {
    let mut chosen = name.tokens.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0).map(|(_, token)| token.spelling);
    match (chosen.next(), chosen.next()) {
        (Some(first), Some(second)) => joined(&first, &second),
        (Some(first), None) => first,
        _ => Spelling::EMPTY,
    }
}

/// Two tokens run together, when they are short enough.
fn joined(first: &Spelling, second: &Spelling) -> Spelling {
    let mut both = *first;
    let at = usize::from(first.length);
    let room = LETTERS_MAX - at.min(LETTERS_MAX);
    let more = usize::from(second.length).min(room);
    for (to, from) in both.one.iter_mut().skip(at).zip(second.ones().iter().take(more)) {
        *to = *from;
    }
    for (to, from) in both.two.iter_mut().skip(at).zip(second.twos().iter().take(more)) {
        *to = *from;
    }
    both.length = first.length + u8::try_from(more).unwrap_or(0);
    both
}

/// Walks over all pairs of tokens, and of two adjacent tokens with one, and keeps those that match. `cost` gives the cost of two
/// spellings or `None` when it is over their limit.
fn each_choice(a: View<'_>, b: View<'_>, mut cost: impl FnMut(&Token, &Token) -> Option<u32>, choices: &mut Vec<Choice>) {
    for (i, left) in a.tokens.iter().enumerate() {
        for (j, right) in b.tokens.iter().enumerate() {
            let single = single(left, right, &mut cost);
            if let Some((sums, cost)) = single {
                choices.push(Choice { left: 1 << i, right: 1 << j, sums, cost });
            }
        }
    }
    let (mut left, mut right) = (Matched::default(), Matched::default());
    for choice in choices.iter() {
        left.add(choice.left, choice.cost);
        right.add(choice.right, choice.cost);
    }
    runs((a, left.any), (b, right.exact), false, &mut cost, choices);
    runs((b, right.any), (a, left.exact), true, &mut cost, choices);
    shifted((a, left.exact), (b, right.exact), &mut cost, choices);
}

/// Two adjacent tokens against two adjacent tokens whose letters are nearly the same run together: the space slipped. None of the four
/// may match anything exactly.
fn shifted(
    (a, exact_a): (View<'_>, u16),
    (b, exact_b): (View<'_>, u16),
    cost: &mut impl FnMut(&Token, &Token) -> Option<u32>,
    choices: &mut Vec<Choice>,
) {
    for (i, left) in a.tokens.windows(2).enumerate().filter(|(i, _)| exact_a >> i & 0b11 == 0) {
        for (j, right) in b.tokens.windows(2).enumerate().filter(|(j, _)| exact_b >> j & 0b11 == 0) {
            let ([a1, a2], [b1, b2]) = (left, right) else {
                continue;
            };
            let (length_a, length_b) = (a1.spelling.length + a2.spelling.length, b1.spelling.length + b2.spelling.length);
            let fits = length_a.abs_diff(length_b) <= 1 && usize::from(length_a.max(length_b)) <= LETTERS_MAX;
            // A slipped space leaves the letters' set as it was; two names changed for others hardly ever do.
            if !fits || (a1.letters | a2.letters) != (b1.letters | b2.letters) || ![a1, a2, b1, b2].iter().all(|token| joinable(token)) {
                continue;
            }
            let (spelling_a, spelling_b) = (joined(&a1.spelling, &a2.spelling), joined(&b1.spelling, &b2.spelling));
            let both = [run_together(a1, a2, &spelling_a), run_together(b1, b2, &spelling_b)];
            let [run_a, run_b] = &both;
            if let Some(cost) = cost(run_a, run_b).filter(|cost| *cost <= SHIFT_COST_MAX)
                && let Some(sums) = gain(a1.side().plus(a2.side()), b1.side().plus(b2.side()), cost, limit(length_a, length_b))
            {
                choices.push(Choice { left: 0b11 << i, right: 0b11 << j, sums, cost });
            }
        }
    }
}

fn run_together<'a>(first: &Prepared, second: &Prepared, spelling: &'a Spelling) -> Token<'a> {
    Token {
        spelling,
        identity: mix(first.identity.rotate_left(7) ^ second.identity),
        letters: first.letters | second.letters,
        latin: spelling.ones().first().is_some_and(|unit| is_latin(*unit)),
        known: 0,
        single: false,
    }
}

/// Which tokens of one side match something alone.
#[derive(Clone, Copy, Default)]
struct Matched {
    any: u16,
    exact: u16,
}

impl Matched {
    fn add(&mut self, bits: u16, cost: u32) {
        self.any |= bits;
        if cost == 0 {
            self.exact |= bits;
        }
    }
}

/// Two adjacent tokens of `two` against one of `one`, where one of the two matches nothing alone and the one matches nothing exactly.
fn runs(
    (two, matched): (View<'_>, u16),
    (one, exact): (View<'_>, u16),
    swapped: bool,
    cost: &mut impl FnMut(&Token, &Token) -> Option<u32>,
    choices: &mut Vec<Choice>,
) {
    for (i, pair) in two.tokens.windows(2).enumerate() {
        let [first, second] = pair else {
            continue;
        };
        let length = first.spelling.length.saturating_add(second.spelling.length);
        if matched >> i & 0b11 == 0b11 || !joinable(first) || !joinable(second) {
            continue;
        }
        for (j, whole) in one.tokens.iter().enumerate() {
            if exact >> j & 1 == 1 || !joinable(whole) || whole.spelling.length.abs_diff(length) > JOINED_SLACK || usize::from(length) > LETTERS_MAX {
                continue;
            }
            let spelling = joined(&first.spelling, &second.spelling);
            let both = run_together(first, second, &spelling);
            let other = token(whole);
            let Some(cost) = (if swapped { cost(&other, &both) } else { cost(&both, &other) }) else {
                continue;
            };
            let (side_two, bits_two, bits_one) = (first.side().plus(second.side()), 0b11 << i, 1 << j);
            let (left, right, sides) =
                if swapped { (bits_one, bits_two, (whole.side(), side_two)) } else { (bits_two, bits_one, (side_two, whole.side())) };
            if let Some(sums) = gain(sides.0, sides.1, cost, limit(spelling.length, whole.spelling.length)) {
                choices.push(Choice { left, right, sums, cost });
            }
        }
    }
}

/// What the alignment needs of a token or of two run together.
struct Token<'a> {
    spelling: &'a Spelling,
    identity: u64,
    letters: u64,
    latin: bool,
    known: Known,
    /// One token that is a name of its own, not two run together.
    single: bool,
}

#[inline]
fn token(prepared: &Prepared) -> Token<'_> {
    let latin = prepared.script == Script::Latin;
    Token {
        spelling: &prepared.spelling,
        identity: prepared.identity,
        letters: prepared.letters,
        latin,
        known: prepared.known,
        single: prepared.role == Role::Name,
    }
}

fn joinable(token: &Prepared) -> bool {
    token.script != Script::Other && token.spelling.length > 0 && matches!(token.role, Role::Name | Role::Compound | Role::Title)
}

/// One token against one.
fn single(left: &Prepared, right: &Prepared, cost: &mut impl FnMut(&Token, &Token) -> Option<u32>) -> Option<(Sums, u32)> {
    if left.script == Script::Other || right.script == Script::Other || left.spelling.length == 0 || right.spelling.length == 0 {
        let same = left.identity == right.identity && left.script == right.script;
        return if same { gain(left.side(), right.side(), 0, 1).map(|sums| (sums, 0)) } else { None };
    }
    if left.role == Role::Initial || right.role == Role::Initial {
        return initial(left, right);
    }
    // Part of a compound stands for part of a compound only: `… ullah` is not the name Ala.
    if (left.role == Role::Compound) != (right.role == Role::Compound) {
        return None;
    }
    let cost = cost(&token(left), &token(right))?;
    gain(left.side(), right.side(), cost, limit(left.spelling.length, right.spelling.length)).map(|sums| (sums, cost))
}

/// An initial against a name or another initial: by the first letter alone. The name counts as matched for no more than the initial weighs.
fn initial(left: &Prepared, right: &Prepared) -> Option<(Sums, u32)> {
    let (first, second) = (left.spelling.ones().first()?, right.spelling.ones().first()?);
    let cost = u32::from(Costs::get().of(*first, *second));
    gain(left.side(), right.side(), cost, INITIAL_COST_MAX).map(|sums| (sums, cost))
}

/// The cost of two tokens when it is under their limit: by bound, then from memory, then by alignment.
fn token_cost((costs, slips): (&Costs, bool), remembered: &mut [(u64, u32)], left: &Token, right: &Token) -> Option<u32> {
    if left.identity == right.identity {
        return Some(0);
    }
    let limit = limit(left.spelling.length, right.spelling.length);
    let shared = left.known & right.known != 0;
    let slip = if slips { slip(costs, left, right, limit) } else { None };
    let out_of_reach = || {
        lower_bound(costs.reach(right.latin), left.spelling, right.letters) >= limit
            || lower_bound(costs.reach(left.latin), right.spelling, left.letters) >= limit
    };
    if !shared && out_of_reach() {
        return slip;
    }
    let key = mix(left.identity ^ right.identity.rotate_left(32) ^ u64::from(slip.is_some()));
    let place = key as usize % REMEMBERED;
    if let Some((before, cost)) = remembered.get(place)
        && *before == key
    {
        return (*cost < limit).then_some(*cost);
    }
    // One spelling of a known name for another is cheap even where the letters alone would be too far.
    let letters = align_within(costs, left.spelling, right.spelling, limit - 1).or(shared.then_some(limit));
    let cost = letters.map(|cost| adjusted(cost, left.known, right.known)).filter(|cost| *cost < limit);
    let cost = slip.map_or(cost, |slip| Some(cost.map_or(slip, |cost| cost.min(slip))));
    if let Some(slot) = remembered.get_mut(place) {
        *slot = (key, cost.unwrap_or(u32::MAX));
    }
    cost
}

/// What two single words of one script cost at most where one is the other with a slip. Two names known to be different are no slip.
fn slip(costs: &Costs, left: &Token, right: &Token, limit: u32) -> Option<u32> {
    let comparable = left.single && right.single && left.latin == right.latin && (left.known == 0 || right.known == 0);
    // One slip changes the set of letters by one on either side at most.
    if !comparable || (left.letters ^ right.letters).count_ones() > 2 {
        return None;
    }
    slip_cost(costs, left.spelling, right.spelling, limit)
}

/// What all tokens of a name put in, and the number that orders two names.
pub(crate) fn totals(tokens: &[Prepared]) -> (Side, u64) {
    let all = tokens.iter().map(Prepared::side).fold(Side::default(), Side::plus);
    (all, tokens.iter().fold(0, |order, token| mix(order ^ token.identity ^ u64::from(token.weight.unsigned_abs()))))
}
