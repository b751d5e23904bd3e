//! The journal's own tests.

#[path = "../../../../tests/sdk/journal/again.rs"]
mod again;
#[allow(dead_code, reason = "some of it is for files only")]
#[path = "../../../../tests/sdk/journal/desk.rs"]
pub mod desk;
#[path = "../../../../tests/sdk/journal/input.rs"]
mod input;
#[path = "../../../../tests/sdk/journal/order.rs"]
mod order;
#[path = "../../../../tests/sdk/journal/stopped.rs"]
mod stopped;
#[path = "../../../../tests/sdk/journal/together.rs"]
mod together;

use crate::support::{child, seed};
use desk::{DOUBT, Desk, Ended, Import, Item, holds, leads, meanwhile, until};
