//! The tests: hosts in virtual time, the script in a Redis, and limiters that share one.

mod against_redis;
mod cluster;
mod connection;
mod fake;
mod limiters;
mod peers;
mod server;
mod sharing;
mod simulation;
