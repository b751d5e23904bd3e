//! Everything that any library logs on this thread, through `tracing` or `log`, at every level.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use tracing::subscriber::DefaultGuard;
use tracing_subscriber::{filter::LevelFilter, util::SubscriberInitExt};

use super::canary::assert_silent;

/// Keeps everything that is logged on this thread until it is dropped. A test runs on one thread.
pub struct Log {
    lines: Lines,
    _subscribed: DefaultGuard,
}

impl Log {
    pub fn start() -> Self {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone());
        Self {
            lines,
            _subscribed: subscriber.set_default(),
        }
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the log").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub fn assert_log_is_silent(log: &Log) {
    let text = String::from_utf8_lossy(&log.lines.0.lock().expect("the log")).into_owned();
    for library in ["copper_crm", "hyper_util", "reqwest"] {
        assert!(text.contains(library), "{library} logs to here");
    }
    for line in text.lines() {
        assert_silent("the log", line);
    }
    println!(
        "{} lines were logged, none with a canary",
        text.lines().count()
    );
}
