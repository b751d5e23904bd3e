//! The tests, in one program, against PostgreSQL servers that they start. The journal's own tests and its crash tests
//! are those of the SDK, with a table in place of the file.

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
