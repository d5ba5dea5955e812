//! What holds for the ranking.
#[cfg(test)]
mod around;
#[cfg(test)]
mod calibration;
#[cfg(test)]
mod drift;
#[cfg(test)]
mod intake;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod learning;
#[cfg(test)]
mod measures;
#[cfg(test)]
mod readings;
#[cfg(test)]
mod support;
