//! Resolution by rules and by the model.

#[cfg(test)]
mod model;
#[cfg(test)]
mod rules;
