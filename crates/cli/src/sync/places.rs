//! The lines of a file's rows. The library counts records from 0; a person looks for a line.

use std::sync::{Arc, Mutex, PoisonError};

use copper_crm::bulk::Rejection;

/// The line of each row, in the order of the file.
#[derive(Clone, Default)]
pub struct Places(Arc<Mutex<Vec<u64>>>);

impl Places {
    pub fn add(&self, line: u64) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(line);
    }

    /// The rejection in words. If another row means the same record, they name its line.
    pub fn told(&self, why: &Rejection) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let other = why
            .other_record()
            .and_then(|other| usize::try_from(other).ok());
        match other.and_then(|other| lines.get(other)) {
            Some(line) => {
                let field = why.fields().into_keys().next().unwrap_or_default();
                format!("{field}: line {line} means the same record")
            }
            None => why.to_string(),
        }
    }
}
