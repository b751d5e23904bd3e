//! The progress of a run, for other tasks: a display, a metrics exporter, a health check. It counts records
//! that are *settled*, so it is right even while the run's owner is busy with an outcome. The run's own
//! summary counts the outcomes that were returned.

mod rate;

use std::time::Duration;

use serde::Serialize;
use tokio::{sync::watch, time::Instant};

use rate::{Rate, time_left};

use crate::outcome::{Summary, seconds, seconds_if_any};

/// The counts behind a run's progress.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    settled: Summary,
    /// The number of these that earlier starts have settled. They do not count for the rate.
    rate: Rate,
    pub(crate) taken: u64,
    pub(crate) expected: Option<u64>,
    start: Option<Instant>,
    end: Option<Instant>,
}

impl Tally {
    pub(crate) fn new(settled: Summary, expected: Option<u64>) -> Self {
        Self {
            settled,
            rate: Rate::default(),
            taken: 0,
            expected,
            start: None,
            end: None,
        }
    }

    /// Notes that the first request is about to be sent.
    pub(crate) fn start(&mut self, now: Instant) {
        self.start.get_or_insert(now);
    }

    /// True if all outcomes have been returned.
    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some()
    }

    /// Notes that all outcomes are returned. Returns false if that was known.
    pub(crate) fn end(&mut self, now: Instant) -> bool {
        let first = self.end.is_none();
        self.end.get_or_insert(now);
        first
    }

    /// Counts newly settled records, `fresh` of them settled by this start.
    pub(crate) fn add(&mut self, settled: &Summary, fresh: u64, now: Instant) {
        self.settled.add(settled);
        self.rate.add(fresh, now);
    }

    fn at(&self, now: Instant) -> Snapshot {
        let now = self.end.unwrap_or(now);
        let start = self.start.unwrap_or(now);
        let per_second = self.rate.per_second(start, now);
        // The input may have announced too few records.
        let total = self.expected.map(|total| total.max(self.taken));
        let settled = self.settled.total();
        Snapshot {
            settled: self.settled,
            taken: self.taken,
            total,
            elapsed: now.saturating_duration_since(start),
            per_second,
            time_left: match (self.end, total) {
                (Some(_), _) => Some(Duration::ZERO),
                (None, Some(total)) => time_left(total.saturating_sub(settled), per_second),
                (None, None) => None,
            },
            is_over: self.end.is_some(),
        }
    }
}

/// The progress of a run, at one moment.
///
/// As JSON (`serde::Serialize`) it is flat, with times in seconds:
/// `{"records": "leads", "done": 290, "rejected": 10, "not_sent": 0, "unknown": 0, "taken": 460,
/// "total": 1000, "elapsed": 10.2, "per_second": 29.4, "time_left": 23.8, "is_over": false}`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// The number of records with each outcome, including outcomes that are not returned yet.
    #[serde(flatten)]
    pub settled: Summary,
    /// The number of records taken from the input.
    pub taken: u64,
    /// The number of records of the whole input. None unless the input knows its length or
    /// [`Run::expected`](crate::bulk::Run::expected) was called.
    pub total: Option<u64>,
    /// The time since the run was first polled, until its end.
    #[serde(serialize_with = "seconds")]
    pub elapsed: Duration,
    /// The number of records settled per second, over the latest half minute. Records that a journal settles
    /// do not count.
    pub per_second: f64,
    /// The time that the rest of the input takes at this rate. None if the length is not known, or nothing
    /// was settled lately.
    #[serde(serialize_with = "seconds_if_any")]
    pub time_left: Option<Duration>,
    /// True if all outcomes have been returned.
    pub is_over: bool,
}

/// A handle that watches a run from another task; see [`Run::progress`](crate::bulk::Run::progress). Cheap to
/// clone.
#[derive(Clone)]
pub struct Progress {
    tally: watch::Receiver<Tally>,
    told_end: bool,
}

impl Progress {
    pub(crate) fn new(tally: &watch::Sender<Tally>) -> Self {
        let mut tally = tally.subscribe();
        tally.mark_changed();
        Self {
            tally,
            told_end: false,
        }
    }

    /// Returns the progress at this moment.
    pub fn now(&self) -> Snapshot {
        self.tally.borrow().at(Instant::now())
    }

    /// Waits until the run has made progress since the last call on this handle, and returns the progress.
    /// The first call returns at once. Returns None when nothing more will come: the run is over and this was
    /// already returned, or the run was dropped.
    ///
    /// A run at full speed makes progress some three times a second. Changes between two calls are returned
    /// together. The call is cancel-safe: dropping it loses nothing.
    pub async fn changed(&mut self) -> Option<Snapshot> {
        if self.told_end || self.tally.changed().await.is_err() {
            return None;
        }
        let now = self.tally.borrow_and_update().at(Instant::now());
        self.told_end = now.is_over;
        Some(now)
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Progress").field(&self.now()).finish()
    }
}
