//! The resources that this process has used so far.

use std::{
    fs,
    time::{Duration, Instant},
};

use cpu_time::ProcessTime;

/// Measures from its start on.
pub struct Usage {
    wall: Instant,
    cpu: ProcessTime,
}

impl Usage {
    pub fn start() -> Self {
        Self {
            wall: Instant::now(),
            cpu: ProcessTime::now(),
        }
    }

    pub fn wall(&self) -> Duration {
        self.wall.elapsed()
    }

    /// User and system time, of all threads.
    pub fn cpu(&self) -> Duration {
        self.cpu.elapsed()
    }
}

/// The most memory that this process ever had, in KiB; 0 where that is not told.
pub fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
