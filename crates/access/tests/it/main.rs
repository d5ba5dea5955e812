//! What sign-in and policies promise.

mod authenticator;
mod credentials;
mod issuer;
mod keys;
mod matrix;
mod tokens;
