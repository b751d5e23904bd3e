//! The journal, by its promises: a run that is started again with the same input and the same journal
//! sends only what is not settled, whatever ended the start before; what it can't know it says; and a
//! journal that can't be used, or is of something else, ends the run in words, with nothing sent.

mod again;
#[cfg(target_os = "linux")]
mod broken;
mod cut;
mod desk;
mod input;
mod order;
#[cfg(target_os = "linux")]
mod place;
mod stopped;
mod together;
mod written_before;

use crate::support::{child, seed};
use desk::{DOUBT, Desk, Ended, Import, Item, holds, leads, meanwhile, until};
