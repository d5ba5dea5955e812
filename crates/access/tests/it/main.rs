//! What sign-in and policies promise.

mod authenticator;
mod credentials;
mod keys;
mod matrix;
