//! Resolution by rules.

#[cfg(test)]
mod rules;
