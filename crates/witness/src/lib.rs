//! A small witness (c2sp.org/tlog-witness): it cosigns checkpoints of the logs it is told of, remembers each on the disk before it answers,
//! and never cosigns two histories of one log. `post` is the client's side of the wire.

mod config;
mod http;
mod memory;
mod wire;

pub use config::{Config, ConfigError, Log, keygen, read_key};
pub use http::{router, serve};
pub use memory::{Memory, MemoryError};
pub use wire::{Address, post};
