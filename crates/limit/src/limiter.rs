//! The handle that users have: waits for a slot of each limit that counts a request.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::gate::{Gate, PASSED_OVER_AFTER, Turn};
use crate::shared::{Place, Shared};
use crate::{Class, Limit, Permit};

/// A waiter checks again after this time at the latest: timers can't reach all later times.
const LONGEST_SLEEP: Duration = Duration::from_secs(24 * 60 * 60);

/// Keeps the requests made through it under all limits, as the server counts them.
///
/// Cloning is cheap, and all clones share the same slots. Limiters made apart from each other know
/// nothing of each other, so use one for all requests that the server counts together.
///
/// Classes that a limit ties together wait in one queue, ordered by
/// [priority](Class::priority) and then first come, first served. A request waits behind those before
/// it even if its own slots are free, so give the classes that fewer limits count the better priority.
#[derive(Clone)]
pub struct Limiter {
    shared: Arc<Shared>,
}

impl Limiter {
    /// Creates a limiter that keeps to all of `limits`. With none, everything goes at once.
    pub fn new(limits: impl IntoIterator<Item = Limit>) -> Self {
        Self {
            shared: Arc::new(Shared::new(Gate::new(limits))),
        }
    }

    /// Waits for a slot of each limit that counts this class.
    ///
    /// Takes its place in the queue when first polled, and gives it back when dropped. A waiter that
    /// could go but is not polled for half a second lets others pass, and has its place again when it
    /// is polled. Needs a tokio runtime with time enabled.
    pub async fn acquire(&self, class: Class) -> Permit {
        let place = Place::take(&self.shared, class);
        let since = Instant::now();
        loop {
            let (turn, now) = self
                .shared
                .with(|gate, now| (gate.poll(place.ticket, now), now));
            let wait = match turn {
                Turn::Go(slots) => {
                    return Permit::new(Arc::clone(&self.shared), slots, since.elapsed());
                }
                Turn::NotUntil(time) => time.saturating_sub(now).min(LONGEST_SLEEP),
                Turn::Behind => PASSED_OVER_AFTER,
            };
            // Poll again when the time has come, or when a change is notified before.
            let _ = timeout(wait, place.notify.notified()).await;
        }
    }

    /// Counts a request of this class that was sent without this limiter, this long ago: by an earlier start of
    /// the program, for example, as the server still counts it. One that was sent more than an hour ago is not
    /// counted.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use rolling_limit::{Class, Limit, Limiter};
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// const CALL: Class = Class::new("call");
    /// let limiter = Limiter::new([Limit::new(1, Duration::from_secs(60))]);
    /// limiter.sent_before(CALL, Duration::from_secs(50));
    /// let waited = limiter.acquire(CALL).await.waited();
    /// assert!(waited > Duration::from_secs(9) && waited < Duration::from_secs(12));
    /// # }
    /// ```
    pub fn sent_before(&self, class: Class, ago: Duration) {
        self.shared.with(|gate, now| {
            if let Some(at) = now.checked_sub(ago) {
                gate.sent_before(class, at);
            }
        });
    }

    /// Holds back requests of this class for `pause` from now, as after a 429 with `Retry-After`. A hold
    /// that ends later stays.
    pub fn hold(&self, class: Class, pause: Duration) {
        self.shared
            .with(|gate, now| gate.hold(class, now.saturating_add(pause)));
    }

    /// Holds back all requests for `pause` from now. A hold that ends later stays.
    pub fn hold_all(&self, pause: Duration) {
        self.shared
            .with(|gate, now| gate.hold_all(now.saturating_add(pause)));
    }

    /// The limits that it keeps to. Those that limit nothing are left out.
    pub fn limits(&self) -> Vec<Limit> {
        self.shared.with(|gate, _| gate.limits().collect())
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = self.limits();
        f.debug_struct("Limiter")
            .field("limits", &limits)
            .finish_non_exhaustive()
    }
}
