//! Receives notifications from other processes on a separate connection. A lost notification only costs time: the
//! waiter asks again at the time in its reply.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use redis::{Client, RedisError};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// The pause before a lost connection is opened again.
const PAUSE: Duration = Duration::from_secs(1);

/// The notifications of one process.
pub(crate) struct Notifications {
    channel: String,
    latest: Arc<Latest>,
    task: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Latest {
    wait: Mutex<Option<Duration>>,
    arrived: Notify,
}

impl Notifications {
    pub(crate) fn new(channel: String) -> Self {
        Self {
            channel,
            latest: Arc::default(),
            task: Mutex::new(None),
        }
    }

    /// Begins to listen. If it already listens, it begins again, because the old connection may be dead without notice.
    pub(crate) fn listen(&self, client: &Client) {
        let (client, channel) = (client.clone(), self.channel.clone());
        let latest = Arc::clone(&self.latest);
        let begun = tokio::spawn(async move {
            loop {
                // The error is not needed here: exchanges fail as well, and report it.
                let _ = listen(&client, &channel, &latest).await;
                sleep(PAUSE).await;
            }
        });
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = task.replace(begun) {
            before.abort();
        }
    }

    /// Waits for a notification, and returns the time after which to ask again.
    pub(crate) async fn next(&self) -> Duration {
        loop {
            self.latest.arrived.notified().await;
            if let Some(wait) = self.latest.take() {
                return wait;
            }
        }
    }
}

impl Latest {
    fn put(&self, wait: Duration) {
        *self.wait.lock().unwrap_or_else(PoisonError::into_inner) = Some(wait);
        self.arrived.notify_one();
    }

    fn take(&self) -> Option<Duration> {
        self.wait
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

async fn listen(client: &Client, channel: &str, latest: &Latest) -> Result<(), RedisError> {
    let mut subscription = client.get_async_pubsub().await?;
    subscription.subscribe(channel).await?;
    let mut messages = subscription.into_on_message();
    while let Some(message) = messages.next().await {
        let micros: u64 = message.get_payload().unwrap_or(0);
        latest.put(Duration::from_micros(micros));
    }
    Ok(())
}

impl Drop for Notifications {
    fn drop(&mut self) {
        let task = self.task.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = task {
            task.abort();
        }
    }
}
