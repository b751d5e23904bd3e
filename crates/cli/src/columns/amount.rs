//! Amounts of money: with separators and currency signs, if the column leaves no doubt about them.

/// The signs and codes that may stand before or after an amount.
const CURRENCIES: [&str; 12] = [
    "US$", "$", "€", "£", "¥", "CHF", "EUR", "USD", "GBP", "JPY", "CAD", "AUD",
];

/// The separators in a column's amounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Separators {
    /// True if some amount can only have a decimal comma.
    comma: bool,
    /// True if some amount can only have a decimal point.
    point: bool,
}

impl Separators {
    /// Adds one cell.
    pub fn add(&mut self, text: &str) {
        let digits = bare(text);
        self.comma |= decimal(&digits, ',') == Some(true) || decimal(&digits, '.') == Some(false);
        self.point |= decimal(&digits, '.') == Some(true) || decimal(&digits, ',') == Some(false);
    }
}

/// Returns true for a separator of decimals and false for one of thousands, if that is certain.
fn decimal(digits: &str, separator: char) -> Option<bool> {
    let other = if separator == ',' { '.' } else { ',' };
    let last = digits.rfind(separator)?;
    if let Some(other) = digits.rfind(other) {
        return Some(last > other);
    }
    match digits.matches(separator).count() {
        1 if digits.len() - last - 1 == 3 => None,
        1 => Some(true),
        _ => Some(false),
    }
}

fn bare(text: &str) -> String {
    let mut text = text.trim();
    for currency in CURRENCIES {
        text = text.strip_prefix(currency).unwrap_or(text);
        text = text.strip_suffix(currency).unwrap_or(text);
        text = text.trim();
    }
    text.replace([' ', '\u{a0}', '\u{202f}', '\'', '’'], "")
}

/// Parses an amount to the form of JSON: digits, with a point before the decimals.
pub fn parse(text: &str, separators: Separators) -> Result<String, &'static str> {
    const NO_AMOUNT: &str = "is no amount, such as 1000.50";
    const DOUBT: &str =
        "may have thousands or decimals after its separator: write it as 1000 or 1000.5";
    let digits = bare(text);
    let is_wrapped = digits != text.trim();
    let sign = if digits.starts_with('-') { "-" } else { "" };
    let digits = digits.trim_start_matches('-');
    let comma = match (separators.comma, separators.point) {
        (true, false) => true,
        (false, true) => false,
        _ if !digits.contains([',', '.']) => false,
        // A plain number, as a program writes it.
        (false, false) if !is_wrapped && !digits.contains(',') => false,
        _ => return Err(DOUBT),
    };
    let (thousands, point) = if comma { ('.', ',') } else { (',', '.') };
    let (whole, decimals) = match digits.rsplit_once(point) {
        Some((whole, decimals)) => (whole, Some(decimals)),
        None => (digits, None),
    };
    let groups: Vec<&str> = whole.split(thousands).collect();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let are_groups = groups.iter().skip(1).all(|group| group.len() == 3)
        && groups.iter().all(|group| is_number(group))
        && (groups.len() == 1 || groups.first().is_some_and(|first| first.len() <= 3));
    if !are_groups || !decimals.is_none_or(is_number) {
        return Err(NO_AMOUNT);
    }
    let whole = groups.concat();
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Ok(match decimals {
        Some(decimals) => format!("{sign}{whole}.{decimals}"),
        None => format!("{sign}{whole}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(cells: &[&str]) -> Vec<Option<String>> {
        let mut separators = Separators::default();
        cells.iter().for_each(|cell| separators.add(cell));
        let parsed = cells.iter().map(|cell| parse(cell, separators).ok());
        parsed.collect()
    }

    #[test]
    fn a_column_says_which_separator_is_which() {
        let some = |text: &str| Some(text.to_owned());
        for (cells, amounts) in [
            (&["$1,200.00", "€ 5"][..], &[some("1200.00"), some("5")][..]),
            (&["1.200,50 €", "1.200"], &[some("1200.50"), some("1200")]),
            (&["1,200", "7"], &[None, some("7")]),
            (&["1,200", "1,200,000"], &[some("1200"), some("1200000")]),
            (&["1000.50", "1.200"], &[some("1000.50"), some("1.200")]),
            (&["1.200"], &[some("1.200")]),
            (&["€1.200"], &[None]),
            (&["1'200.50", "12 000"], &[some("1200.50"), some("12000")]),
            (&["12,5", "12.5"], &[None, None]),
            (
                &["-3", "007", "1e5", "soon"],
                &[some("-3"), some("7"), None, None],
            ),
        ] {
            assert_eq!(column(cells), amounts, "{cells:?}");
        }
    }
}
