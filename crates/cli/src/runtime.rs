//! The runtime that the program runs in, or a sentence where it can't be had.

use std::{future::Future, io};

use tokio::runtime::{Builder, Runtime};

use crate::{display::say, import::UNUSABLE};

/// Runs the program to its end, and returns its exit status.
pub fn block_on(program: impl Future<Output = u8>) -> u8 {
    match start() {
        Ok(runtime) => runtime.block_on(program),
        Err(error) => {
            say(format_args!(
                "The program can't start: {error}. It needs some 20 open files (ulimit -n), and threads.\nNothing was sent."
            ));
            UNUSABLE
        }
    }
}

fn start() -> io::Result<Runtime> {
    check_descriptors()?;
    Builder::new_multi_thread().enable_all().build()
}

/// Fails where the process may open too few files for a runtime, which would panic for some of them.
#[cfg(unix)]
fn check_descriptors() -> io::Result<()> {
    use std::os::unix::net::UnixStream;
    /// A runtime opens six files, each of these two.
    const PAIRS: usize = 3;
    let pairs: io::Result<Vec<_>> = (0..PAIRS).map(|_| UnixStream::pair()).collect();
    pairs.map(drop)
}

#[cfg(not(unix))]
fn check_descriptors() -> io::Result<()> {
    Ok(())
}
