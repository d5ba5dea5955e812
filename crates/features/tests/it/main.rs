//! Features.
#[cfg(test)]
mod documented;
#[cfg(test)]
mod equal;
#[cfg(test)]
mod streaming;
#[cfg(test)]
mod views;
#[cfg(test)]
mod whole;
