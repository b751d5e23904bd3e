//! Keeps an outage from turning a whole run into doubt. When three requests in a row were lost, or when
//! answers stay away for longer than is usual, nothing more is sent until a harmless read is answered.

mod state;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{self, Notify},
    time::{Instant, sleep},
};

use state::{Advice, BreakerState};

use crate::{Copper, Error, retry::Event, telemetry};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long an outage is waited out.
const LONGEST_OUTAGE: Duration = Duration::from_secs(300);
/// How often a read may be answered while the next request is lost all the same.
const FALSE_HOPES: u32 = 3;

/// The signs of an outage in one run.
#[derive(Default)]
pub(crate) struct CircuitBreaker {
    signs: Mutex<BreakerState>,
    /// Rung when a request is settled, and when an outage is over.
    settled: Notify,
    /// Held by the one that probes.
    probing: sync::Mutex<()>,
}

impl CircuitBreaker {
    fn signs(&self) -> MutexGuard<'_, BreakerState> {
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
        telemetry::held_back();
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
                    telemetry::resumed(start.elapsed());
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
    outage: &'a CircuitBreaker,
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

    fn answered(status: u16) -> Event {
        Event::Answered {
            status,
            size_limit: None,
        }
    }

    #[test]
    fn a_request_counts_by_what_it_came_to() {
        let outage = CircuitBreaker::default();
        let start = Instant::now();
        let depart = || outage.depart(start).expect("nothing speaks against it");
        assert!(!outage.suspend(), "there never was an answer");
        depart().failed(Event::NotConnected, start);
        assert_eq!(outage.signs().last_answer, None);
        depart().failed(answered(422), start);
        assert_eq!(outage.signs().last_answer, Some(start));
        depart().failed(answered(500), start + Duration::from_secs(9));
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
