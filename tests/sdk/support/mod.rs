//! What several modules of tests need: servers, clocks, folders, and the reading of what came of a test.

pub mod build_script;
pub mod child;
pub mod clock;
pub mod files;
pub mod folder;
pub mod held;
pub mod place;
pub mod sandbox;
pub mod seed;
pub mod wire;
