//! Legal forms of firms: they tell no firm from another, whether a list holds many of them or few.

use std::sync::OnceLock;

use rustc_hash::FxHashSet;
use tributary_text::names::{PersonName, Role};

/// What a legal form weighs, in nats, and what a word does that firms of every kind bear.
const FORM: f64 = 0.7;
const GENERIC: f64 = 2.0;

/// Legal forms, from public knowledge of company law. Two letters only where they are no name anywhere.
const FORMS: &str = "ltd limited llc inc incorporated corp corporation company co plc gmbh bv nv srl sarl spa pty pte sdn bhd kg jsc ojsc pjsc cjsc llp lp \
    fze fzco fzc fz est establishment holding holdings ооо оао зао пао тоо شرکت شركة مؤسسة موسسه محدود المحدودة کمپنی پرائیویٹ لمیٹڈ لمیتد سهامی";
/// Words of trade.
const WORDS: &str = "trading group international general enterprises enterprise industries industrial services service import export shipping \
    transport logistics bank foundation organization organisation society association exchange money investment petroleum oil gas \
    تجارتی التجارية تجاری بانک بنک بنیاد سازمان گروه";

fn table(words: &str) -> FxHashSet<String> {
    words.split_whitespace().flat_map(|word| PersonName::parse(word).tokens).map(|token| token.text).collect()
}

/// Lowers the weight of legal forms and of words of trade in a name that holds anything else.
pub(crate) fn lower(name: &mut PersonName) {
    static TABLES: OnceLock<[FxHashSet<String>; 2]> = OnceLock::new();
    let [forms, words] = TABLES.get_or_init(|| [table(FORMS), table(WORDS)]);
    let (form, word) = (|text: &String| forms.contains(text), |text: &String| words.contains(text));
    if name.tokens.iter().all(|token| token.role != Role::Name || form(&token.text) || word(&token.text)) {
        return;
    }
    for token in name.tokens.iter_mut().filter(|token| token.role == Role::Name) {
        if form(&token.text) {
            // Like a title: often left out, and none stands against another.
            token.role = Role::Title;
            token.weight = FORM;
        } else if word(&token.text) {
            token.weight = token.weight.min(GENERIC);
        }
    }
}
