//! Normalizes texts that Copper would store as the same text.

use std::borrow::Cow;

/// A text without differences that Copper ignores: spaces around it, and the kind of its line ends.
pub(super) fn stored(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The words of a name. Copper splits a name and joins its parts again.
pub(super) fn words(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An e-mail address in lower case, without spaces around it.
pub(crate) fn address(email: &str) -> String {
    email.trim().to_lowercase()
}

pub(super) fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}
