//! Decoding of a file to text: UTF-8, or UTF-16 with a byte order mark.
//!
//! To guess any other encoding could put wrong names into Copper. The refusal says what the file probably
//! is, and how to convert it.

use std::{fs, path::Path};

use super::line_counter::LineCounter;

const BOM: &[u8] = b"\xef\xbb\xbf";
const BOM_UTF_16_LE: &[u8] = b"\xff\xfe";
const BOM_UTF_16_BE: &[u8] = b"\xfe\xff";

const AS_UTF_8: &str = "save it as UTF-8 (in Excel: \"CSV UTF-8\"; or: iconv -f";

#[derive(Debug, PartialEq, Eq)]
pub struct Text {
    pub text: String,
    /// Whether it began with a byte order mark, by which Excel knows UTF-8.
    pub bom: bool,
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            bom: false,
        }
    }
}

pub fn read(path: &Path) -> Result<Text, String> {
    let bytes = fs::read(path).map_err(|error| format!("can't be read: {error}"))?;
    decode(bytes)
}

pub fn decode(mut bytes: Vec<u8>) -> Result<Text, String> {
    if bytes.starts_with(b"PK\x03\x04") {
        return Err("is a spreadsheet or a zip file; save it as CSV (UTF-8) first".to_owned());
    }
    let text = if let Some(units) = bytes.strip_prefix(BOM_UTF_16_LE) {
        let text = utf_16(units, u16::from_le_bytes)?;
        Text { text, bom: true }
    } else if let Some(units) = bytes.strip_prefix(BOM_UTF_16_BE) {
        let text = utf_16(units, u16::from_be_bytes)?;
        Text { text, bom: true }
    } else if bytes.iter().take(2).filter(|byte| **byte == 0).count() == 1 {
        return Err(format!(
            "is UTF-16 without a byte order mark, or no text at all; {AS_UTF_8} UTF-16LE -t UTF-8 \
            OLD > NEW)"
        ));
    } else {
        let bom = bytes.starts_with(BOM);
        if bom {
            bytes.drain(..BOM.len());
        }
        let text = utf_8(bytes)?;
        Text { text, bom }
    };
    match text.text.find('\0') {
        Some(at) => Err(format!(
            "has a NUL byte in line {}; a text has none, so it is damaged, or something else",
            LineCounter::new(text.text.as_bytes()).line_of(at)
        )),
        None => Ok(text),
    }
}

fn utf_8(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let (bytes, at) = (error.as_bytes(), error.utf8_error().valid_up_to());
        let line = LineCounter::new(bytes).line_of(at);
        let (read, rest) = bytes.split_at_checked(at).unwrap_or_default();
        let place = read
            .iter()
            .rev()
            .take_while(|byte| !matches!(byte, b'\r' | b'\n'))
            .count();
        let byte = rest.first().copied().unwrap_or_default();
        format!(
            "is not UTF-8: line {line} has 0x{byte:02X} as its byte {}, which is a character in another \
            encoding, probably Windows-1252 or Latin-1; {AS_UTF_8} WINDOWS-1252 -t UTF-8 OLD > NEW)",
            place + 1
        )
    })
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, String> {
    let (pairs, odd) = bytes.as_chunks();
    let mut text = String::with_capacity(bytes.len());
    for decoded in char::decode_utf16(pairs.iter().copied().map(unit)) {
        match decoded {
            Ok(read) => text.push(read),
            Err(_) => return Err(damaged(&text)),
        }
    }
    match odd {
        [] => Ok(text),
        _ => Err(damaged(&text)),
    }
}

fn damaged(read: &str) -> String {
    format!(
        "is UTF-16, and damaged: line {} has half a character; {AS_UTF_8} UTF-16 -t UTF-8 OLD > NEW)",
        LineCounter::new(read.as_bytes()).line_of(read.len())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str, bom: bool) -> Result<Text, String> {
        let text = text.to_owned();
        Ok(Text { text, bom })
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        assert_eq!(decode(b"\xef\xbb\xbfname".to_vec()), text("name", true));
        assert_eq!(decode(b"name".to_vec()), text("name", false));
    }

    #[test]
    fn utf_16_is_read_in_either_order_of_its_bytes() {
        let words = "name\r\nZoë 李雪 🦀\r\n";
        let units: Vec<u16> = "\u{feff}"
            .encode_utf16()
            .chain(words.encode_utf16())
            .collect();
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes = units.iter().copied().flat_map(order).collect();
            assert_eq!(decode(bytes), text(words, true));
        }
    }

    #[test]
    fn what_is_in_another_encoding_is_refused_with_a_way_to_convert_it() {
        for (bytes, words) in [
            (
                &b"name\r\nRen\xe9e\r\n"[..],
                "line 2 has 0xE9 as its byte 4",
            ),
            (b"name\nRen\xe9e\n", "iconv -f WINDOWS-1252"),
            (b"\x80", "line 1 has 0x80 as its byte 1"),
            (b"n\0a\0m\0e\0", "UTF-16 without a byte order mark"),
            (b"\0n\0a\0m\0e", "UTF-16 without a byte order mark"),
            (b"PK\x03\x04rest", "spreadsheet"),
        ] {
            let told = decode(bytes.to_vec()).err().unwrap_or_default();
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn what_is_damaged_is_refused_by_the_line() {
        for (bytes, words) in [
            (
                &b"\xff\xfen\0\n\0\x00\xd8n\0"[..],
                "line 2 has half a character",
            ),
            (b"\xff\xfen\0\n\0n", "line 2 has half a character"),
            (b"name\nJim\0\n", "NUL byte in line 2"),
            (b"\xff\xfen\0\n\0\0\0", "NUL byte in line 2"),
        ] {
            let told = decode(bytes.to_vec()).err().unwrap_or_default();
            assert!(told.contains(words), "{told}");
        }
    }
}
