//! The tests.

#[allow(dead_code)]
mod fake;
#[allow(dead_code)]
mod simulation;
