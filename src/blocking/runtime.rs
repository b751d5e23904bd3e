//! A runtime thread. Connections and timers live there, and each call is polled by the thread that made it.
//! So a call borrows its arguments like an async one, and never blocks inside a runtime, which would panic.

use std::{fmt, future::Future, io, sync::Arc, thread};

use tokio::{
    runtime::{Builder, EnterGuard, Handle},
    sync::oneshot,
    task::unconstrained,
};

use crate::Error;

/// A handle to the thread, which ends when the last handle is dropped.
#[derive(Clone)]
pub(super) struct Runtime {
    handle: Handle,
    /// Dropping it ends the thread.
    _alive: Arc<oneshot::Sender<()>>,
}

impl Runtime {
    pub(super) fn start() -> Result<Self, Error> {
        let failed =
            |why| Error::config(format!("the thread of blocking calls can't start: {why}"));
        check_descriptors().map_err(failed)?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let handle = runtime.handle().clone();
        let (alive, ended) = oneshot::channel::<()>();
        thread::Builder::new()
            .name("copper-crm".to_owned())
            .spawn(move || runtime.block_on(ended))
            .map_err(failed)?;
        Ok(Self {
            handle,
            _alive: Arc::new(alive),
        })
    }

    /// Blocks this thread until the future is ready.
    pub(super) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        let _context = self.enter();
        // A task of another runtime has a budget, which is renewed only when the task yields. It can't yield
        // here.
        pollster::block_on(unconstrained(future))
    }

    /// While the guard lives, code that needs a runtime finds this one.
    pub(super) fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }
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

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").finish_non_exhaustive()
    }
}
