//! How identity providers are reached: HTTP/1.1 on this machine, or through a tunnel on it that adds TLS; time and length are bounded.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tributary_access::oidc::{form, is_guarded};
use tributary_register::people::provider::Exchange;

/// How long a provider may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A client of identity providers.
///
/// `tributary-desk` speaks no TLS itself. For an `https` address it asks the tunnel on this machine that the operator has named for the
/// address's host; the tunnel opens the connection and checks the certificate. A host without one is not reached.
pub struct ProviderHttp {
    agent: ureq::Agent,
    tunnels: BTreeMap<String, String>,
}

impl ProviderHttp {
    /// A client with tunnels: host (and port, where it is not 443) → `http://127.0.0.1:PORT`.
    ///
    /// # Errors
    /// The host whose tunnel is not on this machine.
    pub fn new(tunnels: BTreeMap<String, String>) -> Result<Self, String> {
        for (host, tunnel) in &tunnels {
            if !tunnel.starts_with("http://") || !is_guarded(tunnel) || tunnel.trim_end_matches('/').matches('/').count() != 2 {
                return Err(format!("the tunnel for `{host}` is no address of this machine such as `http://127.0.0.1:8444`"));
            }
        }
        let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).max_redirects(0).max_idle_connections(0).build();
        Ok(Self { agent: config.into(), tunnels })
    }

    /// Where an address is asked, and as which host.
    fn place(&self, url: &str) -> Result<(String, Option<String>), String> {
        if !is_guarded(url) {
            return Err(format!("`{url}` is not encrypted"));
        }
        let Some(rest) = url.strip_prefix("https://") else { return Ok((url.to_owned(), None)) };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let tunnel = self.tunnels.get(host).ok_or_else(|| format!("there is no tunnel to `{host}`; name one in register.toml"))?;
        Ok((format!("{}/{path}", tunnel.trim_end_matches('/')), Some(host.to_owned())))
    }
}

/// The body of a good answer.
fn body(mut response: ureq::http::Response<ureq::Body>, longest: usize) -> Result<Vec<u8>, String> {
    if response.status() != 200 {
        return Err(format!("status {}", response.status().as_u16()));
    }
    let mut body = Vec::new();
    let limit = u64::try_from(longest).unwrap_or(u64::MAX);
    let read = response.body_mut().as_reader().take(limit.saturating_add(1)).read_to_end(&mut body).map_err(|error| error.to_string())?;
    if read > longest { Err(format!("more than {longest} bytes")) } else { Ok(body) }
}

impl Exchange for ProviderHttp {
    fn get(&self, url: &str, longest: usize) -> Result<Vec<u8>, String> {
        let (place, host) = self.place(url)?;
        let mut request = self.agent.get(&place).header("accept", "application/json");
        if let Some(host) = host {
            request = request.header("host", host);
        }
        body(request.call().map_err(|error| error.to_string())?, longest)
    }

    fn post(&self, url: &str, parameters: &str, client: (&str, &str), longest: usize) -> Result<Vec<u8>, String> {
        let (place, host) = self.place(url)?;
        // Each half is encoded as in a form before it becomes one of Basic's (RFC 6749, section 2.3.1).
        let [id, secret] = [client.0, client.1].map(|part| form(&[("a", part)]).chars().skip(2).collect::<String>());
        let credentials = STANDARD.encode(format!("{id}:{secret}"));
        let mut request = self
            .agent
            .post(&place)
            .header("accept", "application/json")
            .header("authorization", format!("Basic {credentials}"))
            .content_type("application/x-www-form-urlencoded");
        if let Some(host) = host {
            request = request.header("host", host);
        }
        body(request.send(parameters).map_err(|error| error.to_string())?, longest)
    }
}
