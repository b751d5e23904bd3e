//! A stored record, with the metadata that no response shows.

use std::time::Duration;

use tokio::time::Instant;

use super::Fields;
use crate::random::Random;

/// A record and its metadata.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) record: Fields,
    /// When its status last changed, in Unix seconds.
    pub(crate) status_changed: u64,
    /// The time from which a search finds it. `None` is never.
    pub(crate) searchable: Option<Instant>,
}

impl Stored {
    /// The same with other fields.
    pub(crate) fn with(self, record: Fields) -> Self {
        Self { record, ..self }
    }
}

/// The time until a search finds a new record.
#[derive(Debug)]
pub(crate) struct SearchLag {
    pub(crate) shortest: Duration,
    pub(crate) longest: Duration,
    /// A generator of its own, so that the order of creation alone decides the lag of a record.
    pub(crate) random: Random,
}

impl SearchLag {
    pub(crate) fn draw(&mut self) -> Duration {
        self.random.between(self.shortest, self.longest)
    }
}
