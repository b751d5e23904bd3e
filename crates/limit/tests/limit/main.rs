//! The tests of the public interface, and of the pure rule over whole schedules.

mod pacing;
mod schedules;
mod sharing;
#[allow(dead_code)]
mod simulation;
mod tasks;
mod waiting;
