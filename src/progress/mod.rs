//! A run as others see it while it goes on: a display, a metrics exporter, a health check. It counts
//! what is *settled*, so it tells the truth even while the run's owner is busy with an outcome; the
//! run's own summary counts what was given out.

mod rate;

use std::time::Duration;

use serde::Serialize;
use tokio::{sync::watch, time::Instant};

use rate::{Rate, time_left};

use crate::outcome::{Summary, seconds, seconds_if_any};

/// The counts that a run's progress is made of.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    settled: Summary,
    /// Of these, those that an earlier start has settled say nothing of the rate.
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

    /// The first request is about to be made.
    pub(crate) fn start(&mut self, now: Instant) {
        self.start.get_or_insert(now);
    }

    /// True if all outcomes have been returned.
    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some()
    }

    /// All is given out. False if that was known.
    pub(crate) fn end(&mut self, now: Instant) -> bool {
        let first = self.end.is_none();
        self.end.get_or_insert(now);
        first
    }

    /// Counts what is settled, `fresh` of it by this start.
    pub(crate) fn add(&mut self, settled: &Summary, fresh: u64, now: Instant) {
        self.settled.add(settled);
        self.rate.add(fresh, now);
    }

    fn at(&self, now: Instant) -> Snapshot {
        let now = self.end.unwrap_or(now);
        let start = self.start.unwrap_or(now);
        let per_second = self.rate.per_second(start, now);
        // An input may have told too little of its length.
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

/// How far a run is, at one moment.
///
/// As JSON (`serde::Serialize`) it is flat, with times in seconds:
/// `{"records": "leads", "done": 290, "rejected": 10, "not_sent": 0, "unknown": 0, "taken": 460,
/// "total": 1000, "elapsed": 10.2, "per_second": 29.4, "time_left": 23.8, "is_over": false}`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// How many records have come to which outcome, whether or not it is given out yet.
    #[serde(flatten)]
    pub settled: Summary,
    /// Records taken from the input.
    pub taken: u64,
    /// Records of the whole input, if the input told its length or [`Run::expected`](crate::bulk::Run::expected)
    /// did.
    pub total: Option<u64>,
    /// Time since the run was first polled, until its end.
    #[serde(serialize_with = "seconds")]
    pub elapsed: Duration,
    /// Records that were settled per second of the latest half minute. What a journal settles at once
    /// does not count.
    pub per_second: f64,
    /// How long the rest of the input takes at this rate. None if its length is not known, or nothing
    /// gets on.
    #[serde(serialize_with = "seconds_if_any")]
    pub time_left: Option<Duration>,
    /// True if all outcomes have been returned.
    pub is_over: bool,
}

/// Watches a run from elsewhere; see [`Run::progress`](crate::bulk::Run::progress). Cheap to clone.
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

    /// How far the run is now.
    pub fn now(&self) -> Snapshot {
        self.tally.borrow().at(Instant::now())
    }

    /// Waits until the run has got on since this handle was last asked, and says how far it is; the
    /// first call answers at once. None when there is nothing more to come: the run is over, and this
    /// has said so, or it was dropped.
    ///
    /// A run at full speed gets on some three times a second. What happens between two calls is told
    /// together, and a call that is dropped misses nothing.
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
