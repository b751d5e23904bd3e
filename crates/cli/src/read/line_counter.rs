//! Line numbers of byte offsets.

/// Converts byte offsets of a text to line numbers. Offsets must ascend, so that the text is read once.
pub struct LineCounter<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
}

impl<'t> LineCounter<'t> {
    pub fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
        }
    }

    /// The line of the byte at `place`. Lines end with `\n`, `\r\n` or `\r`.
    pub fn line_of(&mut self, place: usize) -> u64 {
        while self.at < place {
            let Some(byte) = self.text.get(self.at) else {
                break;
            };
            self.at += 1;
            let ends_line = match byte {
                b'\n' => true,
                b'\r' => self.text.get(self.at) != Some(&b'\n'),
                _ => false,
            };
            self.line += u64::from(ends_line);
        }
        self.line
    }

    /// The line of the first byte from `place` on that does not end a line.
    pub fn line_of_text_from(&mut self, place: usize) -> u64 {
        let rest = self.text.get(place..).unwrap_or_default();
        let blank = rest
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        self.line_of(place + blank)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_end_counts_once() {
        let mut counter = LineCounter::new(b"a\nb\r\nc\rd\n\n\r\ne");
        let lines = [0, 2, 5, 7, 12].map(|place| counter.line_of(place));
        assert_eq!(lines, [1, 2, 3, 4, 7]);
        assert_eq!(LineCounter::new(b"a\n\r\n\nb").line_of_text_from(1), 4);
    }
}
