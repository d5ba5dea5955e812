//! What sign-in and policies promise.

mod credentials;
mod matrix;
