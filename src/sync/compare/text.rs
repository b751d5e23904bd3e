//! Texts that Copper would store as the same.

use std::borrow::Cow;

/// A text without what makes no difference: space around it, and the kind of its line ends.
pub(super) fn stored(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A name's words. Copper takes a name apart and puts it together again.
pub(super) fn words(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An e-mail address, whose case and spaces make no difference.
pub(crate) fn address(email: &str) -> String {
    email.trim().to_lowercase()
}

pub(super) fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}
