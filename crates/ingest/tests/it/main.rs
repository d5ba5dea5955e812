//! The readers from outside.
