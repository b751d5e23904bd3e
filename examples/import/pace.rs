//! How fast the import is, and how long it will take.

use std::time::{Duration, Instant};

use indicatif::HumanDuration;

pub struct Pace {
    pub records: u64,
    pub settled: u64,
    /// Those of them that took no time, as the journal had them.
    known: u64,
    begun: Instant,
}

impl Pace {
    pub fn of(records: u64) -> Self {
        Self {
            records,
            settled: 0,
            known: 0,
            begun: Instant::now(),
        }
    }

    /// One more record has its outcome.
    pub fn step(&mut self, from_journal: bool) {
        self.settled += 1;
        if from_journal {
            self.known += 1;
            if self.known == self.settled {
                self.begun = Instant::now();
            }
        }
    }

    /// In words, to follow on others.
    pub fn text(&self) -> String {
        self.after(self.begun.elapsed())
    }

    fn after(&self, elapsed: Duration) -> String {
        let sent = self.settled.saturating_sub(self.known);
        let rate = sent as f64 / elapsed.as_secs_f64().max(0.001);
        let left = self.records.saturating_sub(self.settled) as f64 / rate;
        match Duration::try_from_secs_f64(left) {
            Ok(left) => format!(", {rate:.1} a second, {} left", HumanDuration(left)),
            // None was sent and settled yet.
            Err(_) => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(known: u64, sent: u64) -> String {
        let mut pace = Pace::of(3000);
        for n in 0..known + sent {
            pace.step(n < known);
        }
        pace.after(Duration::from_secs(10))
    }

    #[test]
    fn it_is_the_rate_so_far_and_the_time_left_at_it() {
        assert_eq!(pace(0, 290), ", 29.0 a second, 2 minutes left");
        assert_eq!(pace(0, 0), "");
    }

    #[test]
    fn what_the_journal_had_count_for_neither() {
        assert_eq!(pace(2710, 145), ", 14.5 a second, 10 seconds left");
        assert_eq!(pace(2710, 0), "");
        assert_eq!(pace(3000, 0), "");
    }
}
