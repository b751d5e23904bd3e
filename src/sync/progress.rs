//! The progress of a sync, watched from elsewhere.

use std::time::Duration;

use serde::Serialize;
use tokio::{sync::watch, time::Instant};

use super::{SyncSummary, read::Read};

/// The phase of a sync.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SyncPhase {
    /// It reads the input to its end.
    #[default]
    ReadingInput,
    /// It reads the records of Copper.
    ReadingCopper,
    /// It creates and changes records in Copper.
    Sending,
    /// All outcomes are returned.
    Over,
}

/// The progress of a sync at one moment. As JSON it is flat, with the time in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SyncSnapshot {
    /// The phase of the sync.
    pub phase: SyncPhase,
    /// The number of records of the input that have been read.
    pub records: u64,
    /// The number of requests so far that read records of Copper.
    pub reads: u64,
    /// The number of all requests that reading takes, once it is known.
    pub reads_expected: Option<u64>,
    /// The number of records with each outcome, including outcomes that are not returned yet.
    #[serde(flatten)]
    pub settled: SyncSummary,
    /// The time from the first poll of the sync until now, or until its end.
    #[serde(serialize_with = "crate::outcome::seconds")]
    pub elapsed: Duration,
}

/// The state behind a [`SyncSnapshot`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Tally {
    pub(super) phase: SyncPhase,
    pub(super) records: u64,
    pub(super) read: Read,
    pub(super) settled: SyncSummary,
    pub(super) start: Option<Instant>,
    pub(super) end: Option<Instant>,
}

impl Tally {
    pub(super) fn new(noun: &'static str) -> Self {
        Self {
            phase: SyncPhase::default(),
            records: 0,
            read: Read::default(),
            settled: SyncSummary::new(noun),
            start: None,
            end: None,
        }
    }

    fn at(&self, now: Instant) -> SyncSnapshot {
        let now = self.end.unwrap_or(now);
        SyncSnapshot {
            phase: self.phase,
            records: self.records,
            reads: self.read.requests,
            reads_expected: self.read.expected,
            settled: self.settled,
            elapsed: now.saturating_duration_since(self.start.unwrap_or(now)),
        }
    }
}

/// Watches a sync from elsewhere; see [`SyncRun::progress`](super::SyncRun::progress). Cheap to clone.
#[derive(Clone)]
pub struct SyncProgress {
    tally: watch::Receiver<Tally>,
    told_end: bool,
}

impl SyncProgress {
    pub(super) fn new(tally: &watch::Sender<Tally>) -> Self {
        let mut tally = tally.subscribe();
        tally.mark_changed();
        Self {
            tally,
            told_end: false,
        }
    }

    /// Returns the progress at this moment.
    pub fn now(&self) -> SyncSnapshot {
        self.tally.borrow().at(Instant::now())
    }

    /// Waits until the sync has made progress since the last call on this handle, and returns the new state. The first
    /// call returns at once. Returns None after the last state of a finished sync, and when the sync was dropped.
    pub async fn changed(&mut self) -> Option<SyncSnapshot> {
        if self.told_end || self.tally.changed().await.is_err() {
            return None;
        }
        let now = self.tally.borrow_and_update().at(Instant::now());
        self.told_end = now.phase == SyncPhase::Over;
        Some(now)
    }
}

impl std::fmt::Debug for SyncProgress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SyncProgress").field(&self.now()).finish()
    }
}
