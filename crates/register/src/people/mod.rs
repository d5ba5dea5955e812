//! Agencies, accounts, sessions: who there is, and how they show it.

pub mod account;
pub mod agency;
pub mod first;
pub mod session;
