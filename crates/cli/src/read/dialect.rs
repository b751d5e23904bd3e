//! The dialect of a CSV: its separator and byte order mark. Rejects are written in the same dialect, so
//! that they open in the program that the input came from.

/// The separators; of two that are as likely, the first is taken.
pub const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Followed by the separator, this is a first line by which Excel knows it.
const SEP: &str = "sep=";

pub struct Dialect {
    pub delimiter: u8,
    pub bom: bool,
    /// The bytes before the column names: a line that names the separator.
    pub skipped: usize,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            delimiter: DELIMITERS[0],
            bom: false,
            skipped: 0,
        }
    }
}

/// The separator of a text, and the number of bytes before the column names.
pub fn delimiter(text: &str) -> Result<(u8, usize), String> {
    let first = text.split(['\r', '\n']).next().unwrap_or_default();
    let told = first.split_at_checked(SEP.len());
    match told.filter(|(word, _)| word.eq_ignore_ascii_case(SEP)) {
        None => Ok((most_frequent(text), 0)),
        Some((_, separator)) => match separator.as_bytes() {
            [separator] if DELIMITERS.contains(separator) => Ok((*separator, first.len())),
            _ => Err(format!(
                "{SEP} must be followed by a comma, a semicolon, a tab or a |, and nothing else"
            )),
        },
    }
}

/// The most frequent separator of the first line, outside quotes.
fn most_frequent(text: &str) -> u8 {
    let mut counts = DELIMITERS.map(|delimiter| (delimiter, 0));
    let mut quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            _ if quoted => {}
            _ => {
                for (delimiter, count) in &mut counts {
                    *count += u32::from(byte == *delimiter);
                }
            }
        }
    }
    let [first, others @ ..] = counts;
    let most = others.into_iter().fold(
        first,
        |most, other| if other.1 > most.1 { other } else { most },
    );
    most.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_is_the_one_that_the_column_names_have_most_of() {
        for (text, separator) in [
            ("", b','),
            ("name", b','),
            ("name,email;\na;b;c;d", b','),
            ("name;tags\r\na,b,c;d", b';'),
            ("\"name\"\t\"a;b;c\"", b'\t'),
            ("name|tags\na;b|c", b'|'),
        ] {
            assert_eq!(delimiter(text), Ok((separator, 0)), "{text}");
        }
    }

    #[test]
    fn a_first_line_can_name_the_separator() {
        for (text, separator) in [
            ("sep=;\r\nname,email;tags", b';'),
            ("SEP=,\nname;email", b','),
            ("sep=\t\rname", b'\t'),
            ("sep=|", b'|'),
        ] {
            assert_eq!(delimiter(text), Ok((separator, 5)), "{text}");
        }
        for text in ["sep=", "sep=\n", "sep=#\nname", "sep=;;\nname", "sep=é\n"] {
            assert!(delimiter(text).is_err(), "{text}");
        }
    }
}
