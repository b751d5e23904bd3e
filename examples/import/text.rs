//! A file as text.
//!
//! Only UTF-8 is taken: guessing another encoding would put wrong names into Copper. What a file
//! probably is instead, and how to turn it into UTF-8, is in the refusal.

use std::{fs, path::Path};

use super::lines::LineCounter;

const BOM: &[u8] = b"\xef\xbb\xbf";

#[derive(Debug, PartialEq, Eq)]
pub struct Text {
    pub text: String,
    /// Whether it began with a byte order mark, by which Excel knows UTF-8.
    pub bom: bool,
}

pub fn read(path: &Path) -> Result<Text, String> {
    let bytes = fs::read(path).map_err(|error| format!("can't be read: {error}"))?;
    decode(bytes)
}

pub fn decode(mut bytes: Vec<u8>) -> Result<Text, String> {
    if bytes.starts_with(b"PK\x03\x04") {
        return Err("is a spreadsheet or a zip file; save it as CSV (UTF-8) first".to_owned());
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || bytes.contains(&0) {
        return Err("is UTF-16, or no text at all; save it as UTF-8 \
            (in Excel: \"CSV UTF-8\"; or: iconv -f UTF-16 -t UTF-8 OLD > NEW)"
            .to_owned());
    }
    let bom = bytes.starts_with(BOM);
    if bom {
        bytes.drain(..BOM.len());
    }
    String::from_utf8(bytes)
        .map(|text| Text { text, bom })
        .map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let line = LineCounter::new(error.as_bytes()).line_of(at);
            format!(
                "is not UTF-8: line {line} has a character in another encoding, probably \
                Windows-1252 or Latin-1; save it as UTF-8 (in Excel: \"CSV UTF-8\"; or: \
                iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW)"
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        let text = decode(b"\xef\xbb\xbfname".to_vec());
        assert_eq!(
            text,
            Ok(Text {
                text: "name".to_owned(),
                bom: true
            })
        );
    }

    #[test]
    fn what_is_not_utf_8_is_refused_with_a_way_to_convert_it() {
        for (bytes, words) in [
            (&b"name\r\nRen\xe9e\r\n"[..], "line 2"),
            (b"name\nRen\xe9e\n", "iconv -f WINDOWS-1252"),
            (b"\xff\xfen\0a\0m\0e\0", "UTF-16"),
            (b"\0n\0a\0m\0e", "UTF-16"),
            (b"PK\x03\x04rest", "spreadsheet"),
        ] {
            let told = decode(bytes.to_vec()).err().unwrap_or_default();
            assert!(told.contains(words), "{told}");
        }
    }
}
