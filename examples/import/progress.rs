//! How far the import is, on standard error: a bar for a person at a terminal, and a line now and then
//! for a log.

use std::{
    fmt::{Display, Write},
    io::{self, IsTerminal},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::{pace::Pace, say};

const BETWEEN_LINES: Duration = Duration::from_secs(5);
/// The time moves on even while no answer comes.
const BAR_TICK: Duration = Duration::from_millis(250);
const BAR: &str = "{bar:20} {pos} of {len} {msg}{pace}";

pub struct Progress {
    pace: Arc<Mutex<Pace>>,
    view: View,
    noun: &'static str,
}

enum View {
    Bar(ProgressBar),
    Lines { last: Instant },
}

impl Progress {
    pub fn of(records: u64, noun: &'static str) -> Self {
        let pace = Arc::new(Mutex::new(Pace::of(records)));
        let view = match io::stderr().is_terminal() {
            true => View::Bar(bar(records, noun, Arc::clone(&pace))),
            false => View::Lines {
                last: Instant::now(),
            },
        };
        Self { pace, view, noun }
    }

    /// One more record has its outcome.
    pub fn step(&mut self, from_journal: bool) {
        lock(&self.pace).step(from_journal);
        match &mut self.view {
            View::Bar(bar) => bar.inc(1),
            View::Lines { last } if last.elapsed() >= BETWEEN_LINES => {
                *last = Instant::now();
                let pace = lock(&self.pace);
                let Pace {
                    settled, records, ..
                } = *pace;
                say(format_args!(
                    "{settled} of {records} {}{}",
                    self.noun,
                    pace.text()
                ));
            }
            View::Lines { .. } => {}
        }
    }

    /// Tells something meanwhile.
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

fn bar(records: u64, noun: &'static str, pace: Arc<Mutex<Pace>>) -> ProgressBar {
    let bar = ProgressBar::new(records).with_message(noun);
    if let Ok(style) = ProgressStyle::with_template(BAR) {
        // The bar's own rate goes up and down with each request that is answered.
        let text = move |_: &ProgressState, text: &mut dyn Write| {
            let _ = text.write_str(&lock(&pace).text());
        };
        bar.set_style(style.with_key("pace", text));
    }
    bar.enable_steady_tick(BAR_TICK);
    bar
}

fn lock(pace: &Mutex<Pace>) -> MutexGuard<'_, Pace> {
    pace.lock().unwrap_or_else(PoisonError::into_inner)
}
