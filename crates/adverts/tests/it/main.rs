//! Tokens, sketches, groups, templates and evidence of adverts.

#[cfg(test)]
mod bounds;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod templates;
#[cfg(test)]
mod tokens;
