//! String kernels over symbols: Jaro–Winkler, restricted Damerau–Levenshtein, a phonetic key.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: every index is bounded by the slice lengths looped over")]
#![allow(clippy::needless_range_loop, reason = "one index runs over several arrays")]

/// Jaro similarity, 0..1 (Jaro 1989), of two slices of at most 64 symbols; longer ones are cut.
#[must_use]
pub fn jaro<T: Copy + Eq>(a: &[T], b: &[T]) -> f64 {
    let a = &a[..a.len().min(64)];
    let b = &b[..b.len().min(64)];
    if a.is_empty() || b.is_empty() {
        return if a.is_empty() && b.is_empty() { 1.0 } else { 0.0 };
    }
    let window = (a.len().max(b.len()) / 2).saturating_sub(1);
    let (mut in_a, mut in_b) = (0u64, 0u64);
    for (i, x) in a.iter().enumerate() {
        let from = i.saturating_sub(window);
        let to = (i + window + 1).min(b.len());
        for (j, y) in b.iter().enumerate().take(to).skip(from) {
            if x == y && in_b >> j & 1 == 0 {
                in_a |= 1 << i;
                in_b |= 1 << j;
                break;
            }
        }
    }
    let matches = in_a.count_ones();
    if matches == 0 {
        return 0.0;
    }
    let (mut left, mut right, mut moved) = (in_a, in_b, 0u32);
    while left != 0 {
        if a[left.trailing_zeros() as usize] != b[right.trailing_zeros() as usize] {
            moved += 1;
        }
        left &= left - 1;
        right &= right - 1;
    }
    let m = f64::from(matches);
    (m / a.len() as f64 + m / b.len() as f64 + (m - f64::from(moved / 2)) / m) / 3.0
}

/// Jaro–Winkler similarity, 0..1 (Winkler 1990): prefix of at most four symbols, scale 0.1.
#[must_use]
pub fn jaro_winkler<T: Copy + Eq>(a: &[T], b: &[T]) -> f64 {
    let j = jaro(a, b);
    let prefix = a.iter().zip(b).take(4).take_while(|(x, y)| x == y).count();
    j + prefix as f64 * 0.1 * (1.0 - j)
}

/// Whether one insertion, deletion, substitution or transposition of neighbours turns `a` into `b` (or nothing does need turning).
#[must_use]
pub fn within_one<T: Copy + Eq>(a: &[T], b: &[T]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let start = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let (s, l) = (&short[start..], &long[start..]);
    if s.is_empty() {
        return true;
    }
    if s.len() < l.len() {
        return *s == l[1..];
    }
    s[1..] == l[1..] || (s.len() > 1 && s[0] == l[1] && s[1] == l[0] && s[2..] == l[2..])
}

/// Restricted Damerau–Levenshtein (optimal string alignment) distance, or `limit + 1` when it is larger than `limit`.
/// Slices longer than 64 symbols are cut.
#[must_use]
pub fn edits<T: Copy + Eq>(a: &[T], b: &[T], limit: usize) -> usize {
    let a = &a[..a.len().min(64)];
    let b = &b[..b.len().min(64)];
    if a.len().abs_diff(b.len()) > limit {
        return limit + 1;
    }
    let width = b.len() + 1;
    let (mut before, mut last, mut now) = ([0usize; 65], [0usize; 65], [0usize; 65]);
    for (j, cell) in last.iter_mut().enumerate().take(width) {
        *cell = j;
    }
    for i in 1..=a.len() {
        now[0] = i;
        let mut best = i;
        for j in 1..width {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut cost = (last[j - 1] + same).min(last[j] + 1).min(now[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                cost = cost.min(before[j - 2] + 1);
            }
            now[j] = cost;
            best = best.min(cost);
        }
        if best > limit {
            return limit + 1;
        }
        before = last;
        last = now;
    }
    last[b.len()].min(limit + 1)
}

/// A key that spelling variants of one name tend to share: the first letter's sound class, then consonant classes without
/// vowels and repeats (in the manner of Soundex, Russell 1918, with transliteration pairs q/k, w/v, gh/g, kh/k, sh/s, ph/f joined).
#[must_use]
pub fn phonetic(text: &str) -> String {
    let mut out = String::with_capacity(6);
    let mut last = ' ';
    let mut symbols = text.chars().peekable();
    while let Some(c) = symbols.next() {
        let follow = symbols.peek().copied();
        let class = match c {
            'a' | 'e' | 'i' | 'o' | 'u' | 'y' => {
                if out.is_empty() {
                    'a'
                } else {
                    last = ' ';
                    continue;
                }
            }
            'h' if !out.is_empty() => continue,
            'p' if follow == Some('h') => 'f',
            'b' | 'p' => 'p',
            'f' | 'v' | 'w' => 'f',
            'c' | 'k' | 'q' | 'g' | 'j' | 'x' => 'k',
            's' | 'z' => 's',
            'd' | 't' => 't',
            'm' | 'n' => 'm',
            c if c.is_alphanumeric() => c,
            _ => continue,
        };
        if class != last {
            out.push(class);
        }
        last = class;
        if out.len() >= 5 {
            break;
        }
    }
    out
}
