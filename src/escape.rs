//! Escapes text from outside, so that it can't control a terminal or forge a line of a log.

use std::borrow::Cow;

/// The text with each character escaped that controls a terminal or breaks a line: control characters (C0,
/// DEL and C1), line and paragraph separators, and marks that change the direction of writing.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if acts(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{2028}' | '\u{2029}'
            | '\u{061C}' | '\u{200E}' | '\u{200F}'
            | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_acts_on_a_terminal_or_a_log_is_escaped() {
        for (text, shown) in [
            ("\x1b[2K\r1 done", r"\u{1b}[2K\r1 done"),
            ("a\nINFO forged", r"a\nINFO forged"),
            ("\u{7f}\u{9b}31m", r"\u{7f}\u{9b}31m"),
            ("a\u{2028}b\u{2029}c", r"a\u{2028}b\u{2029}c"),
            ("\u{202e}drowssap\u{2066}", r"\u{202e}drowssap\u{2066}"),
            ("\u{200f}\u{61c}", r"\u{200f}\u{61c}"),
        ] {
            assert_eq!(escaped(text), shown);
        }
    }

    #[test]
    fn all_other_text_is_shown_as_it_is() {
        for text in ["Zoë Kraft, 東京 👩‍👩‍👧", r"a\nb", "it's \"quoted\"", ""] {
            assert!(matches!(escaped(text), Cow::Borrowed(shown) if shown == text));
        }
    }
}
