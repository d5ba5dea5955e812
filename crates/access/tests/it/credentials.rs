//! Passwords and one-time passwords, against the figures of their standards.

use tributary_access::password::{self, Cost};
use tributary_access::second_factor::{code_at, from_base32, matching_step, to_base32};

const QUICK: Cost = Cost { memory_kib: 64, passes: 1 };
/// The secret of RFC 6238, appendix B.
const SECRET: &[u8] = b"12345678901234567890";

#[test]
fn codes_are_those_of_rfc_6238() {
    // Appendix B gives eight digits; six are the last six of them.
    for (at, code) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        assert_eq!(code_at(SECRET, at).unwrap(), code, "{at}");
    }
    assert_eq!(to_base32(SECRET), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    assert_eq!(from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").as_deref(), Some(SECRET));
    assert_eq!(from_base32("no base 32!"), None);
}

#[test]
fn a_code_is_taken_once_and_a_step_early_or_late() {
    let at = 1_111_111_109;
    let step = at / 30;
    let code = code_at(SECRET, at).unwrap();
    let check = |given: &str, when: u64, last: Option<u64>| matching_step(SECRET, given, when, last).unwrap();
    assert_eq!(check(&code, at, None), Some(step));
    assert_eq!(check(&code, at + 30, None), Some(step));
    assert_eq!(check(&code, at - 30, None), Some(step));
    assert_eq!(check(&code, at + 90, None), None);
    assert_eq!(check(&code, at, Some(step)), None, "a code that was used");
    assert_eq!(check(&code, at, Some(step - 1)), Some(step));
    for wrong in ["", "08180", "0818040", "081805", "०८१८०४"] {
        assert_eq!(check(wrong, at, None), None, "{wrong}");
    }
    assert!(matching_step(b"short", &code, at, None).is_err());
}

#[test]
fn a_password_is_checked_against_its_hash() {
    let password = "correct horse battery staple";
    let stored = password::hash(password, "asma", &[7; 16], QUICK).unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
    assert!(password::verify(password, &stored).unwrap());
    assert!(!password::verify("correct horse battery stapl", &stored).unwrap());
    assert!(!password::verify(&"x".repeat(100_000), &stored).unwrap());
    assert_ne!(stored, password::hash(password, "asma", &[8; 16], QUICK).unwrap());
    for broken in ["", "plain", "$argon2id$v=19$m=64", "$2b$12$abcdefghijklmnopqrstuv"] {
        assert!(!password::verify(password, broken).unwrap_or(false), "{broken}");
    }
}

#[test]
fn passwords_that_are_easily_guessed_are_refused() {
    for (password, login) in [
        ("short", "asma"),
        ("asma-asma-asma-asma", "asma"),
        ("aaaaaaaaaaaaaaaaaaaa", "asma"),
        ("abababababababababab", "asma"),
        (&*"long ".repeat(200), "asma"),
    ] {
        assert!(password::hash(password, login, &[7; 16], QUICK).is_err(), "{password}");
    }
}
