//! The temporal graph against its plain reference.

mod kernels;
mod temporal;
