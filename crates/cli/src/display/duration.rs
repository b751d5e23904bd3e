//! Durations: displayed in words, rounded up to the second; and parsed from `90`, `90s`, `10m` or `1h`.

use std::time::Duration;

/// A duration in words, such as `1 h 30 s`.
pub fn words(duration: Duration) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    let parts = [
        (seconds / 3600, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let words: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    match words.is_empty() {
        true => "0 s".to_owned(),
        false => words.join(" "),
    }
}

/// Parses a duration from the command line. None for zero, and for anything that is not a duration.
pub fn parse(text: &str) -> Option<Duration> {
    let unit = [("s", 1), ("m", 60), ("h", 3600)]
        .into_iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)));
    let (count, seconds) = unit.unwrap_or((text, 1));
    let count = count.parse::<u32>().ok().filter(|count| *count > 0)?;
    Some(Duration::from_secs(u64::from(count) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_parsed_from_seconds_minutes_or_hours() {
        for (text, seconds) in [("600", 600), ("90s", 90), ("10m", 600), ("2h", 7200)] {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "s",
            "0",
            "0m",
            "-1",
            "1.5m",
            "10 min",
            "1d",
            "4294967296",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn units_that_are_zero_are_left_out() {
        for (millis, told) in [
            (0, "0 s"),
            (1, "1 s"),
            (60_000, "1 min"),
            (3_601_000, "1 h 1 s"),
            (360_059_001, "100 h 1 min"),
        ] {
            assert_eq!(words(Duration::from_millis(millis)), told);
        }
    }
}
