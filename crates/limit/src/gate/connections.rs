//! Counts which requests find an open connection. The rule needs the least time of a request on the wire, and
//! a request that first opens its connection says nothing about that. (If all requests did so for a while, as
//! in a program that makes a call now and then, a later burst on open connections would come too early for
//! the server.) HTTP clients don't tell, so this counts along: an answered request leaves its connection
//! idle, and the next request takes the latest idle one.

use std::time::Duration;

/// The time for which an idle connection is assumed to stay open: shorter than HTTP clients and servers keep it.
const OPEN: Duration = Duration::from_secs(3);

/// The connections that are open and idle.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    /// The times since which they are idle, the latest last.
    idle: Vec<Duration>,
}

impl Connections {
    /// Takes a connection for a request that is sent now. Returns true if it was open before.
    pub(crate) fn take(&mut self, now: Duration) -> bool {
        self.idle.retain(|since| now.saturating_sub(*since) <= OPEN);
        self.idle.pop().is_some()
    }

    /// Returns true if a connection is open and idle.
    pub(crate) fn any(&self, now: Duration) -> bool {
        let open = |since: &Duration| now.saturating_sub(*since) <= OPEN;
        self.idle.iter().any(open)
    }

    /// An answer came: its connection is idle now.
    pub(crate) fn answered(&mut self, now: Duration) {
        self.idle.push(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_request_finds_a_connection_open_for_each_answer_that_came_lately() {
        let mut connections = Connections::default();
        assert!(!connections.take(ms(0)));
        connections.answered(ms(100));
        connections.answered(ms(200));
        assert!(connections.take(ms(300)));
        assert!(connections.take(ms(300)));
        assert!(!connections.take(ms(300)));
    }

    #[test]
    fn an_idle_connection_is_not_relied_on_for_long() {
        let mut connections = Connections::default();
        connections.answered(ms(0));
        connections.answered(ms(100));
        assert!(connections.take(ms(3100)));
        assert!(!connections.take(ms(3100)));
    }
}
