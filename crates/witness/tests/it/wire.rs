//! What goes over the wire, and what survives.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use tributary_ledger::Tree;
use tributary_ledger::client::{AskError, request};
use tributary_witness::{Address, post};

use crate::{Running, history, home, tool};

#[test]
fn it_cosigns_a_history_and_no_other_and_remembers_after_a_kill() {
    let (home, key) = home();
    let (early, late, fork, back) = (history(5, 9999), history(300, 9999), history(300, 3), history(3, 9999));
    let running = Running::start(home.path());
    assert_eq!(running.ask(&early, &key).unwrap().len(), 1);
    assert_eq!(running.ask(&late, &key).unwrap().len(), 1);
    assert_eq!(running.ask(&late, &key).unwrap().len(), 1, "the same again");
    drop(running);
    let running = Running::start(home.path());
    assert!(matches!(running.ask(&fork, &key), Err(AskError::Parted { status: 409, .. })));
    assert!(matches!(running.ask(&history(400, 3), &key), Err(AskError::Parted { status: 422, .. })));
    assert_eq!(running.ask(&back, &key), Err(AskError::Ahead { witness: 300, ours: 3 }));
    assert_eq!(running.ask(&history(301, 9999), &key).unwrap().len(), 1);
    // proof of the misbehaviour was kept
    assert_eq!(std::fs::read_dir(home.path().join("state/evidence")).unwrap().count(), 2);
}

/// SG-080: what a witness acknowledged it never forgets, whenever it is killed.
#[test]
fn killed_at_any_moment_it_never_forgets_what_it_acknowledged() {
    let (home, key) = home();
    let mut acknowledged = 0_u64;
    for round in 0..25_u64 {
        let running = Running::start(home.path());
        // each round gets somewhere, however slow the machine
        running.ask(&history(acknowledged + 1, 9999), &key).unwrap();
        acknowledged += 1;
        let child = running.child.id();
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_micros(300 * (round % 12)));
            std::process::Command::new("kill").args(["-9", &child.to_string()]).status().unwrap()
        });
        for step in 1..=20 {
            match running.ask(&history(acknowledged + step, 9999), &key) {
                Ok(_) => acknowledged += step,
                Err(AskError::Transport(_)) => break,
                // it wrote, and was killed before it answered: it is ahead by what it was told of
                Err(AskError::Ahead { witness, ours }) => assert!(witness > ours),
                Err(error) => panic!("{error}"),
            }
        }
        killer.join().unwrap();
        drop(running);
        let running = Running::start(home.path());
        if acknowledged > 0 {
            let (store, log) = history(acknowledged, 0);
            let checkpoint = log.checkpoint();
            let other = request(&Tree::new(&store, checkpoint.size, checkpoint.root), &checkpoint, log.note().unwrap(), 0).unwrap();
            let answer = running.send(other.to_string().as_bytes()).unwrap();
            let size: u64 = String::from_utf8(answer.body).unwrap().trim().parse().unwrap();
            assert!(answer.status == 409 && size >= acknowledged, "it remembers {size} of {acknowledged}");
            acknowledged = size;
        }
    }
    assert!(acknowledged > 0);
}

#[test]
fn many_at_once_are_answered_one_after_another() {
    let (home, key) = home();
    let running = Running::start(home.path());
    std::thread::scope(|scope| {
        for part in 0..4_u64 {
            let (running, key) = (&running, &key);
            scope.spawn(move || {
                for step in 0..10 {
                    match running.ask(&history(1 + part + 4 * step, 9999), key) {
                        Ok(_) | Err(AskError::Ahead { .. } | AskError::Answer(_)) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
    });
    assert_eq!(running.ask(&history(41, 9999), &key).unwrap().len(), 1);
}

#[test]
fn what_is_no_request_is_refused() {
    let (home, key) = home();
    let running = Running::start(home.path());
    for (body, status) in [(Vec::new(), 400), (b"old 0\n\nnonsense".to_vec(), 400), (vec![b'a'; 1 << 20], 413)] {
        // a server that stops reading may close the connection first
        match running.send(&body) {
            Ok(answer) => assert_eq!(answer.status, status),
            Err(_) => assert_eq!(status, 413),
        }
    }
    let place = format!("{:?}", running.address);
    let port: u16 = place.split("port: ").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"GET /vkey HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 200") && text.contains(&key.to_string()), "{text}");
    // a second witness on the same memory would sign twice
    let second = tool(home.path(), "serve witness.toml");
    assert!(second.status.code() == Some(2) && String::from_utf8_lossy(&second.stderr).contains("in use"));
}

/// Answers of servers of all sorts, as bytes on the wire.
#[test]
fn answers_are_read_or_refused() {
    let cases: [(&str, Option<(u16, &str)>); 9] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", Some((200, "ab"))),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc", Some((200, "ab"))),
        ("HTTP/1.0 409 Conflict\r\ncontent-type: text/x.tlog.size\r\n\r\n7\n", Some((409, "7\n"))),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n", Some((200, "abcd"))),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", None),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc\r\n0\r\n\r\n", None),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", None),
        ("nonsense", None),
        ("", None),
    ];
    for (bytes, expected) in cases {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/w/", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut head, mut part) = (Vec::new(), [0; 4096]);
            while !head.ends_with(b"body") {
                let count = stream.read(&mut part).unwrap();
                head.extend(&part[..count]);
            }
            stream.write_all(bytes.as_bytes()).unwrap();
            String::from_utf8(head).unwrap()
        });
        let answer = post(&Address::parse(&url).unwrap(), b"body", Duration::from_secs(20));
        assert!(server.join().unwrap().starts_with("POST /w/add-checkpoint HTTP/1.1\r\n"));
        let read = answer.ok().map(|a| (a.status, String::from_utf8(a.body).unwrap()));
        assert_eq!(read, expected.map(|(status, body)| (status, body.to_owned())), "{bytes:?}");
    }
    for bad in
        ["https://w.example/", "w.example", "http://", "http:///x", "http://w:port/", "http://w:99999/", "http://w .example/", "http://w\r\nX: y/"]
    {
        assert!(Address::parse(bad).is_err(), "{bad:?}");
    }
    for good in ["http://w.example", "http://w.example:80/a/b/", "http://[::1]:7071/x", "http://[::1]"] {
        assert!(Address::parse(good).is_ok(), "{good}");
    }
}
