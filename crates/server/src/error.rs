//! Why the server could not start or go on.

use std::net::SocketAddr;

/// The server failed. Messages say the remedy; causes are in `source()`.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address can be reached from other machines.
    #[error(
        "`{address}` can be reached from other machines, and the page has no sign-in yet: listen on 127.0.0.1 or [::1], and use an \
         SSH tunnel to look at it from elsewhere"
    )]
    NotLoopback {
        /// What was asked for.
        address: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on `{address}`: choose another port, or 0 for any free one")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// The cause.
        source: std::io::Error,
    },
    /// The threads that answer requests could not be started, or the socket failed.
    #[error("cannot serve")]
    Serve {
        /// The cause.
        source: std::io::Error,
    },
}

impl ServerError {
    /// The message and its causes, one a line, none of them twice.
    #[must_use]
    pub fn chain(&self) -> String {
        tributary_model::with_causes(self)
    }
}
