//! A fingerprint: 128 bits that identify records. A journal's salt has the same form.

use std::{fmt, io};

use ring::rand::{SecureRandom, SystemRandom};

/// 128 bits, in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(pub(crate) [u8; 16]);

impl Fingerprint {
    pub(crate) fn random() -> io::Result<Self> {
        let mut bits = [0; 16];
        SystemRandom::new()
            .fill(&mut bits)
            .map_err(|_| io::Error::other("the system gives no random numbers"))?;
        Ok(Self(bits))
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        let digits =
            text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let bits = u128::from_str_radix(text, 16).ok().filter(|_| digits)?;
        Some(Self(bits.to_be_bytes()))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}
