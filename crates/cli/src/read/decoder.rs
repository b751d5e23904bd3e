//! Decodes bytes of any encoding to UTF-8, in one pass and in constant memory. A byte that is invalid in the encoding
//! is an error. It is never replaced.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult};
use memchr::memchr_iter;

use super::{
    encoding::{By, TextEncoding},
    fault::Fault,
    snapshot::BLOCK,
};

/// The most bytes of a character. As many earlier bytes are kept, to find the wrong one.
const KEPT: usize = 8;

pub struct Decoded<R> {
    from: R,
    decoder: Decoder,
    encoding: &'static str,
    /// Bytes of the byte order mark that are still to be skipped.
    mark: usize,
    read: Vec<u8>,
    at: usize,
    end: usize,
    is_last: bool,
    /// Decoded text that has not been returned yet.
    text: Vec<u8>,
    given: usize,
    fault: Option<Fault>,
    /// True if control characters beyond ASCII show that the encoding is wrong.
    has_no_controls: bool,
    is_done: bool,
}

impl<R: Read> Decoded<R> {
    pub fn new(from: R, encoding: TextEncoding) -> Self {
        Self {
            from,
            decoder: encoding.encoding.new_decoder_without_bom_handling(),
            encoding: encoding.encoding.name(),
            mark: encoding.mark,
            read: vec![0; KEPT + BLOCK],
            at: KEPT,
            end: KEPT,
            is_last: false,
            text: Vec::new(),
            given: 0,
            fault: None,
            has_no_controls: encoding.encoding.is_single_byte()
                && matches!(encoding.by, By::Guess | By::Option),
            is_done: false,
        }
    }

    fn decode(&mut self) -> io::Result<()> {
        if self.at == self.end && !self.is_last {
            self.read.copy_within(self.end - KEPT..self.end, 0);
            let count = self
                .from
                .read(self.read.get_mut(KEPT..).unwrap_or_default())?;
            let mark = self.mark.min(count);
            self.mark -= mark;
            (self.at, self.end) = (KEPT + mark, KEPT + count);
            self.is_last = count == 0;
        }
        let bytes = self.read.get(self.at..self.end).unwrap_or_default();
        let room = self
            .decoder
            .max_utf8_buffer_length_without_replacement(bytes.len());
        self.text.resize(room.unwrap_or(BLOCK), 0);
        let (result, read, written) =
            self.decoder
                .decode_to_utf8_without_replacement(bytes, &mut self.text, self.is_last);
        self.text.truncate(written);
        self.given = 0;
        self.at += read;
        match result {
            DecoderResult::InputEmpty => self.is_done = self.is_last,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(length, after) => {
                let place = self
                    .at
                    .checked_sub(usize::from(length) + usize::from(after));
                let byte = place.and_then(|place| self.read.get(place)).copied();
                self.fault = Some(Fault::Malformed {
                    byte: byte.unwrap_or_default(),
                    encoding: self.encoding,
                });
            }
        }
        if self.has_no_controls {
            self.end_before_control();
        }
        Ok(())
    }

    /// No text of a person has such characters. They are U+0080 to U+009F, which are two bytes in UTF-8.
    fn end_before_control(&mut self) {
        let mut leads = memchr_iter(0xC2, &self.text);
        let control = leads.find_map(|place| match self.text.get(place + 1) {
            Some(byte @ 0x80..=0x9F) => Some((place, *byte)),
            _ => None,
        });
        if let Some((place, byte)) = control {
            self.text.truncate(place);
            self.fault = Some(Fault::Control {
                byte,
                encoding: self.encoding,
            });
        }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let rest = self.text.get(self.given..).unwrap_or_default();
            if !rest.is_empty() {
                let count = rest.len().min(buffer.len());
                if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
                    to.copy_from_slice(from);
                }
                self.given += count;
                return Ok(count);
            }
            // All text before the error is returned first, so that the line of the error is known.
            if let Some(fault) = self.fault.take() {
                self.is_done = true;
                return Err(fault.into());
            }
            if self.is_done {
                return Ok(0);
            }
            self.decode()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::Encoding;

    use super::{super::encoding::By, *};

    /// Returns one byte at a time, or a few.
    struct Few<'b>(&'b [u8], usize);

    impl Read for Few<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(buffer.len()).min(self.0.len());
            let (now, later) = self.0.split_at(count);
            buffer[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    fn decoded(bytes: &[u8], name: &str, mark: usize) -> Result<String, (String, String)> {
        let encoding = Encoding::for_label(name.as_bytes()).expect("an encoding");
        let by = By::Option;
        let mut alike = Vec::new();
        for size in [1, 2, 3, 1000] {
            let from = Few(bytes, size);
            let mut decoder = Decoded::new(from, TextEncoding { encoding, by, mark });
            let mut text = Vec::new();
            let read = decoder.read_to_end(&mut text);
            let text = String::from_utf8(text).expect("UTF-8");
            alike.push(match read {
                Ok(_) => Ok(text),
                Err(error) => Err((text, error.to_string())),
            });
        }
        let first = alike.remove(0);
        assert!(alike.iter().all(|other| other.is_ok() == first.is_ok()));
        first
    }

    #[test]
    fn every_encoding_becomes_utf_8_without_its_mark() {
        for (bytes, name, mark, text) in [
            (&b"\xef\xbb\xbfname"[..], "utf-8", 3, "name"),
            ("Zoë 李雪 🦀".as_bytes(), "utf-8", 0, "Zoë 李雪 🦀"),
            (b"\xff\xfen\0\xe9\0=\xd8\0\xde", "utf-16le", 2, "né😀"),
            (b"\0n\0\xe9", "utf-16be", 0, "né"),
            (b"Ren\xe9e \x80", "windows-1252", 0, "Renée €"),
            (b"\x8ee", "macintosh", 0, "ée"),
            (b"\x93\x8c\x8b\x9e", "shift_jis", 0, "東京"),
            (b"", "utf-8", 0, ""),
        ] {
            assert_eq!(decoded(bytes, name, mark).as_deref(), Ok(text), "{name}");
        }
    }

    #[test]
    fn a_byte_that_is_no_character_is_an_error_after_all_text_before_it() {
        for (bytes, name, before) in [
            (&b"name\nRen\xe9e\n"[..], "utf-8", "name\nRen"),
            (b"ab\xc3", "utf-8", "ab"),
            (b"n\0\0\xd8n\0", "utf-16le", "n"),
            (b"n\0n", "utf-16le", "n"),
            (b"a\x81", "shift_jis", "a"),
        ] {
            let (text, error) = decoded(bytes, name, 0).expect_err("an error");
            assert_eq!(text, before, "{name}");
            assert!(error.contains("--encoding"), "{error}");
        }
        let (text, error) = decoded(b"K\x94ln J\x81r", "windows-1252", 0).expect_err("an error");
        assert_eq!(text, "K”ln J");
        assert!(error.contains("0x81, which is no letter"), "{error}");
        let (_, error) = decoded(b"Ren\xe9e", "utf-8", 0).expect_err("an error");
        assert!(error.contains("0xE9"), "{error}");
    }
}
