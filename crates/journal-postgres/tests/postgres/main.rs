//! The tests, in one program, against a PostgreSQL that they start. The journal's own tests and its crash tests are
//! those of the SDK, with a table in the place of the file.

mod crash;
mod cut;
mod failover;
mod fenced;
mod journal;
mod journals;
mod killed;
mod lines;
mod reached;
mod support;
mod workers;
