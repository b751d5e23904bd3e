//! Keeps an outage from turning a whole run into doubt. When three requests in a row were lost, or when
//! answers stay away for longer than is usual, nothing more is sent until a harmless read is answered.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{self, Notify},
    time::{Instant, sleep},
};

use crate::{Copper, Error, retry::Event, trace};

/// Requests that may be lost in a row.
const DOUBTS: u32 = 3;
/// Requests that may be under way while answers stay away.
const UNANSWERED: usize = 3;
/// How long answers may stay away at the least.
const SHORTEST_PATIENCE: Duration = Duration::from_secs(1);
/// Answers that tell what is usual.
const RECENT: usize = 16;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long an outage is waited out.
const LONGEST_OUTAGE: Duration = Duration::from_secs(300);
/// How often a read may be answered while the next request is lost all the same.
const FALSE_HOPES: u32 = 3;

/// The signs of an outage in one run.
#[derive(Default)]
pub(crate) struct Outage {
    signs: Mutex<Signs>,
    /// Rung when a request is settled, and when an outage is over.
    settled: Notify,
    /// Held by the one that probes.
    probing: sync::Mutex<()>,
}

/// What may be done at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Advice {
    /// Send.
    Go,
    /// Wait until something that is under way settles.
    Wait,
    /// Send nothing before a harmless read is answered.
    Probe,
}

/// Pure state: what happened, with the times passed in.
#[derive(Debug, Default)]
struct Signs {
    /// When the requests that are under way were sent.
    under_way: Vec<Instant>,
    /// How long the latest answers took.
    recent: VecDeque<Duration>,
    /// When the latest came.
    last_answer: Option<Instant>,
    doubts_in_a_row: u32,
    /// When the last of these was sent.
    last_doubt: Option<Instant>,
    suspended: bool,
    false_hopes: u32,
}

impl Signs {
    fn advice(&self, now: Instant) -> Advice {
        if self.suspended {
            return Advice::Probe;
        }
        // What is under way may be lost as well, and then counts with what was.
        let at_risk = self.under_way.len() + self.doubts_in_a_row as usize;
        if self.doubts_in_a_row > 0 && at_risk >= DOUBTS as usize {
            return Advice::Wait;
        }
        if self.under_way.len() < UNANSWERED {
            return Advice::Go;
        }
        let usual = self.recent.iter().max().copied().unwrap_or_default();
        let patience = SHORTEST_PATIENCE.max(usual * 2);
        // Before the first answer the wait began with the first request.
        let since = self
            .last_answer
            .or_else(|| self.under_way.iter().min().copied())
            .unwrap_or(now);
        if now.saturating_duration_since(since) < patience {
            Advice::Go
        } else {
            Advice::Wait
        }
    }

    fn land(&mut self, sent: Instant) {
        if let Some(place) = self.under_way.iter().position(|other| *other == sent) {
            self.under_way.swap_remove(place);
        }
    }

    fn answered(&mut self, sent: Instant, now: Instant) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(now.saturating_duration_since(sent));
        self.last_answer = Some(now);
        // What was sent before a request that was lost says nothing of what came after it.
        if self.last_doubt.is_none_or(|doubt| sent > doubt) {
            self.doubts_in_a_row = 0;
            self.false_hopes = 0;
        }
    }

    fn in_doubt(&mut self, sent: Instant) {
        self.last_doubt = self.last_doubt.max(Some(sent));
        self.doubts_in_a_row = self.doubts_in_a_row.saturating_add(1);
        self.suspended |= self.doubts_in_a_row >= DOUBTS;
    }

    /// Lets one request go, which may or may not bear out that the outage is over.
    fn resume(&mut self) {
        self.suspended = false;
        self.doubts_in_a_row = DOUBTS.saturating_sub(1);
        self.false_hopes = self.false_hopes.saturating_add(1);
    }
}

impl Outage {
    fn signs(&self) -> MutexGuard<'_, Signs> {
        self.signs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a request depart, unless there is a sign of an outage. From now on it counts as under way.
    pub(crate) fn depart(&self, now: Instant) -> Option<Flight<'_>> {
        let mut signs = self.signs();
        if signs.advice(now) != Advice::Go {
            return None;
        }
        signs.under_way.push(now);
        Some(Flight {
            outage: self,
            sent: now,
        })
    }

    /// Takes it for an outage that no connection can be made. False if there never was one, so that
    /// there is nothing to be waited for.
    pub(crate) fn suspend(&self) -> bool {
        let mut signs = self.signs();
        let known = signs.last_answer.is_some();
        signs.suspended |= known;
        known
    }

    /// Waits until there is no sign of an outage.
    ///
    /// # Errors
    /// The last probe's, when the outage lasts too long.
    pub(crate) async fn wait(&self, copper: &Copper) -> Result<(), Arc<Error>> {
        loop {
            let settled = self.settled.notified();
            let advice = self.signs().advice(Instant::now());
            match advice {
                Advice::Go => return Ok(()),
                Advice::Wait => settled.await,
                Advice::Probe => {
                    let _turn = self.probing.lock().await;
                    if self.signs().suspended {
                        self.probe(copper).await?;
                    }
                }
            }
        }
    }

    /// Asks for something harmless until it is answered.
    async fn probe(&self, copper: &Copper) -> Result<(), Arc<Error>> {
        let start = Instant::now();
        trace::held_back();
        let hopes = self.signs().false_hopes;
        let mut pause = FIRST_PAUSE
            .saturating_mul(1 << hopes.min(8))
            .min(LONGEST_PAUSE);
        loop {
            sleep(pause).await;
            let answer = copper.probe().await;
            let over = match &answer {
                Ok(()) => true,
                Err(error) => is_answer(error.event()),
            };
            match answer {
                _ if over && hopes < FALSE_HOPES => {
                    self.signs().resume();
                    trace::resumed(start.elapsed());
                    self.settled.notify_waiters();
                    return Ok(());
                }
                Ok(()) => return Err(Arc::new(Error::outage())),
                Err(error) if over || start.elapsed() + pause >= LONGEST_OUTAGE => {
                    return Err(Arc::new(error));
                }
                Err(_) => pause = (pause * 2).min(LONGEST_PAUSE),
            }
        }
    }
}

/// Whether this is an answer of Copper's, be it a refusal.
fn is_answer(event: Event) -> bool {
    matches!(event, Event::Answered { .. }) && !event.leaves_doubt()
}

/// A request under way, or about to be.
pub(crate) struct Flight<'a> {
    outage: &'a Outage,
    sent: Instant,
}

impl Flight<'_> {
    /// Copper answered.
    pub(crate) fn answered(self, now: Instant) {
        self.outage.signs().answered(self.sent, now);
    }

    /// It came to this instead.
    pub(crate) fn failed(self, event: Event, now: Instant) {
        let mut signs = self.outage.signs();
        if event.leaves_doubt() {
            signs.in_doubt(self.sent);
        } else if matches!(event, Event::Answered { .. }) {
            signs.answered(self.sent, now);
        }
    }

    /// It can't be told what came of it.
    pub(crate) fn in_doubt(self) {
        self.outage.signs().in_doubt(self.sent);
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.outage.signs().land(self.sent);
        self.outage.settled.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    /// Signs with requests under way that were sent at these seconds.
    fn under_way(start: Instant, sent: impl IntoIterator<Item = u64>) -> Signs {
        Signs {
            under_way: sent.into_iter().map(|n| start + second(n)).collect(),
            ..Signs::default()
        }
    }

    fn answered(status: u16) -> Event {
        Event::Answered {
            status,
            size_limit: None,
        }
    }

    #[test]
    fn with_few_requests_under_way_nothing_is_waited_for() {
        let start = Instant::now();
        let mut signs = under_way(start, [0, 0]);
        assert_eq!(signs.advice(start + second(3600)), Advice::Go);
        signs.under_way.push(start);
        assert_eq!(signs.advice(start + second(3600)), Advice::Wait);
    }

    #[test]
    fn before_the_first_answer_patience_lasts_a_second_from_the_first_request() {
        let start = Instant::now();
        let signs = under_way(start, [1, 0, 1]);
        assert_eq!(signs.advice(start + Duration::from_millis(999)), Advice::Go);
        assert_eq!(signs.advice(start + second(1)), Advice::Wait);
    }

    #[test]
    fn patience_is_twice_what_the_slowest_of_the_latest_answers_took() {
        let start = Instant::now();
        let mut signs = under_way(start, [10, 10, 10]);
        signs.answered(start, start + second(5));
        signs.answered(start + second(4), start + second(10));
        let until = start + second(10 + 2 * 6);
        assert_eq!(signs.advice(until - Duration::from_millis(1)), Advice::Go);
        assert_eq!(signs.advice(until), Advice::Wait);
        for n in 0..RECENT as u64 {
            signs.answered(start + second(10 + n), start + second(11 + n));
        }
        let last = start + second(10 + RECENT as u64);
        assert_eq!(signs.recent.len(), RECENT);
        assert_eq!(signs.advice(last + second(1)), Advice::Go);
        assert_eq!(signs.advice(last + second(2)), Advice::Wait);
    }

    #[test]
    fn what_is_under_way_counts_with_what_was_lost() {
        let start = Instant::now();
        let mut signs = under_way(start, [1]);
        signs.in_doubt(start);
        assert_eq!(signs.advice(start + second(1)), Advice::Go);
        signs.under_way.push(start + second(1));
        assert_eq!(signs.advice(start + second(1)), Advice::Wait);
        signs.land(start + second(1));
        assert_eq!(signs.advice(start + second(1)), Advice::Go);
        signs.land(start + second(7));
        assert_eq!(signs.under_way, [start + second(1)]);
    }

    #[test]
    fn three_in_a_row_are_an_outage_until_a_request_that_came_later_is_answered() {
        let start = Instant::now();
        let mut signs = Signs::default();
        for n in [2, 1] {
            signs.in_doubt(start + second(n));
            // It was sent before, or with, one that was lost.
            signs.answered(start + second(2), start + second(3));
        }
        assert_eq!(signs.advice(start + second(3)), Advice::Go);
        signs.in_doubt(start + second(3));
        assert_eq!(signs.advice(start + second(3)), Advice::Probe);

        signs.resume();
        assert_eq!((signs.doubts_in_a_row, signs.false_hopes), (2, 1));
        assert_eq!(signs.advice(start + second(4)), Advice::Go);
        signs.in_doubt(start + second(4));
        assert_eq!(signs.advice(start + second(4)), Advice::Probe);
        signs.resume();
        signs.answered(start + second(5), start + second(6));
        assert_eq!((signs.doubts_in_a_row, signs.false_hopes), (0, 0));
    }

    #[test]
    fn a_request_counts_by_what_it_came_to() {
        let outage = Outage::default();
        let start = Instant::now();
        let depart = || outage.depart(start).expect("nothing speaks against it");
        assert!(!outage.suspend(), "there never was an answer");
        depart().failed(Event::NotConnected, start);
        assert_eq!(outage.signs().last_answer, None);
        depart().failed(answered(422), start);
        assert_eq!(outage.signs().last_answer, Some(start));
        depart().failed(answered(500), start + second(9));
        depart().in_doubt();
        let signs = outage.signs();
        assert_eq!((signs.doubts_in_a_row, signs.recent.len()), (2, 1));
        assert_eq!((signs.under_way.len(), signs.suspended), (0, false));
        drop(signs);
        assert!(outage.suspend());
        assert!(outage.depart(start).is_none());
    }

    #[test]
    fn a_refusal_is_an_answer_and_a_failure_is_none() {
        for status in [401, 404, 422, 429] {
            assert!(is_answer(answered(status)), "{status}");
        }
        for event in [
            answered(500),
            answered(503),
            Event::Lost,
            Event::NotConnected,
        ] {
            assert!(!is_answer(event), "{event:?}");
        }
    }
}
