//! One comparable form for what people and obfuscators write differently; typed slots.

use tributary_adverts::{Settings, Sketcher, SlotKind, TokenKind, Tokeniser};

fn hashes(text: &str) -> Vec<u64> {
    Tokeniser::new().tokens(text).iter().map(|t| t.hash).collect()
}

fn same(a: &str, b: &str) {
    assert_eq!(hashes(a), hashes(b), "{a} / {b}");
}

fn kinds(text: &str) -> Vec<SlotKind> {
    let mut tokeniser = Tokeniser::new();
    let kind = |t: &tributary_adverts::Token| if let TokenKind::Slot(kind) = t.kind { Some(kind) } else { None };
    tokeniser.tokens(text).iter().filter_map(kind).collect()
}

#[test]
fn spellings_and_disguises_of_a_text_give_the_same_tokens() {
    for (plain, other) in [
        ("salary for a driver", "SALARY for a Driver!!"),
        ("salary paid", "s a l a r y paid"),
        ("good salary paid", "good s.a.l.a.r.y paid"),
        ("good salary paid", "good s-a-l-a-r-y, paid"),
        ("salary visa", "s4l4ry v1s4"),
        ("salary visa", "$alary v!sa"),
        ("salary visa", "s@lary vi*sa"),
        ("driver salary", "drivеr sаlаry"),
        ("driver salary", "ⓓⓡⓘⓥⓔⓡ 𝐬𝐚𝐥𝐚𝐫𝐲"),
        ("driver salary", "dri\u{200b}ver \u{202e}sal\u{200f}ary"),
        ("driver salary", "driver 🔥🔥 salary 😀"),
        ("zaroorat hai", "zarurat hay"),
        ("tankhwah achi", "tankhwa acchi"),
        ("ضرورت ہے", "ضـرورت هے"),
        ("کام کریں", "كام كرين"),
        ("تنخواہ اچھی", "ت ن خ و ا ہ اچھی"),
        ("کارګر", "کارگر"),
        ("رانندۀ خوب", "راننده خوب"),
        ("عُمر", "عمر"),
    ] {
        same(plain, other);
    }
    assert_ne!(hashes("driver"), hashes("cook"));
    assert_ne!(hashes("کام"), hashes("نام"));
}

#[test]
fn slots_are_typed_in_every_script_of_digits() {
    use SlotKind::{Email, Handle, Number, Phone, Price, Url, Wallet};
    for (text, expected) in [
        ("call 0300-1234567 now", vec![Phone]),
        ("call +92 300 1234567 now", vec![Phone]),
        ("call o300 1234567 now", vec![Phone]),
        ("call ۰۳۰۰۱۲۳۴۵۶۷ now", vec![Phone]),
        ("call ٠٣٠٠ ١٢٣ ٤٥٦٧", vec![Phone]),
        ("call 0 3 0 0 1 2 3 4 5 6 7", vec![Phone]),
        ("salary 45,000 rs", vec![Price]),
        ("salary Rs. 45000/-", vec![Price]),
        ("salary 45000rs", vec![Price]),
        ("salary $500 or €500", vec![Price, Price]),
        ("تنخواہ ۴۵۰۰۰ روپے", vec![Price]),
        ("معاش ۲۰۰۰۰ افغانی", vec![Price]),
        ("8am to 5pm", vec![Number, Number]),
        ("see https://a.example/b", vec![Url]),
        ("see wa.me/923001234567", vec![Url]),
        ("see www.a.example", vec![Url]),
        ("see jobs.com now", vec![Url]),
        ("write to a.b@c.example", vec![Email]),
        ("find @some_name", vec![Handle]),
        ("pay bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", vec![Wallet]),
        ("no slots here", vec![]),
    ] {
        assert_eq!(kinds(text), expected, "{text}");
    }
}

#[test]
fn slot_values_are_compared_in_a_common_form() {
    let slots = |text: &str| Sketcher::new(&Settings::default()).sketch(text).slots().to_vec();
    assert_eq!(slots("ring +92 300 1234567 for work"), slots("ring 0300-1234567 for work"));
    assert_eq!(slots("ring ۰۳۰۰۱۲۳۴۵۶۷ for work"), slots("ring 0300-1234567 for work"));
    assert_ne!(slots("ring 0300-1234568 for work"), slots("ring 0300-1234567 for work"));
    assert_eq!(slots("pays Rs 45,000 a month"), slots("pays 46000 rs a month"), "one price band");
    assert_eq!(slots("see https://www.a.example/x/ now ok"), slots("see http://a.example/x now ok"));
}
