//! The text of a cell of a workbook, as a person would type it: a date as 2026-12-31, and a number without an exponent.

use calamine::{Data, ExcelDateTime};

/// The number in a cell.
pub fn number_in(cell: &Data) -> Option<f64> {
    match cell {
        Data::Int(number) => Some(*number as f64),
        Data::Float(number) => Some(*number),
        _ => None,
    }
}

/// Returns true for a whole number of more digits than a workbook keeps.
pub fn is_inexact(cell: &Data) -> bool {
    number_in(cell).is_some_and(|number| number.fract() == 0.0 && number.abs() >= 1e15)
}

/// A cell as a person would type it.
pub fn text_of(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) => text.clone(),
        Data::DateTimeIso(text) => iso_date(text).unwrap_or_else(|| text.clone()),
        Data::DurationIso(text) => time(text).unwrap_or_else(|| text.clone()),
        Data::Bool(true) => "true".to_owned(),
        Data::Bool(false) => "false".to_owned(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => decimal(*number),
        Data::DateTime(time) => date(time),
        Data::Error(error) => error.to_string(),
    }
}

/// The whole numbers up to this one are stored exactly.
const EXACT: f64 = (1_u64 << 53) as f64;

/// A number without an exponent: a whole one with all its digits if it is stored exactly, and all others with the fifteen
/// digits that a workbook keeps.
fn decimal(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < EXACT {
        return (number as i64).to_string();
    }
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    match rounded {
        0.0 => "0".to_owned(),
        rounded => rounded.to_string(),
    }
}

/// A date such as `2026-12-31T18:00:00`, which is how an `.ods` stores it, in the form of the other workbooks.
fn iso_date(iso: &str) -> Option<String> {
    let (date, time) = iso.split_once('T')?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut parts = time.split(':').map(|part| part.parse().ok());
    let mut part = || parts.next()?;
    let (hour, minute, second) = (part()?, part()?, part()?);
    let is_time = parts.next().is_none() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    is_time.then(|| match (hour, minute, second) {
        (0, 0, 0) => date.to_owned(),
        _ => format!("{date}T{}", clock(hour, minute, second)),
    })
}

/// A time such as `PT18H30M00S`, which is how an `.ods` stores it.
fn time(iso: &str) -> Option<String> {
    let (hours, rest) = iso.strip_prefix("PT")?.split_once('H')?;
    let (minutes, rest) = rest.split_once('M')?;
    let seconds = rest.strip_suffix('S')?;
    let seconds = seconds.split(['.', ',']).next()?;
    Some(clock(
        hours.parse().ok()?,
        minutes.parse().ok()?,
        seconds.parse().ok()?,
    ))
}

/// A time of the day, or a duration.
fn clock(hour: u32, minute: u32, second: u32) -> String {
    match second {
        0 => format!("{hour:02}:{minute:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}"),
    }
}

/// A date, a time, or both.
fn date(time: &ExcelDateTime) -> String {
    if time.is_duration() {
        let seconds = (time.as_f64() * 86_400.0).round();
        return match (0.0..f64::from(u32::MAX)).contains(&seconds) {
            true => {
                let seconds = seconds as u32;
                clock(seconds / 3600, seconds / 60 % 60, seconds % 60)
            }
            false => decimal(time.as_f64()),
        };
    }
    let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
    let clock = clock(hour.into(), minute.into(), second.into());
    match time.as_f64() {
        value if (0.0..1.0).contains(&value) => clock,
        _ if (hour, minute, second) == (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02}T{clock}"),
    }
}

#[cfg(test)]
mod tests {
    use calamine::{CellErrorType, ExcelDateTimeType};

    use super::*;

    #[test]
    fn a_cell_is_the_text_that_a_person_would_type() {
        let time = |value| {
            Data::DateTime(ExcelDateTime::new(
                value,
                ExcelDateTimeType::DateTime,
                false,
            ))
        };
        for (cell, text) in [
            (Data::Float(491_765_000_000.0), "491765000000"),
            (Data::Float(4.917_65e15), "4917650000000000"),
            (Data::Int(1970), "1970"),
            (Data::Float(1.5), "1.5"),
            (Data::Float(-7.0), "-7"),
            (Data::Float(4_917_612_345_678_901.0), "4917612345678901"),
            (
                Data::Float(4.917_612_345_678_901_2e20),
                "491761234567890000000",
            ),
            (Data::DurationIso("PT18H30M00S".to_owned()), "18:30"),
            (Data::DurationIso("PT30H00M05.5S".to_owned()), "30:00:05"),
            (Data::DurationIso("P1D".to_owned()), "P1D"),
            (Data::Float(0.1 + 0.2), "0.3"),
            (Data::Float(-0.0), "0"),
            (Data::Float(1200.5), "1200.5"),
            (Data::String("01970".to_owned()), "01970"),
            (Data::String("+44 20".to_owned()), "+44 20"),
            (Data::Bool(true), "true"),
            (Data::Error(CellErrorType::NA), "#N/A"),
            (time(46_387.0), "2026-12-31"),
            (time(46_387.75), "2026-12-31T18:00"),
            (time(0.5), "12:00"),
            (Data::DateTimeIso("2026-12-31".to_owned()), "2026-12-31"),
            (Data::Empty, ""),
        ] {
            assert_eq!(text_of(&cell), text, "{cell:?}");
        }
    }

    #[test]
    fn a_date_has_the_same_form_whatever_the_workbook() {
        for (iso, text) in [
            ("2026-12-31T00:00:00", "2026-12-31"),
            ("2026-12-31T18:00:00", "2026-12-31T18:00"),
            ("2026-12-31T18:00:05.250", "2026-12-31T18:00:05"),
            ("2026-12-31", "2026-12-31"),
            ("2026-12-31T18:00:00Z", "2026-12-31T18:00:00Z"),
            ("2026-12-31T18:00", "2026-12-31T18:00"),
        ] {
            assert_eq!(text_of(&Data::DateTimeIso(iso.to_owned())), text);
        }
    }

    #[test]
    fn a_duration_is_in_hours() {
        let kind = ExcelDateTimeType::TimeDelta;
        let of = |days| text_of(&Data::DateTime(ExcelDateTime::new(days, kind, false)));
        assert_eq!(
            (of(1.25), of(0.5)),
            ("30:00".to_owned(), "12:00".to_owned())
        );
        assert_eq!(of(-1.0), "-1");
    }
}
