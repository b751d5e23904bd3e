//! The progress of a sync on standard error: a bar at a terminal, or a line every few seconds for a log.

use std::{
    fmt::Display,
    io::{self, IsTerminal},
    time::Duration,
};

use copper_crm::sync::{SyncPhase, SyncProgress, SyncSnapshot, SyncSummary};
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use tokio::time::Instant;

use crate::display::say;

const BETWEEN_LINES: Duration = Duration::from_secs(5);
const BAR_TICK: Duration = Duration::from_millis(250);
const BAR: &str = "{bar:20} {msg}";

pub struct Progress {
    run: SyncProgress,
    /// The plural noun for the records.
    many: &'static str,
    bar: Option<ProgressBar>,
    last: Instant,
    /// The time at which sending began, and the number of outcomes at that time. The rate leaves these out, because
    /// they needed no request.
    sending: Option<(Duration, u64)>,
}

impl Progress {
    pub fn of(run: SyncProgress, many: &'static str) -> Self {
        let bar = io::stderr().is_terminal().then(|| ProgressBar::new(0));
        if let (Some(bar), Ok(style)) = (&bar, ProgressStyle::with_template(BAR)) {
            bar.set_style(style);
        }
        Self {
            run,
            many,
            bar,
            last: Instant::now(),
            sending: None,
        }
    }

    /// Waits until the progress is to be shown again, even if no outcome comes.
    pub async fn due(&self) {
        let after = match self.bar {
            Some(_) => BAR_TICK,
            None => BETWEEN_LINES,
        };
        tokio::time::sleep_until(self.last + after).await;
    }

    /// Moves the bar, or prints a line to the log.
    pub fn tell(&mut self) {
        self.last = Instant::now();
        let now = self.run.now();
        if now.phase == SyncPhase::Sending && self.sending.is_none() {
            self.sending = Some((now.elapsed, now.settled.total()));
        }
        let told = told(&now, self.sending, self.many);
        let Some(bar) = &self.bar else {
            return say(told);
        };
        let (at, all) = match now.phase {
            SyncPhase::ReadingCopper => (now.reads, now.reads_expected.unwrap_or_default()),
            _ => (now.settled.total(), now.records),
        };
        bar.set_length(all.max(1));
        bar.set_position(at);
        bar.set_message(told);
    }

    /// Prints a line above the bar.
    pub fn say(&self, line: impl Display) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say(line)),
            None => say(line),
        }
    }

    pub fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The state of a sync in words: the part that is being read, or the counts, the rate and the time left.
fn told(now: &SyncSnapshot, sending: Option<(Duration, u64)>, many: &str) -> String {
    match now.phase {
        SyncPhase::ReadingInput => format!("{} rows read", now.records),
        SyncPhase::ReadingCopper => match now.reads_expected {
            Some(all) => format!("reading Copper, {} of {all} requests", now.reads),
            None => "reading Copper".to_owned(),
        },
        _ => {
            let settled = now.settled.total();
            let counts = counts(&now.settled);
            format!(
                "{settled} of {} {many}{counts}{}",
                now.records,
                pace(now, sending)
            )
        }
    }
}

/// The counts by outcome, without zeros.
fn counts(settled: &SyncSummary) -> String {
    let counts = [
        (settled.created, "created"),
        (settled.updated, "updated"),
        (settled.unchanged, "unchanged"),
        (settled.rejected, "rejected"),
        (settled.not_sent, "not sent"),
        (settled.unknown, "unknown"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(n, word)| format!("{n} {word}")).collect();
    match counts.is_empty() {
        true => String::new(),
        false => format!(": {}", counts.join(", ")),
    }
}

fn pace(now: &SyncSnapshot, sending: Option<(Duration, u64)>) -> String {
    let Some((since, before)) = sending else {
        return String::new();
    };
    let seconds = now.elapsed.saturating_sub(since).as_secs_f64();
    let done = now.settled.total().saturating_sub(before);
    if done == 0 || seconds <= 0.0 {
        return String::new();
    }
    let rate = done as f64 / seconds;
    let left = now.records.saturating_sub(now.settled.total()) as f64 / rate;
    let left = HumanDuration(Duration::try_from_secs_f64(left).unwrap_or_default());
    format!("; {rate:.1} a second, {left} left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_outcomes_that_came_are_counted() {
        let mut settled = SyncSummary::default();
        assert_eq!(counts(&settled), "");
        settled.updated = 3;
        settled.not_sent = 1;
        assert_eq!(counts(&settled), ": 3 updated, 1 not sent");
    }
}
