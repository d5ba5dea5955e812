//! Keys and settings: what is refused before anything is signed.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::{Running, history, home, tool};

#[test]
fn a_key_is_its_owners_alone_and_is_never_written_over() {
    let (home, key) = home();
    let path = home.path().join("witness.key");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let shown = tool(home.path(), "vkey witness.key");
    assert_eq!(String::from_utf8(shown.stdout).unwrap().trim(), key.to_string());
    assert_eq!(tool(home.path(), "keygen --name w.example --out witness.key").status.code(), Some(2));
    let other = String::from_utf8(tool(home.path(), "keygen --name log.example --out log.key --kind log").stdout).unwrap();
    assert!(other.starts_with("log.example+") && other.trim().split('+').nth(2).unwrap().starts_with('A'));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let refused = tool(home.path(), "serve witness.toml");
    assert!(refused.status.code() == Some(2) && String::from_utf8_lossy(&refused.stderr).contains("chmod 600"));
}

#[test]
fn settings_that_are_unsafe_are_refused() {
    let cases: [(&str, &str, &str); 8] = [
        ("127.0.0.1:0", "0.0.0.0:0", "public = true"),
        ("name = \"w.example\"", "name = \"x.example\"", "not a cosigning key"),
        ("state = \"state\"", "state = \"state\"\nother = 1", "unknown field"),
        ("vkeys = [\"register", "vkeys = [\"Register", "not a key"),
        ("vkeys = [", "vkeys = [] # ", "at least one key"),
        ("key = \"witness.key\"", "key = \"nowhere\"", "nowhere"),
        ("[[log]]", "[[log]]\norigin = \"a\"", "duplicate key"),
        ("listen = \"127.0.0.1:0\"", "listen = \"anywhere\"", "invalid"),
    ];
    for (from, to, why) in cases {
        let (home, _) = home();
        let path = home.path().join("witness.toml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let out = tool(home.path(), "serve witness.toml");
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.code() == Some(2) && said.contains(why), "{to}: {said}");
    }
}

/// A witness whose memory was touched does not sign.
#[test]
fn a_damaged_memory_is_not_trusted() {
    let (home, key) = home();
    drop({
        let running = Running::start(home.path());
        running.ask(&history(7, 9999), &key).unwrap();
        running
    });
    let state = home.path().join("state");
    let file = fs::read_dir(&state).unwrap().flatten().map(|e| e.path()).find(|p| p.extension().is_some_and(|x| x == "checkpoint")).unwrap();
    let good = fs::read_to_string(&file).unwrap();
    for bad in [String::new(), good.replace("\n7\n", "\n07\n"), good.replace("register", "another"), good.lines().take(2).collect()] {
        fs::write(&file, &bad).unwrap();
        let out = tool(home.path(), "serve witness.toml");
        assert!(out.status.code() == Some(2) && String::from_utf8_lossy(&out.stderr).contains("new key"), "{bad:?}");
    }
}
