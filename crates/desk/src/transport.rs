//! How a checkpoint reaches a witness: HTTP/1.1, with a limit on time and on what is read.

use std::time::Duration;

use tributary_ledger::client::{Answer, REPLY_BYTES_MAX};
use tributary_register::log::Transport;

/// How long a witness may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client over plain HTTP: to a witness on this machine, or through a tunnel or a proxy that adds TLS. What travels is signed and public.
pub struct HttpTransport(ureq::Agent);

impl Default for HttpTransport {
    fn default() -> Self {
        let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).max_redirects(0).build();
        Self(config.into())
    }
}

impl Transport for HttpTransport {
    fn post(&self, url: &str, body: &[u8]) -> Result<Answer, String> {
        let mut response = self.0.post(url).content_type("text/plain; charset=utf-8").send(body).map_err(|error| error.to_string())?;
        let content_type = response.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let status = response.status().as_u16();
        let limit = u64::try_from(REPLY_BYTES_MAX).unwrap_or(u64::MAX);
        let body = response.body_mut().with_config().limit(limit).read_to_vec().map_err(|error| error.to_string())?;
        Ok(Answer { status, content_type, body })
    }
}
