//! Keeps records apart that are the same to Copper. Of two upserts that are under way at once, each may
//! find nothing there yet and create what the other creates too; so the later waits for the earlier.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// The keys of a run's records that are under way.
#[derive(Default)]
pub(crate) struct KeyedLock {
    taken: Mutex<HashSet<String>>,
    /// Rung when a key is given back.
    freed: Notify,
}

/// Holds a key until it is dropped.
pub(crate) struct KeyGuard<'a> {
    turns: &'a KeyedLock,
    key: String,
}

impl KeyedLock {
    /// Waits until nobody else holds this key.
    pub(crate) async fn take(&self, key: String) -> KeyGuard<'_> {
        loop {
            let freed = self.freed.notified();
            if self.taken().insert(key.clone()) {
                return KeyGuard { turns: self, key };
            }
            freed.await;
        }
    }

    fn taken(&self) -> MutexGuard<'_, HashSet<String>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for KeyGuard<'_> {
    fn drop(&mut self) {
        self.turns.taken().remove(&self.key);
        self.turns.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_key_is_held_by_one_at_a_time_and_others_pass() {
        let turns = KeyedLock::default();
        let one = turns.take("a".to_owned()).now_or_never();
        assert!(one.is_some());
        let mut other = Box::pin(turns.take("a".to_owned()));
        assert!(other.as_mut().now_or_never().is_none());
        assert!(turns.take("b".to_owned()).now_or_never().is_some());
        drop(one);
        assert!(other.now_or_never().is_some());
        assert!(turns.taken().is_empty(), "who is gone holds nothing");
    }
}
