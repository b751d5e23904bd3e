//! The crash tests: imports are killed, dropped and stopped at random moments.

#[path = "../../../../tests/sdk/crash/books.rs"]
pub mod books;
#[path = "../../../../tests/sdk/crash/dropped.rs"]
mod dropped;
#[path = "../../../../tests/sdk/crash/killed.rs"]
mod killed;
#[path = "../../../../tests/sdk/crash/rounds.rs"]
pub mod rounds;
#[path = "../../../../tests/sdk/crash/world.rs"]
pub mod world;

use crate::support::{child, folder, held, place, seed};
