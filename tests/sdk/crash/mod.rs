//! Crash tests: imports that are killed, dropped, stopped and lied to at random moments, and started
//! again with the same journal until they are done. After each round the sandbox is asked: nothing is
//! there twice, nothing is lost, every outcome is true, and in doubt is only what was in flight at a kill,
//! or what a fault left in doubt.
//!
//! `cargo test --all-features --test sdk crash::` does a few rounds; `scripts/crash 2000` does any number.
//! A round that fails prints its seed; `TEST_SEED=<seed> CRASH_ROUNDS=1 scripts/crash` does the same round
//! again, as far as a seed reaches: it gives the input, the faults, and where the kills are aimed at, while
//! the machine keeps its own time.

mod books;
mod dropped;
mod killed;
mod mingled;
mod rounds;
mod world;

use crate::support::{child, folder, held, place, seed};
