//! Clusters of addresses.
#[cfg(test)]
mod customers;
#[cfg(test)]
mod equal;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod simulated;
#[cfg(test)]
mod simulator;
