//! The temporal graph against its plain reference.

#[cfg(test)]
mod communities;
#[cfg(test)]
mod kernels;
#[cfg(test)]
mod temporal;
