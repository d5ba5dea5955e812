//! What people can do in the register and what they cannot, on SQLite and on PostgreSQL alike.

mod alert;
mod people;
mod support;
