//! A connection of a test's own, beside those of the limiters.

use crate::server::Server;

pub(crate) fn connect(server: &Server) -> redis::Connection {
    let client = redis::Client::open(server.url()).expect("a URL");
    client.get_connection().expect("a connection")
}
