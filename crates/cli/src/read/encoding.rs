//! The encoding of a text: by its byte order mark, as UTF-8 if the whole text is valid UTF-8, by the option, or by a
//! guess from its letters. A wrong guess puts wrong names into Copper, so a guess is always reported.

use std::fmt;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    Encoding, ISO_8859_2, ISO_8859_4, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250,
    WINDOWS_1252, WINDOWS_1254, WINDOWS_1257, WINDOWS_1258,
};
use memchr::memchr;

/// The length of the beginning that decides everything except the encoding.
pub const HEAD: usize = 256 * 1024;
/// The number of bytes for the guess, from the first byte that is not UTF-8 on.
const GUESSED_FROM: usize = 4 << 20;

/// The encodings that the detector takes for that of an old Mac.
const LATIN: [&Encoding; 7] = [
    WINDOWS_1252,
    WINDOWS_1250,
    WINDOWS_1254,
    WINDOWS_1257,
    WINDOWS_1258,
    ISO_8859_2,
    ISO_8859_4,
];

/// The encoding of a text, and the reason for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextEncoding {
    pub encoding: &'static Encoding,
    pub by: By,
    /// The length of the byte order mark.
    pub mark: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// All text is UTF-8, or nearly all.
    Utf8,
    Mark,
    /// Every second byte is zero.
    Zeros,
    Option,
    Guess,
}

/// Reads all bytes of a file, block by block.
pub struct Inspection {
    head: Vec<u8>,
    /// The beginning of a character whose rest is in the next block.
    carried: Vec<u8>,
    /// The number of UTF-8 characters with several bytes.
    of_utf_8: u64,
    /// The number of places that are not UTF-8.
    of_others: u64,
    detector: EncodingDetector,
    fed: usize,
    /// True if any byte is that of a quote.
    pub has_quotes: bool,
    has_line_feed: bool,
}

impl Default for Inspection {
    fn default() -> Self {
        Self {
            head: Vec::new(),
            carried: Vec::new(),
            of_utf_8: 0,
            of_others: 0,
            detector: EncodingDetector::new(Iso2022JpDetection::Deny),
            fed: 0,
            has_quotes: false,
            has_line_feed: false,
        }
    }
}

impl Inspection {
    /// Adds the next bytes of the file.
    pub fn see(&mut self, block: &[u8]) {
        self.has_quotes = self.has_quotes || memchr(b'"', block).is_some();
        self.has_line_feed = self.has_line_feed || memchr(b'\n', block).is_some();
        let room = HEAD.saturating_sub(self.head.len()).min(block.len());
        self.head
            .extend_from_slice(block.get(..room).unwrap_or_default());
        let whole: &[u8] = match self.carried.is_empty() {
            true => block,
            false => {
                self.carried.extend_from_slice(block);
                &std::mem::take(&mut self.carried)
            }
        };
        // The last character may end in the next block.
        let cut = match std::str::from_utf8(whole) {
            Ok(_) => whole.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => whole.len(),
        };
        let (whole, rest) = whole.split_at_checked(cut).unwrap_or_default();
        self.carried = rest.to_vec();
        match self.of_others == 0 && std::str::from_utf8(whole).is_ok() {
            true => self.of_utf_8 += whole.iter().filter(|byte| **byte >= 0xC0).count() as u64,
            false => self.count(whole),
        }
    }

    fn count(&mut self, bytes: &[u8]) {
        for chunk in bytes.utf8_chunks() {
            self.of_utf_8 += chunk.valid().chars().filter(|c| !c.is_ascii()).count() as u64;
            self.of_others += u64::from(!chunk.invalid().is_empty());
        }
        let room = GUESSED_FROM.saturating_sub(self.fed).min(bytes.len());
        self.fed += room;
        self.detector
            .feed(bytes.get(..room).unwrap_or_default(), false);
    }

    /// The first bytes of the file.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// Decides, after all bytes are added.
    pub fn encoding(&mut self, told: Option<&'static Encoding>) -> Result<TextEncoding, String> {
        let rest = std::mem::take(&mut self.carried);
        if !rest.is_empty() {
            self.count(&rest);
        }
        let of = |encoding, by, mark| TextEncoding { encoding, by, mark };
        if let Some((marked, mark)) = Encoding::for_bom(&self.head) {
            return match told {
                Some(told) if told != marked && !(is_utf_16(told) && is_utf_16(marked)) => {
                    Err(format!(
                        "begins with the byte order mark of {}, so it is not {}; leave --encoding out",
                        marked.name(),
                        told.name()
                    ))
                }
                _ => Ok(of(marked, By::Mark, mark)),
            };
        }
        if let Some(told) = told {
            return Ok(of(told, By::Option, 0));
        }
        if let Some(zeros) = by_zeros(&self.head) {
            return Ok(of(zeros, By::Zeros, 0));
        }
        // A damaged character does not change the encoding. It is reported later, with its line.
        if self.of_others == 0 || self.of_utf_8 > 2 * self.of_others {
            return Ok(of(UTF_8, By::Utf8, 0));
        }
        self.detector.feed(b"", true);
        let guess = self.detector.guess(None, Utf8Detection::Deny);
        // The detector does not know the encoding of old Macs. Only their programs end lines with a return alone.
        let is_mac = !self.has_line_feed && memchr(b'\r', &self.head).is_some();
        let guess = match is_mac && LATIN.contains(&guess) {
            true => MACINTOSH,
            false => guess,
        };
        Ok(of(guess, By::Guess, 0))
    }
}

fn is_utf_16(encoding: &Encoding) -> bool {
    encoding == UTF_16LE || encoding == UTF_16BE
}

/// UTF-16 without a byte order mark: separators, line ends and most letters have a zero as one of their
/// two bytes, always on the same side.
fn by_zeros(head: &[u8]) -> Option<&'static Encoding> {
    let (units, _) = head.as_chunks::<2>();
    let count = |place: usize| {
        units
            .iter()
            .filter(|unit| unit.get(place) == Some(&0))
            .count()
    };
    let (first, second) = (count(0), count(1));
    // Nearly all Latin letters have such a zero; in other scripts, only separators and line ends have one.
    let is_many = |zeros: usize| {
        zeros * 5 >= units.len() * 2 && zeros > 0 || zeros * 10 >= units.len() && zeros >= 20
    };
    match () {
        () if is_many(second) && first * 20 <= second => Some(UTF_16LE),
        () if is_many(first) && second * 20 <= first => Some(UTF_16BE),
        () => None,
    }
}

/// The encoding in words that follow "read as", if a person should know it.
impl fmt::Display for TextEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.encoding.name();
        match self.by {
            By::Utf8 => f.write_str(name),
            By::Mark => write!(f, "{name}, by its byte order mark"),
            By::Zeros => write!(f, "{name}, without a byte order mark"),
            By::Option => write!(f, "{name}, as --encoding says"),
            By::Guess => write!(
                f,
                "{name}, a guess from its letters; --encoding names another encoding"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(bytes: &[u8]) -> (&'static str, By) {
        let mut alike = Vec::new();
        for size in [1, 2, 3, 1000] {
            let mut inspection = Inspection::default();
            bytes.chunks(size).for_each(|block| inspection.see(block));
            let found = inspection.encoding(None).expect("an encoding");
            alike.push((found.encoding.name(), found.by));
        }
        alike.dedup();
        assert_eq!(alike.len(), 1, "it depends on the blocks: {alike:?}");
        alike.remove(0)
    }

    fn encoded(text: &str, encoding: &'static Encoding) -> Vec<u8> {
        let (bytes, _, lossy) = encoding.encode(text);
        assert!(!lossy);
        bytes.into_owned()
    }

    #[test]
    fn utf_8_is_known_with_a_mark_and_without() {
        assert_eq!(decided(b""), ("UTF-8", By::Utf8));
        assert_eq!(decided(b"name\n"), ("UTF-8", By::Utf8));
        assert_eq!(decided("Zoë;李雪;🦀\n".as_bytes()), ("UTF-8", By::Utf8));
        assert_eq!(decided(b"\xef\xbb\xbfname"), ("UTF-8", By::Mark));
    }

    #[test]
    fn a_damaged_character_does_not_make_utf_8_another_encoding() {
        let mut bytes = "name\nZoë\nRenée\nJosé\nÅse\n".as_bytes().to_vec();
        bytes.extend_from_slice(b"Ren\xc3");
        assert_eq!(decided(&bytes), ("UTF-8", By::Utf8));
    }

    #[test]
    fn utf_16_is_known_with_a_mark_and_without() {
        let units = |text: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(order).collect()
        };
        for (mark, by) in [("\u{feff}", By::Mark), ("", By::Zeros)] {
            let text = format!("{mark}name;email\r\nZoë;zoe@example.com\r\n李雪;\r\n");
            assert_eq!(decided(&units(&text, u16::to_le_bytes)), ("UTF-16LE", by));
            assert_eq!(decided(&units(&text, u16::to_be_bytes)), ("UTF-16BE", by));
        }
    }

    #[test]
    fn older_encodings_are_guessed_from_their_letters() {
        for (name, text) in [
            (
                "windows-1252",
                "Vorname;Nachname;Ort\nJürgen;Müller;Köln\nRenée;Lefèvre;Besançon\n",
            ),
            (
                "windows-1251",
                "имя;город\nИван Иванов;Москва\nАнна Петрова;Санкт-Петербург\n",
            ),
            (
                "windows-1250",
                "jméno;město\nJiří Dvořák;Plzeň\nŽofie Řezníčková;Třebíč\n",
            ),
            (
                "Shift_JIS",
                "氏名,会社\n山田太郎,株式会社トヨタ\n鈴木一郎,東京電力\n",
            ),
            (
                "GBK",
                "姓名,公司\n李雪,北京科技有限公司\n王伟,上海贸易有限公司\n",
            ),
        ] {
            let encoding = Encoding::for_label(name.as_bytes()).expect("an encoding");
            assert_eq!(
                decided(&encoded(text, encoding)),
                (name, By::Guess),
                "{text}"
            );
        }
        assert_eq!(decided(b"name\nRen\xe9e\n"), ("windows-1252", By::Guess));
        assert_eq!(
            decided(b"name\rRen\x8ee Dor\x8e\rJ\x9frgen M\x9fller\r"),
            ("macintosh", By::Guess)
        );
    }

    #[test]
    fn an_option_goes_before_a_guess_and_not_before_a_mark() {
        let told = Encoding::for_label(b"macintosh");
        let mut inspection = Inspection::default();
        inspection.see(b"Ren\x8ee");
        let found = inspection.encoding(told).expect("an encoding");
        assert_eq!((found.encoding.name(), found.by), ("macintosh", By::Option));
        let mut inspection = Inspection::default();
        inspection.see(b"\xff\xfen\0");
        let refused = inspection.encoding(told).err().unwrap_or_default();
        assert!(refused.contains("byte order mark of UTF-16LE"), "{refused}");
        let found = inspection.encoding(Encoding::for_label(b"utf-16be"));
        assert_eq!(found.map(|found| found.encoding.name()), Ok("UTF-16LE"));
    }
}
