//! Escalation protocols as data, and the state machine of an escalation (specs/escalation-protocol.md).
//!
//! Floor 1. No clock, store or file.
