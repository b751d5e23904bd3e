//! Chance that can be replayed: `TEST_SEED=… cargo test …` draws the same as the run that printed it.

use std::{
    env,
    hash::{BuildHasher, RandomState},
};

const VARIABLE: &str = "TEST_SEED";

/// The seed of this run, and how to have it again.
pub fn seed() -> u64 {
    let given = env::var(VARIABLE).ok();
    let seed = given.map_or_else(
        || RandomState::new().hash_one(()) >> 32,
        |text| text.parse().expect("TEST_SEED is a number"),
    );
    // Shown when the test fails.
    println!("to replay: {VARIABLE}={seed}");
    seed
}
