//! Which token stands for which: the assignment with the greatest gain, where two adjacent tokens may stand for one.

use super::score::Sums;

/// A possible match: places on either side as bits, and what it gains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) left: u16,
    pub(crate) right: u16,
    pub(crate) sums: Sums,
    pub(crate) cost: u32,
}

/// Most combinations that are searched through; beyond, choices are taken greedily by gain.
const COMBINATIONS_MAX: u64 = 20_000;

/// Are there so many choices that they are taken greedily?
fn too_many(choices: &[Choice]) -> bool {
    let mut product: u64 = 1;
    for place in 0..16 {
        let here = choices.iter().filter(|choice| choice.left.trailing_zeros() == place).count() as u64;
        product = product.saturating_mul(here + 1);
    }
    product > COMBINATIONS_MAX
}

/// The best assignment: its sums, and the choices taken in `taken`.
pub(crate) fn assign(choices: &mut [Choice], taken: &mut Vec<Choice>) -> Sums {
    taken.clear();
    let (mut left, mut right, mut apart) = (0_u16, 0_u16, true);
    for choice in choices.iter() {
        apart &= left & choice.left == 0 && right & choice.right == 0;
        left |= choice.left;
        right |= choice.right;
    }
    if apart {
        taken.extend_from_slice(choices);
        return taken.iter().fold(Sums::default(), |sums, choice| sums.plus(choice.sums));
    }
    if too_many(choices) {
        return greedy(choices, taken);
    }
    let mut best = (Sums::default(), 0_u64);
    search(choices, 0, (0, 0), (Sums::default(), 0), &mut best);
    let mut bits = best.1;
    while bits != 0 {
        taken.extend(choices.get(bits.trailing_zeros() as usize));
        bits &= bits - 1;
    }
    best.0
}

/// Takes or leaves each choice in turn.
fn search(choices: &[Choice], at: usize, used: (u16, u16), now: (Sums, u64), best: &mut (Sums, u64)) {
    if now.0 > best.0 {
        *best = now;
    }
    for (next, choice) in choices.iter().enumerate().skip(at) {
        if used.0 & choice.left == 0 && used.1 & choice.right == 0 {
            search(choices, next + 1, (used.0 | choice.left, used.1 | choice.right), (now.0.plus(choice.sums), now.1 | 1 << (next & 63)), best);
        }
    }
}

/// The greatest gain first; ties by place. At most 64 choices stay.
fn greedy(choices: &mut [Choice], taken: &mut Vec<Choice>) -> Sums {
    choices.sort_unstable_by(|a, b| b.sums.cmp(&a.sums).then(a.left.cmp(&b.left)).then(a.right.cmp(&b.right)));
    let (mut left, mut right, mut sums) = (0, 0, Sums::default());
    for choice in choices.iter() {
        if left & choice.left == 0 && right & choice.right == 0 {
            (left, right) = (left | choice.left, right | choice.right);
            sums = sums.plus(choice.sums);
            taken.push(*choice);
        }
    }
    sums
}

/// The plain reference of [`assign`]: a table over sets of right tokens, no search order. Greedy beyond the same bound.
pub(crate) fn assign_plain(choices: &mut [Choice]) -> Sums {
    if too_many(choices) {
        return greedy(choices, &mut Vec::new());
    }
    let mut best: std::collections::BTreeMap<(u16, u16), Sums> = std::collections::BTreeMap::from([((0, 0), Sums::default())]);
    for choice in choices.iter() {
        let mut more = Vec::new();
        for ((left, right), sums) in &best {
            if left & choice.left == 0 && right & choice.right == 0 {
                more.push(((left | choice.left, right | choice.right), sums.plus(choice.sums)));
            }
        }
        for (used, sums) in more {
            let slot = best.entry(used).or_insert(sums);
            *slot = (*slot).max(sums);
        }
    }
    best.into_values().max().unwrap_or_default()
}
