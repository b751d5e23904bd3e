//! The PostgreSQL that the tests of its journals start.

#[path = "../../../../journal-postgres/tests/postgres/support/query.rs"]
pub mod query;
#[allow(dead_code, reason = "those tests need more of it")]
#[path = "../../../../journal-postgres/tests/postgres/support/server.rs"]
pub mod server;
