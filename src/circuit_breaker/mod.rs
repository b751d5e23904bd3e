//! A circuit breaker: keeps an outage from leaving a whole run in doubt. It trips when three requests in a
//! row were lost, or when connections can't be made any more. Then nothing is sent until a harmless read is
//! answered. That half-opens it, and the next answer to a request closes it. While answers take much longer
//! than usual, nothing is sent either.

mod probe;
mod state;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{self, Notify},
    time::{Instant, sleep},
};

use probe::{first_pause, is_last, is_over, is_repairable, next_pause};
use state::{Admission, BreakerState};

use crate::{Copper, Error, retry::Event, telemetry};

/// The longest time to wait for the end of an outage.
const LONGEST_OUTAGE: Duration = Duration::from_secs(300);
/// The number of times that a probe may succeed while the next request is lost nevertheless.
const MAX_FAILED_PROBES: u32 = 3;

/// The circuit breaker of one run.
#[derive(Default)]
pub(crate) struct CircuitBreaker {
    state: Mutex<BreakerState>,
    /// Notified when a request is settled, and when the circuit half-opens.
    settled: Notify,
    /// Held by the task that probes.
    probing: sync::Mutex<()>,
}

impl CircuitBreaker {
    fn state(&self) -> MutexGuard<'_, BreakerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a request go, if the circuit is closed. From now on it counts as in flight.
    pub(crate) fn depart(&self, now: Instant) -> Option<Flight<'_>> {
        let mut state = self.state();
        if state.admission(now) != Admission::Go {
            return None;
        }
        state.in_flight.push(now);
        Some(Flight {
            breaker: self,
            sent: now,
        })
    }

    /// Waits for the end of an outage for this long, and treats it as an outage if Copper refuses the token.
    pub(crate) fn wait_out(&self, longest: Duration) {
        self.state().wait_out = Some(longest);
    }

    /// Trips because no connection can be made. Returns false if no request was ever answered: then it is not
    /// an outage that may end.
    pub(crate) fn trip(&self) -> bool {
        let mut state = self.state();
        let known = state.last_answer.is_some() || state.wait_out.is_some();
        state.is_tripped |= known;
        known
    }

    /// Trips because Copper refuses the token. Returns false unless the caller asked to wait until somebody
    /// repairs it.
    pub(crate) fn trip_by_refusal(&self, event: Event) -> bool {
        let mut state = self.state();
        let trips = state.wait_out.is_some() && is_repairable(event);
        state.is_tripped |= trips;
        trips
    }

    /// Waits until the circuit is closed, or half-open.
    ///
    /// # Errors
    /// The last probe's error, if the outage lasts too long.
    pub(crate) async fn closed(&self, copper: &Copper) -> Result<(), Arc<Error>> {
        loop {
            let settled = self.settled.notified();
            let admission = self.state().admission(Instant::now());
            match admission {
                Admission::Go => return Ok(()),
                Admission::Wait => settled.await,
                Admission::Probe => {
                    let _turn = self.probing.lock().await;
                    if self.state().is_tripped {
                        // Each chunk waits here for its permit, and hardly any probes: the state of a request
                        // stays out of their futures.
                        Box::pin(self.probe(copper)).await?;
                    }
                }
            }
        }
    }

    /// Sends a harmless read again and again until it is answered.
    async fn probe(&self, copper: &Copper) -> Result<(), Arc<Error>> {
        let start = Instant::now();
        telemetry::held_back();
        let (failed, wait_out, since) = {
            let mut state = self.state();
            let since = *state.down_since.get_or_insert(start);
            (state.failed_probes, state.wait_out, since)
        };
        let (longest, since) = match wait_out {
            Some(longest) => (longest, since),
            None => (LONGEST_OUTAGE, start),
        };
        let mut pause = first_pause(failed);
        loop {
            sleep(pause).await;
            let is_late = is_last(since.elapsed(), pause, longest);
            let answer = copper.probe().await;
            let over = match &answer {
                Ok(()) => true,
                Err(error) => is_over(error.event(), wait_out.is_some()),
            };
            // The number of failed probes is limited, or else the time.
            let may_go_on = match wait_out {
                Some(_) => !is_late,
                None => failed < MAX_FAILED_PROBES,
            };
            match answer {
                _ if over && may_go_on => {
                    self.state().half_open();
                    telemetry::resumed(start.elapsed());
                    self.settled.notify_waiters();
                    return Ok(());
                }
                Ok(()) => return Err(Arc::new(Error::circuit_open())),
                Err(error) if over || is_late => {
                    return Err(Arc::new(error.without_operation()));
                }
                Err(_) => pause = next_pause(pause),
            }
        }
    }
}

/// A request in flight, or about to be.
pub(crate) struct Flight<'a> {
    breaker: &'a CircuitBreaker,
    sent: Instant,
}

impl Flight<'_> {
    /// Copper answered.
    pub(crate) fn answered(self, now: Instant) {
        self.breaker.state().answered(self.sent, now);
    }

    /// It ended with this event instead.
    pub(crate) fn failed(self, event: Event, now: Instant) {
        let mut state = self.breaker.state();
        if event.leaves_doubt() {
            state.in_doubt(self.sent);
        } else if matches!(event, Event::Answered { .. }) {
            state.answered(self.sent, now);
        }
    }

    /// Its result can't be known.
    pub(crate) fn in_doubt(self) {
        self.breaker.state().in_doubt(self.sent);
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.breaker.state().land(self.sent);
        self.breaker.settled.notify_waiters();
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
        assert!(!outage.trip(), "there never was an answer");
        depart().failed(Event::NotConnected, start);
        assert_eq!(outage.state().last_answer, None);
        depart().failed(answered(422), start);
        assert_eq!(outage.state().last_answer, Some(start));
        depart().failed(answered(500), start + Duration::from_secs(9));
        depart().in_doubt();
        let state = outage.state();
        assert_eq!((state.doubts_in_a_row, state.recent.len()), (2, 1));
        assert_eq!((state.in_flight.len(), state.is_tripped), (0, false));
        drop(state);
        assert!(outage.trip());
        assert!(outage.depart(start).is_none());
    }
}
