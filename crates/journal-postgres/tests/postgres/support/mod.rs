//! Code that several modules of tests share.

#[path = "../../../../../tests/sdk/support/child.rs"]
pub mod child;
#[path = "../../../../../tests/sdk/support/folder.rs"]
pub mod folder;
#[path = "../../../../../tests/sdk/support/held.rs"]
pub mod held;
pub mod place;
pub mod query;
#[path = "../../../../../tests/sdk/support/seed.rs"]
pub mod seed;
pub mod server;
pub mod way;
