//! The feed of a run: turns rows into records when the run takes them, and keeps each row until its outcome
//! comes.

use std::sync::{
    Arc, OnceLock,
    mpsc::{self, Receiver},
};

use super::kept_back::KeptBack;
use crate::{
    display::problems::Problems,
    read::row::{Problem, Row},
    records::{input::Input, record::FromRecord},
};

/// The rows that the run has taken, in their order.
pub struct Feed {
    rows: Receiver<Row>,
    failure: Arc<OnceLock<Vec<Problem>>>,
}

impl Feed {
    /// Splits the rows of an input into the records for the run and the rows for their outcomes.
    ///
    /// The reasons of rows that are kept back go to `kept_back`.
    pub fn new<T: FromRecord>(
        input: &Input,
        kept_back: KeptBack,
    ) -> (Self, impl Iterator<Item = T> + Send) {
        let (taken, rows) = mpsc::channel();
        let failure = Arc::new(OnceLock::new());
        let failed = Arc::clone(&failure);
        let read = move |index, row: Result<Row, Problem>| {
            let row = row.map_err(|problem| vec![problem])?;
            let record = input.record(&row)?;
            if let Some(reason) = input.reason(&row, index) {
                kept_back.add(index, reason);
            }
            let _ = taken.send(row);
            Ok(T::from_record(record))
        };
        let numbered = (0..).zip(input.rows());
        let records = numbered.map_while(move |(index, row)| match read(index, row) {
            Ok(record) => record,
            Err(problems) => {
                let _ = failed.set(problems);
                None
            }
        });
        (Self { rows, failure }, records)
    }

    /// The row of the next outcome.
    pub fn next(&self) -> Option<Row> {
        self.rows.try_recv().ok()
    }

    /// The problems that ended the feed early. The first pass found none, so the file has changed.
    pub fn failure(&self) -> Option<Problems> {
        let mut problems = Problems::default();
        for (line, what) in self.failure.get()? {
            problems.add(*line, what.as_str());
        }
        Some(problems)
    }
}
