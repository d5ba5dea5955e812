//! Tokens, sketches, groups and templates of adverts.

#[cfg(test)]
mod bounds;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod templates;
#[cfg(test)]
mod tokens;
