//! The server as a browser and as a program meet it.

mod fixture;
mod openapi;
mod pages;
mod property;
mod routes;
mod who;
mod workspace;
