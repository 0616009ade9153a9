//! Checks objects as an API server does.

pub mod object;
pub mod report;
pub mod rules;
