//! The reasons of rows that are not sent. Each reason is made when its row is taken, and forgotten with its
//! outcome, so only rows in flight take memory.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use copper_crm::Invalid;

#[derive(Clone, Default)]
pub struct KeptBack(Arc<Mutex<HashMap<u64, String>>>);

impl KeptBack {
    pub fn add(&self, index: u64, reason: String) {
        self.reasons().insert(index, reason);
    }

    /// Refuses a row that has a reason.
    pub fn check(&self, index: u64) -> Result<(), Invalid> {
        match self.reasons().get(&index) {
            Some(reason) => Err(Invalid::new("", reason.clone())),
            None => Ok(()),
        }
    }

    /// Forgets the reason of a row that has its outcome.
    pub fn forget(&self, index: u64) {
        self.reasons().remove(&index);
    }

    fn reasons(&self) -> MutexGuard<'_, HashMap<u64, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
