//! Dates: ISO, or day, month and year in an order that the column or the user gives.

use super::settings::DateOrder;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    pub year: u32,
    pub month: u32,
    pub day: u32,
}

/// The orders in which all dates of a column are valid days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Orders {
    dmy: bool,
    mdy: bool,
}

impl Default for Orders {
    fn default() -> Self {
        Self {
            dmy: true,
            mdy: true,
        }
    }
}

impl Orders {
    /// Adds one cell. Cells that are not dates do not matter.
    pub fn add(&mut self, text: &str) {
        let dmy = parse_in(text, DateOrder::Dmy).is_some();
        let mdy = parse_in(text, DateOrder::Mdy).is_some();
        if dmy != mdy {
            self.dmy &= dmy;
            self.mdy &= mdy;
        }
    }

    /// The one order that fits all cells, if there is only one.
    pub fn only(self) -> Option<DateOrder> {
        match (self.dmy, self.mdy) {
            (true, false) => Some(DateOrder::Dmy),
            (false, true) => Some(DateOrder::Mdy),
            _ => None,
        }
    }
}

/// Parses a date. A date that begins with the year needs no order, nor does one whose day and month are
/// equal.
pub fn parse(text: &str, order: Option<DateOrder>) -> Result<Day, &'static str> {
    if let Some(day) = parse_in(text, DateOrder::Ymd) {
        return Ok(day);
    }
    if let Some(order) = order {
        return parse_in(text, order)
            .ok_or("is no date, such as 2026-12-31, in the order of the others");
    }
    let (dmy, mdy) = (
        parse_in(text, DateOrder::Dmy),
        parse_in(text, DateOrder::Mdy),
    );
    match (dmy, mdy) {
        (Some(dmy), Some(mdy)) if dmy == mdy => Ok(dmy),
        (Some(_), Some(_)) => {
            Err("may be day/month or month/day: say which by --date-order dmy or --date-order mdy")
        }
        (Some(day), None) | (None, Some(day)) => Ok(day),
        (None, None) => Err("is no date, such as 2026-12-31"),
    }
}

fn parse_in(text: &str, order: DateOrder) -> Option<Day> {
    let text = text.trim();
    // A time of day after the date is not a part of it.
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    if time.is_some_and(|time| !time.trim_start().starts_with(|c: char| c.is_ascii_digit())) {
        return None;
    }
    let separator = date.chars().find(|c| !c.is_ascii_digit())?;
    if !['-', '/', '.'].contains(&separator) {
        return None;
    }
    let parts: Vec<&str> = date.split(separator).collect();
    let [a, b, c] = parts[..] else { return None };
    let number = |text: &str, digits: &[usize]| {
        let fits = digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| text.parse::<u32>().ok()).flatten()
    };
    let (year, month, day) = match order {
        DateOrder::Ymd => (a, b, c),
        DateOrder::Dmy => (c, b, a),
        DateOrder::Mdy => (c, a, b),
    };
    let day = Day {
        year: number(year, &[4])?,
        month: number(month, &[1, 2])?,
        day: number(day, &[1, 2])?,
    };
    day.is_one().then_some(day)
}

impl Day {
    fn is_one(self) -> bool {
        let is_leap = self.year.is_multiple_of(4)
            && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if is_leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return false,
        };
        (1..=days).contains(&self.day) && self.year > 0
    }

    /// Such as `2026-12-31`.
    pub fn iso(self) -> String {
        let Self { year, month, day } = self;
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// Such as `12/31/2026`, as Copper expects the close date of an opportunity.
    pub fn american(self) -> String {
        let Self { year, month, day } = self;
        format!("{month}/{day}/{year}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(text: &str, order: Option<DateOrder>) -> Option<String> {
        parse(text, order).ok().map(Day::iso)
    }

    #[test]
    fn a_date_is_read_where_it_leaves_no_doubt() {
        for (text, day) in [
            ("2026-12-31", Some("2026-12-31")),
            ("2026-12-31T10:00:00Z", Some("2026-12-31")),
            ("2026/2/3", Some("2026-02-03")),
            ("31/12/2026", Some("2026-12-31")),
            ("12/31/2026", Some("2026-12-31")),
            ("31.12.2026 10:00", Some("2026-12-31")),
            ("5/5/2026", Some("2026-05-05")),
            ("2/3/2026", None),
            ("29/2/2026", None),
            ("29/2/2028", Some("2028-02-29")),
            ("31/12/26", None),
            ("soon", None),
            ("2026-13-01", None),
            ("20261231", None),
        ] {
            assert_eq!(iso(text, None).as_deref(), day, "{text}");
        }
    }

    #[test]
    fn the_order_comes_from_the_user_or_from_the_other_cells() {
        assert_eq!(
            iso("2/3/2026", Some(DateOrder::Dmy)).as_deref(),
            Some("2026-03-02")
        );
        assert_eq!(
            iso("2/3/2026", Some(DateOrder::Mdy)).as_deref(),
            Some("2026-02-03")
        );
        assert_eq!(iso("31/12/2026", Some(DateOrder::Mdy)), None);
        let mut orders = Orders::default();
        for text in ["2/3/2026", "", "x", "5/5/2026"] {
            orders.add(text);
        }
        assert_eq!(orders.only(), None);
        orders.add("31/3/2026");
        assert_eq!(orders.only(), Some(DateOrder::Dmy));
        orders.add("3/31/2026");
        assert_eq!(orders.only(), None, "they contradict each other");
    }
}
