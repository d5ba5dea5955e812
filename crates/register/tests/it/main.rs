//! What people can do in the register and what they cannot, on SQLite and on PostgreSQL alike.

mod alert;
mod case;
mod case_data;
mod case_evidence;
mod deconfliction;
mod escalation;
mod people;
mod support;
mod victim;
