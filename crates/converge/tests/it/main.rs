//! Tests of the convergence search: the walk against its plain form, the null model against its own claims, and who may be named.

mod calibration;
mod fixture;
mod meeting;
mod plain;
mod protection;
