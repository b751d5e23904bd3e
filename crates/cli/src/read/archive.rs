//! The parts of a workbook in a zip file, unpacked once to learn their size. `calamine` keeps some of them in memory,
//! and zip packs a gigabyte of equal bytes into one megabyte.

use std::io::{self, Cursor, Read};

use zip::{ZipArchive, result::ZipError};

use super::allotted::{Unfit, most_bytes};

impl From<ZipError> for Unfit {
    fn from(_: ZipError) -> Self {
        Self::Damaged
    }
}

/// Fails if the parts are far larger than their file. The sizes that a file declares may be wrong, so they are not used.
pub fn check(bytes: &[u8]) -> Result<(), Unfit> {
    check_size(bytes, most_bytes(bytes.len() as u64))
}

fn check_size(bytes: &[u8], most: u64) -> Result<(), Unfit> {
    let mut parts = ZipArchive::new(Cursor::new(bytes))?;
    let mut left = most;
    for number in 0..parts.len() {
        let Ok(part) = parts.by_index(number) else {
            // It is encrypted or packed in another way. If `calamine` needs it, it says so.
            continue;
        };
        // A part that is damaged may be one that is not read, such as a picture.
        let unpacked = io::copy(&mut part.take(left + 1), &mut io::sink()).unwrap_or_default();
        left = left.checked_sub(unpacked).ok_or(Unfit::Large(most))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    /// A file with a part of blanks for each of these lengths.
    fn file(lengths: &[usize]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (number, length) in lengths.iter().enumerate() {
            let (name, options) = (number.to_string(), SimpleFileOptions::default());
            zip.start_file(name, options).expect("in memory");
            zip.write_all(&vec![b' '; *length]).expect("in memory");
        }
        zip.finish().expect("in memory").into_inner()
    }

    #[test]
    fn parts_that_are_together_far_larger_than_their_file_are_refused() {
        let sizes = file(&[60_000, 40_000]);
        assert!(sizes.len() < 1_000);
        assert_eq!(check_size(&sizes, 100_000), Ok(()));
        assert_eq!(check_size(&sizes, 99_999), Err(Unfit::Large(99_999)));
        assert_eq!(check(&sizes), Ok(()));
        assert_eq!(check(b"PK\x03\x04"), Err(Unfit::Damaged));
    }
}
