//! A request over plain HTTP/1.1, for a log that asks its witnesses: one connection, one answer, bounded in bytes and time.
//! To a witness that speaks TLS the caller brings its own way.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use tributary_ledger::client::{Answer, REPLY_BYTES_MAX};

/// Bytes of an answer's head.
const HEAD_MAX: usize = 16 * 1024;

/// Where a witness is: `http://host[:port][/prefix]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
    prefix: String,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// Where it is not of plain HTTP.
    pub fn parse(url: &str) -> Result<Self, String> {
        let rest = url
            .strip_prefix("http://")
            .ok_or_else(|| format!("`{url}` does not begin with `http://`; put a proxy that speaks TLS beside the log"))?;
        let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
        let port_after =
            |text: &str| text.strip_prefix(':').map_or_else(|| if text.is_empty() { Ok(80) } else { Err(()) }, |p| p.parse().map_err(drop));
        let (host, port) = match place.rfind(']').and_then(|end| place.split_at_checked(end + 1)) {
            Some((host, port)) => (host, port),
            None => place.find(':').and_then(|at| place.split_at_checked(at)).unwrap_or((place, "")),
        };
        let port = port_after(port).map_err(|()| format!("`{url}` has no port that is one"))?;
        if host.is_empty() || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(format!("`{url}` has no host"));
        }
        let prefix = path.trim_end_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        Ok(Self { host: host.to_owned(), port, prefix })
    }

    fn connect(&self, until: Instant) -> Result<TcpStream, String> {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        let places = (bare, self.port).to_socket_addrs().map_err(|error| error.to_string())?;
        let mut last = "no address".to_owned();
        for place in places {
            match TcpStream::connect_timeout(&place, left(until)?) {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error.to_string(),
            }
        }
        Err(last)
    }
}

fn left(until: Instant) -> Result<Duration, String> {
    until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()).ok_or_else(|| "it took too long".to_owned())
}

/// Sends a body to `<address>/add-checkpoint`, and reads the answer, all within `limit`.
///
/// # Errors
/// With why no answer came.
pub fn post(address: &Address, body: &[u8], limit: Duration) -> Result<Answer, String> {
    let until = Instant::now() + limit;
    let mut stream = address.connect(until)?;
    stream.set_write_timeout(Some(left(until)?)).map_err(|error| error.to_string())?;
    let head = format!(
        "POST {}/add-checkpoint HTTP/1.1\r\nHost: {}:{}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        address.prefix,
        address.host,
        address.port,
        body.len()
    );
    // A witness that refuses early may close before all is sent: its answer counts.
    let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    let mut bytes = Vec::new();
    let mut part = [0; 8192];
    loop {
        stream.set_read_timeout(Some(left(until)?)).map_err(|error| error.to_string())?;
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(count) => bytes.extend(part.iter().take(count)),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(sent.err().unwrap_or(error).to_string()),
        }
        if bytes.len() > HEAD_MAX + REPLY_BYTES_MAX {
            return Err("the answer is too long".to_owned());
        }
    }
    parse(&bytes)
}

/// Reads an answer that ended with its connection.
fn parse(bytes: &[u8]) -> Result<Answer, String> {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").ok_or("the answer has no head")?;
    let (head, body) = bytes.split_at_checked(end + 4).ok_or("the answer has no head")?;
    let head = std::str::from_utf8(head).map_err(|_| "the answer's head is not text")?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.")).and_then(|rest| rest.split(' ').nth(1)).and_then(|s| s.parse().ok());
    let status = status.ok_or("the answer has no status")?;
    let header = |name: &str| {
        head.split("\r\n")
            .skip(1)
            .find_map(|line| line.split_once(':').filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()))
    };
    let body = if header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        chunks(body).ok_or("the answer's chunks do not end")?
    } else {
        let length = header("content-length").and_then(|value| value.parse::<usize>().ok());
        match length {
            Some(length) => body.get(..length).ok_or("the answer was cut")?.to_vec(),
            None => body.to_vec(),
        }
    };
    Ok(Answer { status, content_type: header("content-type").unwrap_or_default(), body })
}

fn chunks(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|w| w == b"\r\n")?;
        let line = std::str::from_utf8(rest.get(..end)?).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        let after = rest.get(end + 2..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend(after.get(..size)?);
        rest = after.get(size..)?.strip_prefix(b"\r\n")?;
    }
}
