//! Minutes in a moment. Client and sandbox run on one thread under tokio's virtual clock, which goes
//! on only when nobody has anything to do. Their sockets are real, though, and what is in flight in
//! the kernel looks like nothing to do; so a ticker lets each step of the clock take a real moment and
//! be a small one. A timeout of a minute then is some thousands of looks at the sockets, however busy
//! the machine is.

use std::{future::Future, thread, time::Duration};

/// The largest step of the clock.
const STEP: Duration = Duration::from_millis(20);
/// What a step takes at least.
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
