//! Progress on standard error: a bar for a person at a terminal, or a line every few seconds for a log.

use std::{
    fmt::{Display, Write},
    io::{self, IsTerminal},
    path::Path,
    time::Duration,
};

use copper_crm::bulk::{self, Snapshot};
use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};
use tokio::time::Instant;

use crate::{
    display::{escape, say},
    records::input::Watch,
};

const BETWEEN_LINES: Duration = Duration::from_secs(5);
/// The time is updated even while no answer comes.
const BAR_TICK: Duration = Duration::from_millis(250);
const BAR: &str = "{bar:20} {pos} of {len} {msg}{pace}";
const CHECKING_BAR: &str = "{bar:20} {msg}, {percent} %";

pub struct Progress {
    run: bulk::Progress,
    view: View,
    records: u64,
    noun: &'static str,
}

enum View {
    Bar(ProgressBar),
    Lines { last: Instant },
}

impl Progress {
    pub fn of(run: bulk::Progress, records: u64, noun: &'static str) -> Self {
        let view = match io::stderr().is_terminal() {
            true => View::Bar(bar(run.clone(), records, noun)),
            false => View::Lines {
                last: Instant::now(),
            },
        };
        Self {
            run,
            view,
            records,
            noun,
        }
    }

    /// Counts one outcome.
    pub fn step(&mut self) {
        match &mut self.view {
            View::Bar(bar) => bar.inc(1),
            View::Lines { .. } => {}
        }
    }

    /// Waits until a line is due, even while no outcome comes. A bar moves by itself.
    pub async fn due(&self) {
        match &self.view {
            View::Bar(_) => std::future::pending().await,
            View::Lines { last } => tokio::time::sleep_until(*last + BETWEEN_LINES).await,
        }
    }

    /// Prints a line for a log.
    pub fn tell(&mut self) {
        let View::Lines { last } = &mut self.view else {
            return;
        };
        *last = Instant::now();
        let now = self.run.now();
        let settled = now.settled.total();
        say(format_args!(
            "{settled} of {} {}{}",
            self.records,
            self.noun,
            pace(&now)
        ));
    }

    /// Prints a line next to the bar.
    pub fn say(&self, line: impl Display) {
        match &self.view {
            View::Bar(bar) => bar.suspend(|| say(line)),
            View::Lines { .. } => say(line),
        }
    }

    pub fn end(self) {
        if let View::Bar(bar) = self.view {
            bar.finish_and_clear();
        }
    }
}

fn bar(run: bulk::Progress, records: u64, noun: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(records).with_message(noun);
    if let Ok(style) = ProgressStyle::with_template(BAR) {
        // The bar's own rate changes with each answered request.
        let text = move |_: &ProgressState, text: &mut dyn Write| {
            let _ = text.write_str(&pace(&run.now()));
        };
        bar.set_style(style.with_key("pace", text));
    }
    bar.enable_steady_tick(BAR_TICK);
    bar
}

/// The counts by outcome, the rate and the time left, to follow other words. Zero counts are left out, and so
/// are the rate and the time left while the rate is zero.
fn pace(now: &Snapshot) -> String {
    let settled = &now.settled;
    let counts = [
        (settled.done, "done"),
        (settled.rejected, "rejected"),
        (settled.not_sent, "not sent"),
        (settled.unknown, "unknown"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(n, outcome)| format!("{n} {outcome}"))
        .collect();
    let mut told = match counts.is_empty() {
        true => String::new(),
        false => format!(": {}", counts.join(", ")),
    };
    if let Some(left) = now.time_left.filter(|_| now.per_second > 0.0) {
        let (rate, left) = (now.per_second, HumanDuration(left));
        told += &format!("; {rate:.1} a second, {left} left");
    }
    told
}

/// Progress of the passes that read and check the file before anything is sent.
pub struct Checking {
    file: String,
    bar: Option<ProgressBar>,
    last: Instant,
}

impl Checking {
    pub fn of(file: &Path) -> Self {
        let bar = ProgressBar::new(0).with_message("");
        if let Ok(style) = ProgressStyle::with_template(CHECKING_BAR) {
            bar.set_style(style);
        }
        Self {
            file: escape::path(file).to_string(),
            bar: io::stderr().is_terminal().then_some(bar),
            last: Instant::now(),
        }
    }

    pub fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Watch for Checking {
    fn progress(&mut self, verb: &'static str, read: u64, size: u64) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{verb} {}", self.file));
            bar.set_length(size);
            bar.set_position(read);
        } else if self.last.elapsed() >= BETWEEN_LINES {
            self.last = Instant::now();
            let percent = (read * 100).checked_div(size).unwrap_or(100);
            say(format_args!("{verb} {}, {percent} %", self.file));
        }
    }

    fn note(&mut self, what: &str) {
        let note = format!("{}: {}.", self.file, escape::escaped(what));
        match &self.bar {
            Some(bar) => bar.suspend(|| say(note)),
            None => say(note),
        }
    }
}
