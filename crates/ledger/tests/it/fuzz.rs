//! The readers of outside bytes, fed with damaged ones: see fuzz/README.md.

#[path = "../../../../fuzz/ledger.rs"]
mod smoke;
