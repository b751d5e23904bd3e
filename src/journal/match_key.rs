//! The match key of a record, as a number. It has so many bits that two records hardly ever share one by
//! chance, and the record can't be read from it.

use std::{fmt, num::NonZeroU64};

use ring::digest;

/// The kind of a match key. Keys of different kinds can't be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MatchKind {
    /// By the e-mail address.
    Email,
    /// By a tag that all have, and by their content.
    Tag,
    /// By the value of a custom field.
    Field,
    /// By a key that the caller makes.
    Key,
}

impl MatchKind {
    pub(crate) fn read(word: &str) -> Option<Self> {
        [Self::Email, Self::Tag, Self::Field, Self::Key]
            .into_iter()
            .find(|kind| kind.word() == word)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Tag => "tag",
            Self::Field => "field",
            Self::Key => "key",
        }
    }
}

impl fmt::Display for MatchKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The salted hash of the text by which a record is matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MatchKey(NonZeroU64);

impl MatchKey {
    pub(crate) fn of(salt: &[u8], parts: &[&str]) -> Self {
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(salt);
        for part in parts {
            hash.update(&(part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let bits = hash
            .finish()
            .as_ref()
            .iter()
            .take(8)
            .fold(0, |bits, byte| bits << 8 | u64::from(*byte));
        Self(NonZeroU64::new(bits).unwrap_or(NonZeroU64::MIN))
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        let digits =
            text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let bits = u64::from_str_radix(text, 16).ok().filter(|_| digits)?;
        NonZeroU64::new(bits).map(Self)
    }
}

impl fmt::Display for MatchKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_as_it_was_written_and_depends_on_all_parts() {
        let key = MatchKey::of(b"salt", &["tag", "import", "jim"]);
        assert_eq!(MatchKey::read(&key.to_string()), Some(key));
        for (salt, parts) in [
            (&b"other"[..], ["tag", "import", "jim"]),
            (b"salt", ["tag", "importj", "im"]),
            (b"salt", ["field", "import", "jim"]),
        ] {
            assert_ne!(MatchKey::of(salt, &parts), key);
        }
    }

    #[test]
    fn a_key_stays_the_same_so_that_earlier_journals_are_understood() {
        // The beginning of SHA-256 of the salt and of each part after its length.
        let key = MatchKey::of(b"salt", &["a", "b"]);
        assert_eq!(key.to_string(), "87b56ade7ef41381");
    }

    #[test]
    fn every_way_reads_back_as_it_was_written() {
        for kind in [
            MatchKind::Email,
            MatchKind::Tag,
            MatchKind::Field,
            MatchKind::Key,
        ] {
            assert_eq!(MatchKind::read(&kind.to_string()), Some(kind));
        }
        assert_eq!(MatchKind::read("name"), None);
    }
}
