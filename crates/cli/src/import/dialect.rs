//! How a table is written. What is to be corrected is written likewise, so that it opens in the program
//! that the input came from.

/// What can stand between cells; of two that are as likely, the first.
pub const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// By this, followed by the separator, Excel is told of it in a line before all others.
const SEP: &str = "sep=";

pub struct Dialect {
    pub delimiter: u8,
    pub bom: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            delimiter: DELIMITERS[0],
            bom: false,
        }
    }
}

/// The separator of a text, and how much of the text comes before the column names.
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

/// The separator that the first line has most of, outside quotes: no column name has any.
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
