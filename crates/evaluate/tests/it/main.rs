//! Figures against hand-made truths, against plain references, and against whole small worlds.
#[cfg(test)]
mod figures;
#[cfg(test)]
mod rates;
#[cfg(test)]
mod support;
#[cfg(test)]
mod transfers;
#[cfg(test)]
mod worlds;
