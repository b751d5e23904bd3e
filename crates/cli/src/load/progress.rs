//! Progress on standard error: a bar for a person at a terminal, or a line every few seconds for a log.

use std::{
    fmt::{Display, Write},
    io::{self, IsTerminal},
    time::{Duration, Instant},
};

use copper_crm::bulk::{self, Snapshot};
use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};

use crate::display::say;

const BETWEEN_LINES: Duration = Duration::from_secs(5);
/// The time moves on even while no answer comes.
const BAR_TICK: Duration = Duration::from_millis(250);
const BAR: &str = "{bar:20} {pos} of {len} {msg}{pace}";

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

    /// Counts one more outcome.
    pub fn step(&mut self) {
        match &mut self.view {
            View::Bar(bar) => bar.inc(1),
            View::Lines { last } if last.elapsed() >= BETWEEN_LINES => {
                *last = Instant::now();
                let now = self.run.now();
                let (settled, pace) = (now.settled.total(), pace(&now));
                say(format_args!(
                    "{settled} of {} {}{pace}",
                    self.records, self.noun
                ));
            }
            View::Lines { .. } => {}
        }
    }

    /// Prints a line beside the bar.
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
        // The bar's own rate goes up and down with each request that is answered.
        let text = move |_: &ProgressState, text: &mut dyn Write| {
            let _ = text.write_str(&pace(&run.now()));
        };
        bar.set_style(style.with_key("pace", text));
    }
    bar.enable_steady_tick(BAR_TICK);
    bar
}

/// How fast it is, and how long it will take, to follow on other words; nothing while nothing gets on.
fn pace(now: &Snapshot) -> String {
    match now.time_left.filter(|_| now.per_second > 0.0) {
        Some(left) => {
            let (rate, left) = (now.per_second, HumanDuration(left));
            format!(", {rate:.1} a second, {left} left")
        }
        None => String::new(),
    }
}
