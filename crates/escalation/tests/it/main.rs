//! Tests of protocols, screening, redaction and the state machine.

mod office;
mod properties;
mod protocols;
mod screening;
mod steps;
