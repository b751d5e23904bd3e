//! Deadlines and timeouts, outside the HTTP client. The HTTP client checks its own timeout before it looks
//! for an answer, so a runtime that was blocked for too long would lose answers that have arrived.

use std::{future::Future, pin::pin, time::Duration};

use futures_util::FutureExt;
use tokio::{
    task::yield_now,
    time::{Instant, timeout, timeout_at},
};

use super::failure::Halted;
use crate::{Error, ErrorKind, error::Failure, operation::Operation, retry::Event};

/// The number of turns that the runtime gets after the time is up, to hand over answers that have arrived.
const TURNS: usize = 64;
/// The most of the time for which the runtime was blocked that is given back.
const LONGEST_EXTENSION: Duration = Duration::from_secs(1);

/// The time by which a call, or a record of a run, must be done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    at: Instant,
    of: Duration,
}

impl Deadline {
    /// The deadline this far from now.
    pub(crate) fn new(now: Instant, of: Duration) -> Self {
        // A deadline beyond the range of the clock never expires.
        let at = now
            .checked_add(of)
            .unwrap_or_else(|| now + Duration::from_secs(1 << 30));
        Self { at, of }
    }

    /// When it expires.
    pub(crate) fn at(self) -> Instant {
        self.at
    }

    /// The time that was given.
    pub(crate) fn of(self) -> Duration {
        self.of
    }

    /// The error of a request that was not sent before the deadline expired.
    pub(crate) fn unsent(self, operation: &'static Operation) -> Error {
        let failure = Failure {
            kind: ErrorKind::Timeout,
            event: Event::Expired,
            cause: Some(Halted::ExpiredUnsent(self.of).to_string()),
            source: None,
        };
        Error::failed(operation, failure)
    }

    /// The time that is left.
    pub(crate) fn left(self, now: Instant) -> Duration {
        self.at.saturating_duration_since(now)
    }
}

/// Awaits a future until the deadline, if there is one.
pub(crate) async fn before<T>(
    deadline: Option<Deadline>,
    future: impl Future<Output = T>,
) -> Result<T, Deadline> {
    match deadline {
        Some(deadline) => timeout_at(deadline.at, future).await.map_err(|_| deadline),
        None => Ok(future.await),
    }
}

/// Awaits a future, for no longer than `limit`. If the runtime was blocked meanwhile, an answer that has
/// arrived by then still counts.
pub(crate) async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    let start = Instant::now();
    let mut future = pin!(future);
    if let Ok(done) = timeout(limit, future.as_mut()).await {
        return Some(done);
    }
    for _ in 0..TURNS {
        yield_now().await;
        if let Some(done) = future.as_mut().now_or_never() {
            return Some(done);
        }
    }
    let late = start.elapsed().saturating_sub(limit);
    timeout(late.min(LONGEST_EXTENSION), future).await.ok()
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
    };

    use tokio::{io::AsyncReadExt, net::TcpStream, time::sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_takes_longer_than_its_limit_is_given_up() {
        let limit = Duration::from_secs(60);
        assert_eq!(within(limit, sleep(limit)).await, Some(()));
        let start = Instant::now();
        assert_eq!(within(limit, sleep(limit * 2)).await, None);
        assert_eq!(start.elapsed(), limit);
    }

    #[tokio::test]
    async fn what_arrived_while_the_runtime_was_blocked_counts() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let address = listener.local_addr().expect("its address");
        let (told, answered) = std::sync::mpsc::channel();
        let server = std::thread::spawn(move || {
            let (mut peer, _) = listener.accept().expect("a connection");
            peer.read_exact(&mut [0]).expect("a byte");
            peer.write_all(b"answer").expect("it is sent");
            told.send(()).expect("somebody waits");
        });
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.try_write(b"?").expect("it is sent");
        let limit = Duration::from_millis(20);
        // Another task reads, as a connection's task does.
        let reader = tokio::spawn(async move {
            let mut answer = [0; 6];
            stream.read_exact(&mut answer).await.map(|_| answer)
        });
        let waiting = tokio::spawn(within(limit, reader));
        yield_now().await;
        // Blocks the one thread of this runtime until the answer is here and the limit has passed.
        answered.recv().expect("it is answered");
        std::thread::sleep(limit * 3);
        let answer = waiting
            .await
            .expect("no panic")
            .expect("it is not given up");
        assert_eq!(answer.expect("no panic").expect("it is read"), *b"answer");
        server.join().expect("no panic");
    }
}
