//! Calendar dates as people write them, and as Copper keeps them: as a moment.
//!
//! Copper's own dates are a moment within the day, such as 08:00 UTC. A date is written as noon UTC, which is
//! on the same day in every time zone from UTC-12 to UTC+11.

use crate::types::Timestamp;

const DAY: i64 = 86_400;

/// Noon UTC of a date like `2026-11-26`.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let mut parts = text.trim().splitn(3, '-');
    let mut part = |digits: usize| -> Option<i64> {
        let part = parts.next()?;
        (part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse().ok())?
    };
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    let days = days_from_epoch(year, month, day)?;
    Some(Timestamp(days * DAY + DAY / 2))
}

/// The date of a moment in UTC, like `2026-11-26`. None if its year does not have four digits.
pub(crate) fn shown(time: Timestamp) -> Option<String> {
    let utc = time.utc();
    let (date, _) = utc.split_once(' ')?;
    (date.len() == 10).then(|| date.to_owned())
}

/// The day of a moment in UTC. Two moments of one day are the same date.
pub(crate) fn day(time: Timestamp) -> i64 {
    time.0.div_euclid(DAY)
}

fn days_from_epoch(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let last = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if !(1..=last).contains(&day) {
        return None;
    }
    // The year begins on 1 March here, so that the leap day is its last day.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    Some(era * 146_097 + of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_noon_of_its_day_and_reads_back() {
        for (text, seconds) in [
            ("1970-01-01", 43_200),
            ("1969-12-31", -43_200),
            ("2000-02-29", 951_825_600),
            ("2018-02-14", 1_518_609_600),
            ("2100-03-01", 4_107_585_600),
        ] {
            assert_eq!(parse(text), Some(Timestamp(seconds)), "{text}");
            assert_eq!(shown(Timestamp(seconds)).as_deref(), Some(text));
        }
        // The same day, according to Copper's documentation.
        assert_eq!(
            shown(Timestamp(1_518_595_200)).as_deref(),
            Some("2018-02-14")
        );
    }

    #[test]
    fn every_day_of_four_centuries_reads_back() {
        for days in -80_000..80_000 {
            let text = shown(Timestamp(days * DAY)).expect("a date");
            assert_eq!(parse(&text), Some(Timestamp(days * DAY + DAY / 2)));
        }
    }

    #[test]
    fn what_is_no_date_is_not_taken_for_one() {
        for text in [
            "2018-02-30",
            "2018-13-01",
            "2018-00-01",
            "2018-01-00",
            "1900-02-29",
            "18-02-14",
            "2018-2-14",
            "2018-02-14T08:00",
            "14.02.2018",
            "02/14/2018",
            "",
            "-018-02-14",
            "2018-02",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
