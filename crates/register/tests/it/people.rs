//! Signing in, sessions and accounts.

use std::collections::BTreeSet;

use tributary_access::{Lack, Purpose, Role};
use tributary_cases::Page;
use tributary_register::people::account::AccountIs;
use tributary_register::people::listing::{AccountsOf, Due};
use tributary_register::{RegisterError, Settings};

use crate::support::{PASSWORD, both, is};

const DAY: i64 = 24 * 60;

fn status<T>(answer: Result<T, RegisterError>) -> u16 {
    answer.map_or_else(|error| error.status(), |_| 200)
}

#[test]
fn somebody_signs_in_with_both_factors_and_out() {
    both(|office| async move {
        let register = &office.register;
        let at = office.at(1);
        let signed = register.sign_in("police-1", PASSWORD, &office.code("police-1", at), at).await.unwrap();
        let caller = register.caller(&signed.token, Purpose::Investigation, at).await.unwrap();
        assert_eq!((caller.principal.role, caller.principal.mfa, caller.principal.id), (Role::PoliceAnalyst, true, office.id("police-1")));
        register.sign_out(&signed.token, at).await.unwrap();
        assert_eq!(status(register.caller(&signed.token, Purpose::Investigation, at).await), 401);
        for token in ["", "00", &"ab".repeat(32), "not hexadecimal"] {
            assert_eq!(status(register.caller(token, Purpose::Investigation, at).await), 401, "{token}");
        }
    });
}

#[test]
fn a_code_a_password_or_a_login_that_is_wrong_says_the_same() {
    both(|office| async move {
        let register = &office.register;
        let at = office.at(1);
        let code = office.code("police-1", at);
        let mut said = Vec::new();
        for (login, password, code) in
            [("police-1", "another password here", &*code), ("police-1", PASSWORD, "000000"), ("nobody", PASSWORD, &*code), ("", "", "")]
        {
            said.push(register.sign_in(login, password, code, at).await.unwrap_err().to_string());
        }
        said.dedup();
        assert_eq!(said.len(), 1, "{said:?}");
        register.sign_in("police-1", PASSWORD, &code, at).await.unwrap();
        assert_eq!(status(register.sign_in("police-1", PASSWORD, &code, at).await), 401, "a code is taken once");
    });
}

#[test]
fn five_failures_close_an_account_for_a_while() {
    both(|office| async move {
        let register = &office.register;
        for minute in 0..5 {
            assert_eq!(status(register.sign_in("fiu-1", "a wrong password", "000000", office.at(minute)).await), 401);
        }
        let at = office.at(5);
        assert_eq!(status(register.sign_in("fiu-1", PASSWORD, &office.code("fiu-1", at), at).await), 429, "closed, and it says until when");
        let later = office.at(21);
        register.sign_in("fiu-1", PASSWORD, &office.code("fiu-1", later), later).await.unwrap();
        assert_eq!(status(register.sign_in("fiu-1", "a wrong password", "000000", office.at(22)).await), 401, "the count began anew");
    });
}

#[test]
fn an_account_takes_two_administrators() {
    both(|office| async move {
        let register = &office.register;
        let (one, two) = (office.caller("admin-1", Purpose::Administration).await, office.caller("admin-2", Purpose::Administration).await);
        let new = || is("police-9", Role::PoliceAnalyst, "fia", "u1");
        let proposed = register.propose_account(&one, new(), office.at(1)).await.unwrap();
        assert!(matches!(register.approve_account(&one, &proposed.id, office.at(2)).await, Err(RegisterError::Duty(_))), "not by oneself");
        assert_eq!(status(register.propose_account(&two, new(), office.at(2)).await), 409, "the login is taken");
        let invited = register.approve_account(&two, &proposed.id, office.at(3)).await.unwrap();
        assert_eq!(status(register.approve_account(&two, &proposed.id, office.at(3)).await), 409, "once");
        assert_eq!(status(register.enrol(&invited.token, "too short", office.at(4)).await), 422);
        register.enrol(&invited.token, PASSWORD, office.at(4)).await.unwrap();
        assert_eq!(status(register.enrol(&invited.token, PASSWORD, office.at(5)).await), 401, "an invitation is taken once");
        let police = office.caller("police-1", Purpose::Administration).await;
        assert_eq!(status(register.propose_account(&police, is("police-8", Role::PoliceAnalyst, "fia", "u1"), office.at(6)).await), 403);
    });
}

#[test]
fn a_suspended_account_can_do_nothing_from_that_moment() {
    both(|office| async move {
        let register = &office.register;
        let admin = office.caller("admin-1", Purpose::Administration).await;
        let police = office.caller("police-2", Purpose::Investigation).await;
        let page = tributary_cases::Page::first(10);
        register.cases(&police, &page, office.at(1)).await.unwrap();
        register.suspend_account(&admin, &office.id("police-2"), "left the service", office.at(2)).await.unwrap();
        assert_eq!(status(register.cases(&police, &page, office.at(3)).await), 401);
        let at = office.at(4);
        assert_eq!(status(register.sign_in("police-2", PASSWORD, &office.code("police-2", at), at).await), 401);
    });
}

#[test]
fn a_session_ends_by_itself() {
    both(|office| async move {
        let settings = Settings {
            session_minutes: 60,
            idle_minutes: 10,
            cost: tributary_access::password::Cost { memory_kib: 64, passes: 1 },
            ..Settings::default()
        };
        let register = tributary_register::Register::new(office.register.store().clone(), tributary_access::Policies::shipped().unwrap(), settings);
        let at = office.at(0);
        let token = register.sign_in("police-1", PASSWORD, &office.code("police-1", at), at).await.unwrap().token;
        for minute in [9, 18, 27, 36, 45, 54] {
            register.caller(&token, Purpose::Investigation, office.at(minute)).await.unwrap();
        }
        assert_eq!(status(register.caller(&token, Purpose::Investigation, office.at(60)).await), 401, "an hour at the most");
        let at = office.at(70);
        let token = register.sign_in("police-1", PASSWORD, &office.code("police-1", at), at).await.unwrap().token;
        assert_eq!(status(register.caller(&token, Purpose::Investigation, office.at(80)).await), 401, "ten minutes without a request");
    });
}

#[test]
fn what_people_type_is_checked() {
    both(|office| async move {
        let register = &office.register;
        let admin = office.caller("admin-1", Purpose::Administration).await;
        let good = is("police-9", Role::PoliceAnalyst, "fia", "u1");
        let bad: [AccountIs; 6] = [
            AccountIs { login: "Police 9".into(), ..good.clone() },
            AccountIs { login: "x".repeat(41), ..good.clone() },
            AccountIs { name: " ".into(), ..good.clone() },
            AccountIs { name: "a\u{202e}b\u{7}".into(), ..good.clone() },
            AccountIs { vetting: 4, ..good.clone() },
            AccountIs { jurisdictions: ["Pakistan".into()].into(), ..good.clone() },
        ];
        for account in bad {
            assert_eq!(status(register.propose_account(&admin, account.clone(), office.at(1)).await), 422, "{account:?}");
        }
        assert_eq!(status(register.propose_account(&admin, AccountIs { agency: "none".into(), ..good }, office.at(1)).await), 404);
    });
}

#[test]
fn the_beginning_happens_once() {
    both(|office| async move {
        let admin = |login: &str| is(login, Role::Administrator, "second", "u1");
        let first = tributary_register::people::first::First {
            agency: ("second".into(), "Second".into()),
            administrators: [admin("one-more"), admin("two-more")],
        };
        assert_eq!(status(office.register.begin(first, office.at(1)).await), 409);
    });
}

#[test]
fn accounts_are_listed_by_who_keeps_or_oversees_them() {
    both(|office| async move {
        let register = &office.register;
        let admin = office.caller("admin-1", Purpose::Administration).await;
        let all = AccountsOf::default();
        let first = register.accounts(&admin, &all, &Page::first(10), office.at(1)).await.unwrap();
        assert_eq!(first.accounts.len(), 10);
        let rest = register.accounts(&admin, &all, &Page { after: first.next.clone(), limit: 1_000 }, office.at(1)).await.unwrap();
        assert_eq!((rest.accounts.len(), rest.next), (14, None));
        let fia = AccountsOf { agency: Some("fia".into()), due: false };
        let listed = register.accounts(&admin, &fia, &Page::first(100), office.at(1)).await.unwrap().accounts;
        let mut logins: Vec<&str> = listed.iter().map(|one| one.login.as_str()).collect();
        logins.sort_unstable();
        assert_eq!(logins, ["police-1", "police-2", "police-4"]);
        let one = listed.iter().find(|one| one.login == "police-1").unwrap();
        assert_eq!((one.role, one.unit.as_str(), one.vetting, one.code, one.keys, one.bindings), (Role::PoliceAnalyst, "u1", 2, true, 0, 0));
        assert_eq!((one.last_sign_in, one.due.as_slice()), (None, &[][..]), "a new account is not due");
        let text = serde_json::to_string(&listed).unwrap();
        for secret in ["argon2", "totp", "password", "invitation", "case"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert_eq!(
            status(register.accounts(&admin, &AccountsOf { agency: Some("FIA!".into()), due: false }, &Page::first(9), office.at(1)).await),
            422
        );
        for (login, purpose, expected) in [
            ("auditor-1", Purpose::Audit, 200),
            ("rights-1", Purpose::RightsReview, 200),
            ("admin-1", Purpose::Investigation, 403),
            ("police-1", Purpose::Administration, 403),
            ("observer-1", Purpose::Oversight, 403),
        ] {
            let caller = office.caller(login, purpose).await;
            assert_eq!(status(register.accounts(&caller, &all, &Page::first(9), office.at(2)).await), expected, "{login} for {purpose}");
        }
        assert!(office.ledger().await.contains("\"account.listed\""));
    });
}

#[test]
fn accounts_have_a_clock_that_shows_and_closes_nothing() {
    both(|office| async move {
        let register = &office.register;
        let admin = office.caller("admin-1", Purpose::Administration).await;
        drop(office.caller("police-2", Purpose::Investigation).await);
        let proposed = register
            .propose_account(
                &admin,
                AccountIs { vetted_until: office.at(10 * DAY).date(), ..is("late-1", Role::PoliceAnalyst, "fia", "u3") },
                office.at(1),
            )
            .await
            .unwrap();
        let of = |due: bool| AccountsOf { agency: Some("fia".into()), due };
        let due = async |day: i64| {
            let found = register.accounts(&admin, &of(true), &Page::first(100), office.at(day * DAY)).await.unwrap().accounts;
            found.into_iter().map(|one| (one.login, one.due)).collect::<Vec<_>>()
        };
        assert!(due(10).await.is_empty(), "the last day of the vetting counts");
        assert_eq!(due(11).await, [("late-1".to_owned(), vec![Due::VettingRanOut])]);
        let later = due(91).await;
        assert!(later.contains(&("police-1".to_owned(), vec![Due::NotSignedIn])), "{later:?}");
        assert!(later.contains(&("late-1".to_owned(), vec![Due::VettingRanOut, Due::NotEnrolled])), "{later:?}");
        let at = office.at(80 * DAY);
        register.sign_in("police-2", PASSWORD, &office.code("police-2", at), at).await.unwrap();
        assert!(!due(91).await.iter().any(|(login, _)| login == "police-2"), "who signed in since is not due");
        let one = register.accounts(&admin, &of(false), &Page::first(100), office.at(91 * DAY)).await.unwrap().accounts;
        let one = one.into_iter().find(|one| one.login == "police-2").unwrap();
        assert_eq!(one.last_sign_in, Some(at.date()), "the day, and no more");
        register.sign_in("police-1", PASSWORD, &office.code("police-1", office.at(92 * DAY)), office.at(92 * DAY)).await.unwrap();
        register.suspend_account(&admin, &proposed.id, "left", office.at(93 * DAY)).await.unwrap();
        assert!(!due(94).await.iter().any(|(login, _)| login == "late-1" || login == "police-1"), "a closed account is due for nothing");
    });
}

/// Where it is no secret that a thing exists a denial names what lacks; where it is one, what exists and what does not are told alike.
#[test]
fn a_denial_names_what_lacks_where_nothing_is_told_by_it() {
    both(|office| async move {
        let register = &office.register;
        let lacks = |error: RegisterError| match error {
            RegisterError::Denied { lacks, .. } => lacks,
            other => panic!("{other:?}"),
        };
        let police = office.caller("police-1", Purpose::Investigation).await;
        let none = register.create_case(&police, crate::case::new_case(&office), office.at(1)).await.unwrap_err();
        assert!(none.to_string().contains("x-legal-basis") && !none.to_string().contains("x-case"), "{none}");
        assert_eq!(lacks(none), [Lack::LegalBasis]);
        let admin = office.caller("admin-1", Purpose::Investigation).await;
        let none = register.accounts(&admin, &AccountsOf::default(), &Page::first(9), office.at(1)).await.unwrap_err();
        assert!(none.to_string().contains("`x-purpose`): administration"), "{none}");
        assert_eq!(lacks(none), [Lack::Purpose(BTreeSet::from([Purpose::Administration]))]);
        let police_admin = office.caller("police-1", Purpose::Administration).await;
        let none = register.accounts(&police_admin, &AccountsOf::default(), &Page::first(9), office.at(1)).await.unwrap_err();
        assert!(none.to_string().contains("changes that by itself"), "{none}");
        assert_eq!(lacks(none), []);

        // A case of others, and one that there is not: the same words, whatever is stated.
        let case = crate::case::open(&office, "police-1").await.id;
        let stranger = office.caller("police-3", Purpose::Investigation).await;
        let nowhere = "0".repeat(32);
        for caller in [stranger.clone(), stranger.clone().on_basis("pk-ptpa-2018"), stranger.for_case(&case)] {
            let said = [&case, &nowhere].map(|id| id.clone());
            let mut answers = Vec::new();
            for id in &said {
                answers.push(register.close_case(&caller, id, "x", 1, office.at(3)).await.unwrap_err().to_string());
            }
            assert_eq!(answers[0], answers[1]);
            assert!(!answers[0].contains("x-"), "{}", answers[0]);
        }
    });
}
