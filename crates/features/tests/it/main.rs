//! Features.
#[cfg(test)]
mod equal;
