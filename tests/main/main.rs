//! The integration tests: one binary, one module a subject.
#![cfg(feature = "cli")]
#![allow(clippy::disallowed_methods)]

mod cases;
mod cli;
mod diff;
mod fixtures;
mod properties;
mod provenance;
mod sandbox;
mod scanner;
