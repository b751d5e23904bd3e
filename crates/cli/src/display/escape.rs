//! Output escaping: text from outside can't control a terminal or forge a line of a log.
//!
//! A file's name, a column's name and a server's message can hold control characters. Shown as they are,
//! they could move the cursor, overwrite what was printed or look like a line of ours.

use std::{
    fmt::{self, Write},
    path::Path,
};

/// Text from outside, displayed on one line without control characters or bidirectional marks.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<T>(T);

/// Wraps a text for display. Control characters, line breaks and invisible marks are shown as `\u{…}`.
pub fn escaped<T: fmt::Display>(text: T) -> Escaped<T> {
    Escaped(text)
}

/// The name of a file, for display.
pub fn path(path: &Path) -> Escaped<std::path::Display<'_>> {
    match path == Path::new("-") {
        true => Escaped(Path::new("standard input").display()),
        false => Escaped(path.display()),
    }
}

impl<T: fmt::Display> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaper(f), "{}", self.0)
    }
}

/// A JSON text in which no character acts on a terminal: those in its strings are written as `\\u…`, which means
/// the same.
pub fn json(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match is_active(c) && c != '\n' {
            true => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                safe += &format!("\\u{unit:04x}");
            }),
            false => safe.push(c),
        }
    }
    safe
}

struct Escaper<'f, 'w>(&'f mut fmt::Formatter<'w>);

impl Write for Escaper<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| match is_active(c) {
            true => write!(self.0, "{}", c.escape_default()),
            false => self.0.write_char(c),
        })
    }
}

/// Returns true for characters that have an effect instead of being visible: C0, C1 and DEL, line and
/// paragraph separators, bidirectional marks, and other marks without a width.
pub fn is_active(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_means_the_same_when_nothing_of_it_acts() {
        let text = "a\u{9b}31m\u{202e}b\u{7f}\u{feff}Zoë";
        let json = serde_json::to_string(text).expect("JSON");
        let safe = super::json(&json);
        assert!(safe.is_ascii() || safe.contains("Zoë"), "{safe}");
        assert!(!safe.chars().any(is_active), "{safe}");
        assert_eq!(
            serde_json::from_str::<String>(&safe).ok().as_deref(),
            Some(text)
        );
    }

    #[test]
    fn what_would_act_on_a_terminal_is_shown_and_all_else_stays() {
        for (text, shown) in [
            ("Zoë 李雪 🦀 \"a\" \\b", "Zoë 李雪 🦀 \"a\" \\b"),
            ("\u{1b}[2J1 done", "\\u{1b}[2J1 done"),
            ("a\r\nb\tc", "a\\r\\nb\\tc"),
            ("\u{9b}31m\u{7f}", "\\u{9b}31m\\u{7f}"),
            (
                "a\u{202e}b\u{2066}c\u{200f}",
                "a\\u{202e}b\\u{2066}c\\u{200f}",
            ),
            ("a\u{2028}b\u{feff}", "a\\u{2028}b\\u{feff}"),
        ] {
            assert_eq!(escaped(text).to_string(), shown);
        }
    }
}
