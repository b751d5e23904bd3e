//! All that any library logs, through `tracing` or `log`, at every level.

use std::{
    io::{self, Write},
    sync::{Arc, LazyLock, Mutex},
};

use tracing_subscriber::filter::LevelFilter;

use crate::canary::assert_silent;

/// What is logged by whatever library, at every level, from now on.
pub fn log() -> Log {
    static LOG: LazyLock<Log> = LazyLock::new(|| {
        let log = Log::default();
        let writer = log.clone();
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .init();
        log
    });
    LOG.clone()
}

#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the log").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub fn assert_log_is_silent(log: &Log) {
    let text = String::from_utf8_lossy(&log.0.lock().expect("the log")).into_owned();
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
