//! A keyed lock: of all records that are the same to Copper, only one is in flight at a time. Of two such
//! upserts in flight, each may find no lead and create one, so the lead would be there twice.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// The keys of a run's records that are in flight.
#[derive(Default)]
pub(crate) struct KeyedLock {
    held: Mutex<HashSet<String>>,
    /// Notified when a key is released.
    freed: Notify,
}

/// Holds a key until it is dropped.
pub(crate) struct KeyGuard<'a> {
    lock: &'a KeyedLock,
    key: String,
}

impl KeyedLock {
    /// Waits until nobody else holds this key.
    pub(crate) async fn lock(&self, key: String) -> KeyGuard<'_> {
        loop {
            let freed = self.freed.notified();
            if self.held().insert(key.clone()) {
                return KeyGuard { lock: self, key };
            }
            freed.await;
        }
    }

    fn held(&self) -> MutexGuard<'_, HashSet<String>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for KeyGuard<'_> {
    fn drop(&mut self) {
        self.lock.held().remove(&self.key);
        self.lock.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_key_is_held_by_one_at_a_time_and_others_pass() {
        let keys = KeyedLock::default();
        let one = keys.lock("a".to_owned()).now_or_never();
        assert!(one.is_some());
        let mut other = Box::pin(keys.lock("a".to_owned()));
        assert!(other.as_mut().now_or_never().is_none());
        assert!(keys.lock("b".to_owned()).now_or_never().is_some());
        drop(one);
        assert!(other.now_or_never().is_some());
        assert!(keys.held().is_empty(), "who is gone holds nothing");
    }
}
