//! Virtual minutes in a moment. Client and sandbox run on one thread under tokio's virtual clock, which
//! advances only when no task has anything to do. But their sockets are real, and data in flight in the
//! kernel looks like nothing to do. So a ticker makes each step of the clock small, and gives it some real
//! time. A timeout of a minute then checks the sockets some thousands of times, however busy the machine is.

use std::{future::Future, thread, time::Duration};

/// The largest step of the clock.
const STEP: Duration = Duration::from_millis(20);
/// The least real time of a step.
const MOMENT: Duration = Duration::from_micros(50);

/// Runs a program to its end in virtual time.
pub fn in_virtual_time<T>(program: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        tokio::spawn(async {
            loop {
                tokio::time::sleep(STEP).await;
                thread::sleep(MOMENT);
            }
        });
        program.await
    })
}
