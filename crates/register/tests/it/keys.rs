//! Security keys of accounts: signing in, adding, losing.

use tributary_access::Purpose;
use tributary_model::Timestamp;
use tributary_register::people::challenge::Asked;
use tributary_register::people::change::Change;
use tributary_register::people::session::{Factor, Session};
use tributary_register::{Caller, RegisterError};

use crate::authenticator::Authenticator;
use crate::support::{Office, PASSWORD, both, is};

fn status<T>(answer: Result<T, RegisterError>) -> u16 {
    answer.map_or_else(|error| error.status(), |_| 200)
}

async fn own(office: &Office, login: &str) -> Caller {
    office.caller(login, Purpose::Administration).await
}

/// Gives somebody a key; its id.
async fn add(office: &Office, login: &str, key: &mut Authenticator, name: &str, at: Timestamp) -> String {
    let who = own(office, login).await;
    let asked = office.register.begin_key(&who, PASSWORD, at).await.unwrap();
    let added = office.register.finish_key(&who, &asked.challenge, name, &key.create(&asked.options), at).await.unwrap();
    assert_eq!(added.name, name);
    added.id
}

async fn ask(office: &Office, login: &str, at: Timestamp) -> Asked {
    office.register.begin_key_sign_in(login, PASSWORD, at).await.unwrap()
}

async fn sign_in(office: &Office, asked: &Asked, key: &mut Authenticator, at: Timestamp) -> u16 {
    status(office.register.finish_key_sign_in(&asked.challenge, &key.get(&asked.options), at).await)
}

#[test]
fn somebody_adds_a_key_and_signs_in_with_it() {
    both(|office| async move {
        let (register, at, mut key) = (&office.register, office.at(1), Authenticator::new(1));
        let id = add(&office, "police-1", &mut key, "blue one", at).await;
        let asked = ask(&office, "police-1", at).await;
        let signed = register.finish_key_sign_in(&asked.challenge, &key.get(&asked.options), at).await.unwrap();
        let caller = register.caller(&signed.token, Purpose::Investigation, at).await.unwrap();
        assert_eq!((signed.factor, caller.principal.mfa, &caller.principal.id), (Factor::Key, true, &office.id("police-1")));
        let session = register.store().read().await.unwrap().need::<Session>(&caller.session).await.unwrap().body;
        assert_eq!((session.factor, session.key), (Factor::Key, Some(id.clone())), "the session says by what it was made");
        let by_code = register.sign_in("police-1", PASSWORD, &office.code("police-1", at), at).await.unwrap();
        assert_eq!(by_code.factor, Factor::Code, "the app's codes are taken still");
        let factors = register.factors(&caller, &office.id("police-1"), at).await.unwrap();
        assert_eq!((factors.code, factors.keys.len(), factors.keys[0].used), (true, 1, Some(at)));
        assert_eq!(status(register.factors(&caller, &office.id("police-2"), at).await), 403, "others' are nobody's business");
        let admin = own(&office, "admin-1").await;
        assert_eq!(register.factors(&admin, &office.id("police-1"), at).await.unwrap().keys[0].id, id);
        let ledger = office.ledger().await;
        for kind in ["account.key_begun", "account.key_added", "session.key_asked", "\"factor\":\"key\"", "\"factor\":\"code\""] {
            assert!(ledger.contains(kind), "{kind}");
        }
        assert!(!ledger.contains("blue one"));
    });
}

#[test]
fn an_answer_that_is_wrong_is_told_in_the_same_words_recorded_and_counted() {
    type Wrong = (&'static str, fn(&mut Authenticator));
    let wrongs: [Wrong; 5] = [
        ("key_place", |key| key.origin = "https://register.example.evil.example".into()),
        ("key_place", |key| key.relying_party = "evil.example".into()),
        ("key_unverified", |key| key.verifies = false),
        ("key_unknown", |key| key.id = vec![9; 24]),
        ("key_unknown", |key| key.user = Some(vec![9; 16])),
    ];
    both(|office| async move {
        let (register, mut key) = (&office.register, Authenticator::new(1));
        add(&office, "fiu-1", &mut key, "one", office.at(0)).await;
        let unknown = register.begin_key_sign_in("nobody", PASSWORD, office.at(1)).await.unwrap_err().to_string();
        for (number, (why, wrong)) in wrongs.into_iter().enumerate() {
            let at = office.at(1 + i64::try_from(number).unwrap());
            let asked = ask(&office, "fiu-1", at).await;
            let mut bent = key.clone();
            wrong(&mut bent);
            let said = register.finish_key_sign_in(&asked.challenge, &bent.get(&asked.options), at).await.unwrap_err().to_string();
            assert_eq!(said, unknown, "{why}");
            assert!(office.ledger().await.contains(&format!("\"why\":\"{why}\"")), "{why}");
            assert_eq!(sign_in(&office, &asked, &mut key.clone(), at).await, 401, "{why}: the challenge is gone");
        }
        let closed = register.begin_key_sign_in("fiu-1", PASSWORD, office.at(6)).await;
        assert!(matches!(closed, Err(RegisterError::Locked(_))), "five failures close it, as those of codes do");
        let (later, code) = (office.at(25), office.code("fiu-1", office.at(25)));
        register.sign_in("fiu-1", PASSWORD, &code, later).await.unwrap();
    });
}

#[test]
fn a_challenge_is_for_one_account_once_and_for_five_minutes() {
    both(|office| async move {
        let (register, at) = (&office.register, office.at(1));
        let (mut one, mut two) = (Authenticator::new(1), Authenticator::new(2));
        add(&office, "police-1", &mut one, "one", at).await;
        add(&office, "police-2", &mut two, "two", at).await;
        let asked = ask(&office, "police-1", at).await;
        assert_eq!(sign_in(&office, &asked, &mut two, at).await, 401, "another account's key");
        assert_eq!(sign_in(&office, &asked, &mut one, at).await, 401, "the challenge went with it");
        let asked = ask(&office, "police-1", at).await;
        let answer = one.get(&asked.options);
        register.finish_key_sign_in(&asked.challenge, &answer, at).await.unwrap();
        assert_eq!(status(register.finish_key_sign_in(&asked.challenge, &answer, at).await), 401, "replayed");
        let asked = ask(&office, "police-1", at).await;
        assert_eq!(asked.until, office.at(6));
        assert_eq!(sign_in(&office, &asked, &mut one, office.at(6)).await, 401, "too late");
        let asked = ask(&office, "police-1", at).await;
        assert_eq!(sign_in(&office, &asked, &mut one, Timestamp(office.at(6).0 - 1)).await, 200, "just in time");
        let again = ask(&office, "police-1", at).await;
        let mut open = Vec::new();
        for minute in 1..=8 {
            open.push(ask(&office, "police-1", Timestamp(office.at(1).0 + minute)).await);
        }
        assert_eq!(sign_in(&office, &again, &mut one, office.at(2)).await, 401, "eight are open at a time; the oldest went");
        assert_eq!(sign_in(&office, &open[7], &mut one, office.at(2)).await, 200);
        for token in ["", "00", &"ab".repeat(32), "no digits"] {
            assert_eq!(status(register.finish_key_sign_in(token, &answer, at).await), 401, "{token}");
        }
    });
}

#[test]
fn a_counter_that_goes_back_shows_a_copy_and_closes_the_key() {
    both(|office| async move {
        let (register, at, mut key) = (&office.register, office.at(1), Authenticator::new(1));
        let id = add(&office, "police-1", &mut key, "one", at).await;
        let mut copy = key.clone();
        // Both challenges were made before either was answered: the counter is compared with what it is, not with what it was.
        let (first, second) = (ask(&office, "police-1", at).await, ask(&office, "police-1", at).await);
        assert_eq!(sign_in(&office, &first, &mut key, at).await, 200);
        assert_eq!(sign_in(&office, &second, &mut copy, at).await, 401, "the copy counts where the key has counted");
        let factors = register.factors(&own(&office, "police-1").await, &office.id("police-1"), at).await.unwrap();
        assert_eq!((&factors.keys[0].id, factors.keys[0].copied), (&id, Some(at)));
        assert!(office.ledger().await.contains("account.key_copied"));
        assert_eq!(status(register.begin_key_sign_in("police-1", PASSWORD, office.at(2)).await), 401, "neither is taken from now on");
        register.sign_in("police-1", PASSWORD, &office.code("police-1", office.at(2)), office.at(2)).await.unwrap();
        // The same, told by the key's own state when the challenge was made.
        let mut other = Authenticator::new(2);
        add(&office, "police-2", &mut other, "two", at).await;
        let asked = ask(&office, "police-2", at).await;
        other.counter = 0;
        assert_eq!(sign_in(&office, &asked, &mut other, at).await, 401);
        let factors = register.factors(&own(&office, "police-2").await, &office.id("police-2"), at).await.unwrap();
        assert_eq!(factors.keys[0].copied, Some(at));
    });
}

#[test]
fn an_unknown_login_is_told_from_a_known_one_by_nothing() {
    both(|office| async move {
        let register = &office.register;
        let mut key = Authenticator::new(1);
        add(&office, "police-1", &mut key, "one", office.at(0)).await;
        // Wrong password with a key, without one, a right one without a key, nobody: the same words, and after five the same wait.
        let asked = [("police-1", "a wrong password"), ("police-2", "a wrong password"), ("police-3", PASSWORD), ("nobody", PASSWORD)];
        let mut said: Vec<Vec<String>> = vec![Vec::new(); asked.len()];
        for minute in 1..=7 {
            for (said, (login, password)) in said.iter_mut().zip(asked) {
                said.push(register.begin_key_sign_in(login, password, office.at(minute)).await.unwrap_err().to_string());
            }
        }
        said.dedup();
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0][6].contains("too many"), "{said:?}");
        // By code as well.
        assert_eq!(status(register.sign_in("nobody", PASSWORD, "000000", office.at(8)).await), 429);
        assert_eq!(status(register.sign_in("nobody", PASSWORD, "000000", office.at(21)).await), 401, "the wait ends");
    });
}

#[test]
fn a_key_is_added_by_password_in_the_session_that_asked() {
    both(|office| async move {
        let (register, at, mut key) = (&office.register, office.at(1), Authenticator::new(1));
        let (one, two) = (own(&office, "police-1").await, own(&office, "police-2").await);
        assert_eq!(status(register.begin_key(&one, "a wrong password", at).await), 401, "a session left open adds nothing");
        let asked = register.begin_key(&one, PASSWORD, at).await.unwrap();
        let answer = key.create(&asked.options);
        assert_eq!(status(register.finish_key(&two, &asked.challenge, "x", &answer, at).await), 409, "another's challenge");
        let token = register.sign_in("police-1", PASSWORD, &office.code("police-1", office.at(3)), office.at(3)).await.unwrap().token;
        let other = register.caller(&token, Purpose::Administration, office.at(3)).await.unwrap();
        assert_eq!(
            status(register.finish_key(&other, &asked.challenge, "x", &answer, office.at(3)).await),
            409,
            "another session of the same account"
        );
        assert_eq!(status(register.finish_key(&one, &asked.challenge, &"x".repeat(61), &answer, at).await), 422);
        assert_eq!(status(register.finish_key(&one, &asked.challenge, "x", &answer, office.at(6)).await), 409, "too late");
        register.finish_key(&one, &asked.challenge, "x", &answer, at).await.unwrap();
        assert_eq!(status(register.finish_key(&one, &asked.challenge, "y", &answer, at).await), 409, "once");
        let asked = register.begin_key(&two, PASSWORD, at).await.unwrap();
        assert_eq!(status(register.finish_key(&two, &asked.challenge, "x", &key.create(&asked.options), at).await), 409, "one key, one account");
        let mut bent = Authenticator::new(3);
        bent.origin = "https://evil.example".into();
        let asked = register.begin_key(&one, PASSWORD, at).await.unwrap();
        assert_eq!(status(register.finish_key(&one, &asked.challenge, "z", &bent.create(&asked.options), at).await), 422);
        assert!(office.ledger().await.contains("account.key_refused"));
        for seed in 10..19 {
            add(&office, "police-1", &mut Authenticator::new(seed), &format!("key {seed}"), at).await;
        }
        let asked = register.begin_key(&one, PASSWORD, at).await.unwrap();
        assert_eq!(status(register.finish_key(&one, &asked.challenge, "z", &Authenticator::new(20).create(&asked.options), at).await), 409, "ten");
        let mut without = one.clone();
        without.principal.mfa = false;
        assert_eq!(status(register.begin_key(&without, PASSWORD, at).await), 403, "not before a second factor was shown");
    });
}

/// Somebody whose only second factor is a key.
async fn by_key_alone(office: &Office, login: &str, key: &mut Authenticator) -> String {
    let register = &office.register;
    let (one, two) = (own(office, "admin-1").await, own(office, "admin-2").await);
    let proposed = register.propose_account(&one, is(login, tributary_access::Role::PoliceAnalyst, "fia", "u1"), office.at(1)).await.unwrap();
    let invited = register.approve_account(&two, &proposed.id, office.at(1)).await.unwrap();
    assert_eq!(status(register.begin_enrolment(&invited.token, "too short", office.at(2)).await), 422);
    let asked = register.begin_enrolment(&invited.token, PASSWORD, office.at(2)).await.unwrap();
    let answer = key.create(&asked.options);
    assert_eq!(status(register.finish_enrolment(&"ab".repeat(32), &asked.challenge, "only", &answer, office.at(2)).await), 401);
    register.finish_enrolment(&invited.token, &asked.challenge, "only", &answer, office.at(2)).await.unwrap();
    assert_eq!(status(register.begin_enrolment(&invited.token, PASSWORD, office.at(2)).await), 401, "an invitation is taken once");
    invited.account
}

#[test]
fn a_key_may_be_the_only_second_factor_and_then_it_stays() {
    both(|office| async move {
        let (register, at) = (&office.register, office.at(3));
        let (mut key, mut spare) = (Authenticator::new(1), Authenticator::new(2));
        let account = by_key_alone(&office, "police-9", &mut key).await;
        assert_eq!(status(register.sign_in("police-9", PASSWORD, "000000", at).await), 401, "no code is ever right");
        let asked = ask(&office, "police-9", at).await;
        let token = register.finish_key_sign_in(&asked.challenge, &key.get(&asked.options), at).await.unwrap().token;
        let who = register.caller(&token, Purpose::Administration, at).await.unwrap();
        let factors = register.factors(&who, &account, at).await.unwrap();
        assert_eq!((factors.code, factors.keys.len()), (false, 1));
        let only = &factors.keys[0].id;
        assert_eq!(status(register.remove_key(&who, only, PASSWORD, at).await), 409, "the last second factor");
        let asked = register.begin_key(&who, PASSWORD, at).await.unwrap();
        let second = register.finish_key(&who, &asked.challenge, "spare", &spare.create(&asked.options), at).await.unwrap();
        assert_eq!(status(register.remove_key(&who, only, "a wrong password", at).await), 401);
        let other = own(&office, "police-1").await;
        assert_eq!(status(register.remove_key(&other, only, PASSWORD, at).await), 404, "another's key");
        register.remove_key(&who, only, PASSWORD, at).await.unwrap();
        assert_eq!(status(register.caller(&token, Purpose::Investigation, at).await), 401, "the session that was made with it ended");
        let asked = ask(&office, "police-9", at).await;
        assert_eq!(sign_in(&office, &asked, &mut key, at).await, 401);
        let asked = ask(&office, "police-9", at).await;
        let token = register.finish_key_sign_in(&asked.challenge, &spare.get(&asked.options), at).await.unwrap().token;
        let who = register.caller(&token, Purpose::Administration, at).await.unwrap();
        assert_eq!(status(register.remove_key(&who, &second.id, PASSWORD, at).await), 409);
        assert!(office.ledger().await.contains("account.key_removed"));
    });
}

#[test]
fn a_lost_key_is_taken_away_by_two_administrators() {
    both(|office| async move {
        let (register, at, mut key) = (&office.register, office.at(3), Authenticator::new(1));
        let account = by_key_alone(&office, "police-9", &mut key).await;
        let (one, two, police) = (own(&office, "admin-1").await, own(&office, "admin-2").await, own(&office, "police-1").await);
        let asked = ask(&office, "police-9", at).await;
        let token = register.finish_key_sign_in(&asked.challenge, &key.get(&asked.options), at).await.unwrap().token;
        let id = register.factors(&one, &account, at).await.unwrap().keys[0].id.clone();
        let lost = || Change::LoseKey { key: id.clone() };
        assert_eq!(status(register.propose_change(&police, &account, lost(), "says so", at).await), 403);
        assert_eq!(status(register.propose_change(&one, &account, lost(), " ", at).await), 422);
        assert_eq!(status(register.propose_change(&one, &account, Change::LoseKey { key: "none".into() }, "lost", at).await), 404);
        assert_eq!(status(register.propose_change(&one, &account, Change::LoseCode {}, "lost", at).await), 409, "there is no app");
        let change = register.propose_change(&one, &account, lost(), "lost; recognised in person", at).await.unwrap();
        assert!(matches!(register.approve_change(&one, &change.id, at).await, Err(RegisterError::Duty(_))), "not by oneself");
        assert_eq!(status(register.approve_change(&police, &change.id, at).await), 403);
        assert_eq!(status(register.caller(&token, Purpose::Investigation, at).await), 200, "nothing has happened yet");
        let invited = register.approve_change(&two, &change.id, at).await.unwrap().unwrap();
        assert_eq!(status(register.approve_change(&two, &change.id, at).await), 409, "once");
        assert_eq!(status(register.caller(&token, Purpose::Investigation, at).await), 401, "sessions end");
        assert_eq!(status(register.begin_key_sign_in("police-9", PASSWORD, at).await), 401, "the password went with the last factor");
        register.enrol(&invited.token, PASSWORD, at).await.unwrap();
        // With another factor left there is nothing to be invited to.
        let spare = add(&office, "police-1", &mut Authenticator::new(5), "spare", at).await;
        let account = office.id("police-1");
        let change = register.propose_change(&two, &account, Change::LoseKey { key: spare }, "lost", at).await.unwrap();
        assert_eq!(register.approve_change(&one, &change.id, at).await.unwrap(), None);
        // Two weeks, then it lapses; and nobody takes part in a change of their own account.
        let change = register.propose_change(&two, &account, Change::LoseCode {}, "lost", at).await.unwrap();
        assert_eq!(status(register.approve_change(&one, &change.id, office.at(14 * 24 * 60 + 3)).await), 409);
        assert_eq!(status(register.propose_change(&one, &office.id("admin-1"), Change::LoseCode {}, "lost", at).await), 403);
        let change = register.propose_change(&one, &office.id("admin-2"), Change::LoseCode {}, "lost", at).await.unwrap();
        assert_eq!(status(register.approve_change(&two, &change.id, at).await), 403);
        let ledger = office.ledger().await;
        assert!(ledger.contains("account.change_proposed") && ledger.contains("account.changed"));
    });
}

#[test]
fn a_suspended_account_has_no_way_in_by_key() {
    both(|office| async move {
        let (register, at, mut key) = (&office.register, office.at(1), Authenticator::new(1));
        add(&office, "police-1", &mut key, "one", at).await;
        let asked = ask(&office, "police-1", at).await;
        register.suspend_account(&own(&office, "admin-1").await, &office.id("police-1"), "left the service", at).await.unwrap();
        assert_eq!(sign_in(&office, &asked, &mut key, at).await, 401);
        assert_eq!(status(register.begin_key_sign_in("police-1", PASSWORD, at).await), 401);
    });
}
