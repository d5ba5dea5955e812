//! A text as words, numbers and marks, in sentences, with what is quoted marked.

/// The longest quotation, in characters: an opening mark without an end within it quotes nothing.
const QUOTE_MAX: usize = 2_000;
/// Words after which a full stop ends no sentence.
const SHORTENED: [&str; 20] =
    ["e", "g", "i", "approx", "ca", "cf", "vs", "no", "nos", "art", "sec", "para", "dr", "mr", "mrs", "ms", "prof", "fig", "ref", "st"];

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// Letters, in small.
    Word(String),
    /// Letters and digits together, or a name with underscores, as they stand: `B2`.
    Code(String),
    /// A number.
    Number(f64),
    /// Anything else that is no space.
    Mark(char),
}

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// As it stands.
    pub(super) raw: String,
    /// Characters from the text's beginning.
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) sentence: usize,
    pub(super) quoted: bool,
}

/// Characters that no reader sees.
const fn unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let quoted = quotations(&chars);
    let mut reader = Reader { chars: &chars, quoted: &quoted, at: 0, sentence: 0, out: Vec::new() };
    while let Some(c) = reader.here() {
        reader.step(c);
    }
    reader.out
}

struct Reader<'a> {
    chars: &'a [char],
    quoted: &'a [bool],
    at: usize,
    sentence: usize,
    out: Vec<Token>,
}

impl Reader<'_> {
    fn here(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn ahead(&self, by: usize) -> Option<char> {
        self.chars.get(self.at + by).copied()
    }

    fn is_quoted(&self, at: usize) -> bool {
        self.quoted.get(at).copied().unwrap_or(false)
    }

    fn step(&mut self, c: char) {
        if c.is_alphanumeric() {
            self.run();
        } else if c == '\n' {
            self.line_end();
        } else {
            if !c.is_whitespace() && !unseen(c) && !self.joins(c) {
                let (raw, from, sentence, quoted) = (c.to_string(), self.at, self.sentence, self.is_quoted(self.at));
                self.out.push(Token { kind: Kind::Mark(c), raw, from, to: from + 1, sentence, quoted });
            }
            if self.ends(c) {
                self.sentence += 1;
            }
            self.at += 1;
        }
    }

    /// A hyphen between letters makes one word of two; here they stay two words beside each other.
    fn joins(&self, c: char) -> bool {
        let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
        matches!(c, '-' | '\u{2010}' | '\u{2011}')
            && letter(self.at.checked_sub(1).and_then(|at| self.chars.get(at).copied()))
            && letter(self.ahead(1))
    }

    /// Letters and digits that stand together, and a number with its fraction.
    fn run(&mut self) {
        let from = self.at;
        let mut raw = String::new();
        while let Some(c) = self.here() {
            let digits = !raw.is_empty() && raw.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            let fraction = matches!(c, '.' | ',') && digits && !raw.contains('.') && self.ahead(1).is_some_and(|next| next.is_ascii_digit());
            let within = matches!(c, '\'' | '\u{2019}') && !raw.is_empty() && self.ahead(1).is_some_and(char::is_alphabetic);
            // What programs are told by, as `possible_victim`, is a name and no word.
            let name = c == '_' && !raw.is_empty() && self.ahead(1).is_some_and(char::is_alphanumeric);
            if c.is_alphanumeric() || name {
                raw.push(c);
            } else if fraction {
                raw.push('.');
            } else if within {
                raw.push('\'');
            } else if !unseen(c) {
                break;
            }
            self.at += 1;
        }
        let letters = raw.chars().any(char::is_alphabetic);
        let kind = match raw.parse::<f64>() {
            Ok(number) if !letters => Kind::Number(number),
            _ if raw.chars().any(|c| c.is_numeric() || c == '_') => Kind::Code(raw.clone()),
            _ => Kind::Word(raw.to_lowercase()),
        };
        self.out.push(Token { kind, raw, from, to: self.at, sentence: self.sentence, quoted: self.is_quoted(from) });
    }

    /// What follows the next characters that are neither space nor closing mark.
    fn next_seen(&self) -> Option<char> {
        let closing = |c: &char| c.is_whitespace() || unseen(*c) || matches!(c, '"' | '\u{201d}' | '\u{2019}' | '\u{bb}' | ')' | ']');
        self.chars.iter().skip(self.at + 1).find(|c| !closing(c)).copied()
    }

    /// Whether a mark ends a sentence. Within a quotation none does.
    fn ends(&self, c: char) -> bool {
        let last = self.is_quoted(self.at) && self.is_quoted(self.at + 1);
        if last {
            return false;
        }
        match c {
            '!' | '?' | '\u{61f}' | '\u{6d4}' | '\u{3002}' => true,
            '.' => {
                let space = self.ahead(1).is_none_or(|next| next.is_whitespace() || matches!(next, '"' | '\u{201d}' | '\u{bb}' | ')' | ']'));
                let goes_on = self.next_seen().is_some_and(char::is_lowercase);
                // The stop itself is the last token by now.
                let before = self.out.iter().rev().nth(1);
                let shortened = before.is_some_and(|token| matches!(&token.kind, Kind::Word(word) if SHORTENED.contains(&word.as_str())));
                space && !goes_on && !shortened
            }
            // A quotation that ends with a full stop ends the sentence it stands in, unless that goes on in small letters.
            '"' | '\u{201d}' | '\u{bb}' => {
                let stop = self.at.checked_sub(1).and_then(|at| self.chars.get(at)).is_some_and(|c| matches!(c, '.' | '!' | '?'));
                stop && self.is_quoted(self.at) && !self.next_seen().is_some_and(char::is_lowercase)
            }
            _ => false,
        }
    }

    /// A line that ends goes on in the next one where that begins in small letters; else it was a claim of its own: a heading, a row of a list.
    fn line_end(&mut self) {
        let goes_on = self.ahead(1) != Some('\n') && self.next_seen().is_some_and(|c| c.is_lowercase() || c.is_ascii_digit() || c == '(');
        if !goes_on && !self.is_quoted(self.at) {
            self.sentence += 1;
        }
        self.at += 1;
    }
}

/// Which characters stand in quotation marks or back-ticks, the marks among them. A mark that is not closed in its paragraph quotes nothing.
fn quotations(chars: &[char]) -> Vec<bool> {
    let mut quoted = vec![false; chars.len()];
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        let end = match c {
            '"' => close(chars, at, &['"']),
            '\u{201c}' | '\u{201e}' => close(chars, at, &['\u{201d}', '\u{201c}']),
            '\u{ab}' => close(chars, at, &['\u{bb}']),
            '\u{2018}' => close(chars, at, &['\u{2019}']),
            '`' => close(chars, at, &['`']),
            _ => None,
        };
        if let Some(end) = end {
            quoted.iter_mut().take(end + 1).skip(at).for_each(|one| *one = true);
            at = end;
        }
        at += 1;
    }
    quoted
}

fn close(chars: &[char], open: usize, with: &[char]) -> Option<usize> {
    let mut before = ' ';
    for (at, c) in chars.iter().enumerate().skip(open + 1).take(QUOTE_MAX) {
        if *c == '\n' && before == '\n' {
            return None;
        }
        // An apostrophe within a word closes nothing.
        let apostrophe = *c == '\u{2019}' && chars.get(at + 1).is_some_and(|next| next.is_alphabetic());
        if with.contains(c) && !apostrophe {
            return Some(at);
        }
        before = *c;
    }
    None
}
