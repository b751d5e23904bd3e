//! The texts that cells of an `.xls` share, by their lengths. Each begins with the number of its characters, and may go on
//! in the next record (XLUnicodeRichExtendedString in [MS-XLS]).
//!
//! [MS-XLS]: https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-xls/

use std::{iter, vec};

/// The size of the counts before the texts.
pub const HEADER: usize = 8;

/// The records with the texts, without the header of the first.
pub struct SharedTexts<'s> {
    records: vec::IntoIter<&'s [u8]>,
    /// The rest of this record.
    rest: &'s [u8],
}

impl<'s> SharedTexts<'s> {
    const WIDE: u8 = 0x01;
    const EXTENDED: u8 = 0x04;
    const FORMATTED: u8 = 0x08;

    pub fn new(records: Vec<&'s [u8]>) -> Self {
        let rest = &[];
        let records = records.into_iter();
        Self { records, rest }
    }

    /// The number of characters of each text, up to the first one that can't be read.
    pub fn lengths(mut self) -> Vec<u64> {
        iter::from_fn(|| self.next()).collect()
    }

    fn next(&mut self) -> Option<u64> {
        if self.rest.is_empty() {
            self.rest = self.records.next()?;
        }
        let length = u64::from(u16::from_le_bytes(self.take()?));
        let [flags] = self.take()?;
        let has = |flag| flags & flag != 0;
        let formats = if has(Self::FORMATTED) {
            u64::from(u16::from_le_bytes(self.take()?)) * 4
        } else {
            0
        };
        let extension = if has(Self::EXTENDED) {
            u64::from(u32::from_le_bytes(self.take()?))
        } else {
            0
        };
        let (mut is_wide, mut left) = (has(Self::WIDE), length);
        while left > 0 {
            if self.rest.is_empty() {
                self.rest = self.records.next()?;
                let [flags] = self.take()?;
                is_wide = flags & Self::WIDE != 0;
            }
            let size = if is_wide { 2 } else { 1 };
            let here = left.min(self.rest.len() as u64 / size);
            if here == 0 {
                return None;
            }
            self.skip(here * size)?;
            left -= here;
        }
        self.skip(formats + extension)?;
        Some(length)
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    fn skip(&mut self, mut bytes: u64) -> Option<()> {
        loop {
            let here = bytes.min(self.rest.len() as u64);
            self.rest = self.rest.get(here as usize..)?;
            bytes -= here;
            if bytes == 0 {
                return Some(());
            }
            self.rest = self.records.next()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(records: &[&[u8]]) -> Vec<u64> {
        SharedTexts::new(records.to_vec()).lengths()
    }

    #[test]
    fn a_text_may_have_formats_and_go_on_in_the_next_record_with_wider_characters() {
        let usual = [2, 0, 0, b'a', b'b', 1, 0, 1, b'c', 0];
        assert_eq!(lengths(&[&usual]), [2, 1]);
        let begun = [3, 0, 0x0C, 1, 0, 2, 0, 0, 0, b'x'];
        let rest = [1, b'y', 0, b'z', 0, 0, 0, 0, 0, 0, 0, 4, 0, 0];
        assert_eq!(
            lengths(&[&begun, &rest, &[0, b'a', b'b', b'c', b'd']]),
            [3, 4]
        );
        assert_eq!(lengths(&[&[0, 0, 0], &[1, 0, 0, b'a']]), [0, 1]);
    }

    #[test]
    fn texts_are_counted_up_to_the_first_that_cannot_be_read() {
        assert_eq!(lengths(&[]), [0; 0]);
        for cut in [
            &[9, 0, 0, b'a'][..],
            &[1, 0, 1, b'a'],
            &[1, 0],
            &[0, 0, 8, 1, 0],
        ] {
            assert_eq!(lengths(&[&[0, 0, 0], cut]), [0], "{cut:?}");
        }
    }
}
