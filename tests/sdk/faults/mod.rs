//! The fault matrix: each fault of the sandbox, at each place, for each kind of call, and whether the
//! outcomes are true. The expected results are in `matrix`. The sandbox shows whether outcomes are true: no
//! lead is there twice, a lead that is done is there under its id, a lead that is rejected or not sent is not
//! there, and only what a fault left in doubt is in doubt.
//!
//! There is one more rule for faults that close connections for later requests. A request that was written to
//! such a connection is in doubt although the sandbox never saw it, because the program can't know that. If
//! the sandbox saw it and answered, it is not in doubt.

mod cells;
pub mod matrix;

use std::thread;

use cells::{Column, Tally};
use futures_util::{StreamExt, stream};
use matrix::{Place, rows};

use crate::support::clock::in_virtual_time;

/// The number of cells that run at the same time.
const TOGETHER: usize = 64;

/// Checks all cells of a column. Returns their number, the outcomes, and the cells that are wrong.
async fn check(column: Column) -> (usize, Tally, Vec<String>) {
    let cells: Vec<_> = rows()
        .into_iter()
        .flat_map(|row| Place::EACH.map(|place| (row.clone(), place)))
        .collect();
    let count = cells.len();
    let checks = cells.into_iter().map(|(row, place)| async move {
        let cell = format!("{column:?} x {:?} x {place:?}", row.fault);
        let check = tokio::spawn(async move { column.cell(&row, place).await });
        check.await.map_err(|_| cell)
    });
    let mut checks = stream::iter(checks).buffer_unordered(TOGETHER);
    let (mut tally, mut wrong) = (Tally::new(), Vec::new());
    while let Some(result) = checks.next().await {
        match result {
            Ok(counts) => counts
                .into_iter()
                .for_each(|(kind, n)| *tally.entry(kind).or_default() += n),
            Err(cell) => wrong.push(cell),
        }
    }
    (count, tally, wrong)
}

#[test]
fn whatever_fails_what_the_program_is_told_is_true() {
    let columns = Column::EACH.map(|column| thread::spawn(move || in_virtual_time(check(column))));
    let (mut cells, mut wrong) = (0, Vec::new());
    for (column, thread) in Column::EACH.iter().zip(columns) {
        let (count, tally, failed) = thread.join().expect("all cells are checked");
        println!(
            "{column:?}: {count} cells, {} wrong; {tally:?}",
            failed.len()
        );
        cells += count;
        wrong.extend(failed);
    }
    println!(
        "fault matrix: {cells} cells, {} of them true",
        cells - wrong.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}
