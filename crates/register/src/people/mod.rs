//! Agencies, accounts, sessions: who there is, and how they show it.

pub mod account;
pub mod agency;
pub mod challenge;
pub mod change;
pub mod first;
pub mod key_sign_in;
pub mod listing;
pub mod provider;
pub mod security_key;
pub mod session;
