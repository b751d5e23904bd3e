//! How far the import is, on standard error: a bar for a person at a terminal, and a line now and then
//! for a log.

use std::{
    fmt::Write,
    io::{self, IsTerminal},
    time::{Duration, Instant},
};

use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};

use super::say;

const BETWEEN_LINES: Duration = Duration::from_secs(5);
/// The time moves on even while no answer comes.
const BAR_TICK: Duration = Duration::from_millis(250);
const BAR: &str = "{bar:20} {pos} of {len} leads, {pace}";

pub enum Progress {
    Bar(ProgressBar),
    Lines {
        leads: u64,
        settled: u64,
        begun: Instant,
        last: Instant,
    },
}

impl Progress {
    pub fn of(leads: u64) -> Self {
        if io::stderr().is_terminal() {
            let bar = ProgressBar::new(leads);
            if let Ok(style) = ProgressStyle::with_template(BAR) {
                // The bar's own rate goes up and down with each request that is answered.
                let pace = |state: &ProgressState, text: &mut dyn Write| {
                    let leads = state.len().unwrap_or_default();
                    let _ = text.write_str(&pace(state.pos(), leads, state.elapsed()));
                };
                bar.set_style(style.with_key("pace", pace));
            }
            bar.enable_steady_tick(BAR_TICK);
            return Self::Bar(bar);
        }
        let now = Instant::now();
        Self::Lines {
            leads,
            settled: 0,
            begun: now,
            last: now,
        }
    }

    /// One more lead has its outcome.
    pub fn step(&mut self) {
        match self {
            Self::Bar(bar) => bar.inc(1),
            Self::Lines {
                leads,
                settled,
                begun,
                last,
            } => {
                *settled += 1;
                if last.elapsed() >= BETWEEN_LINES {
                    *last = Instant::now();
                    let pace = pace(*settled, *leads, begun.elapsed());
                    say(format_args!("{settled} of {leads} leads, {pace}"));
                }
            }
        }
    }

    pub fn end(self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

fn pace(settled: u64, leads: u64, elapsed: Duration) -> String {
    let rate = settled as f64 / elapsed.as_secs_f64().max(0.001);
    let left = leads.saturating_sub(settled) as f64 / rate;
    match Duration::try_from_secs_f64(left) {
        Ok(left) => format!("{rate:.1} a second, {} left", HumanDuration(left)),
        // None is settled yet.
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_the_rate_so_far_and_the_time_left_at_it() {
        let elapsed = Duration::from_secs(10);
        assert_eq!(pace(290, 3000, elapsed), "29.0 a second, 2 minutes left");
        assert_eq!(pace(0, 3000, elapsed), "");
    }
}
