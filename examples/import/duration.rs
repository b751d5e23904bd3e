//! A length of time in words: no less than it is, and to the second.

use std::time::Duration;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_zero_is_not_told() {
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
