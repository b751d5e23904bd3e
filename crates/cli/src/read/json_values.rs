//! The objects of JSON, one by one: those of an array, of an array in a wrapper, or one after another.
//!
//! `serde_json` can only read a whole array. So this finds the bounds of each object, and only that much text is in
//! memory.

use std::io::Read;

use memchr::{memchr_iter, memchr2};
use serde_json::Value;

use super::{
    fault::Fault,
    row::Problem,
    snapshot::BLOCK,
    text::{LONGEST_ROW, Text},
};

/// The keys under which the APIs of other systems return records.
const WRAPPERS: [&str; 4] = ["records", "results", "data", "value"];
/// The keys of such an answer under which the next page is, unless it is the last one.
const NEXT: [&str; 7] = [
    "nextRecordsUrl",
    "@odata.nextLink",
    "next",
    "next_page",
    "nextPage",
    "nextPageToken",
    "next_cursor",
];
/// The same, if it is a text. A number tells where this page begins.
const TEXT_IF_NEXT: &str = "offset";
/// The keys of such an answer that are true if there are more pages.
const MORE: [&str; 6] = [
    "has_more",
    "has-more",
    "hasMore",
    "hasNextPage",
    "more_records",
    "more_items_in_collection",
];

/// Returns true if a key of an answer, or one within its value, says that there are more records.
fn says_more(key: &str, value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            NEXT.contains(&key) || object.iter().any(|(key, value)| says_more(key, value))
        }
        Value::String(text) => (NEXT.contains(&key) || key == TEXT_IF_NEXT) && !text.is_empty(),
        Value::Number(_) => NEXT.contains(&key),
        Value::Bool(true) => NEXT.contains(&key) || MORE.contains(&key),
        _ => false,
    }
}

const FORM: &str = r#"must be an array of objects, [{"name": "…"}, …], or an object a line"#;

/// An object, or another value in its place, and the line on which it begins.
#[derive(Debug, PartialEq, Eq)]
pub struct Located {
    pub line: u64,
    /// The column at which its text begins.
    pub column: u64,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    /// Before the first value.
    Start,
    /// In an array, which may be in a wrapper.
    Array {
        is_first: bool,
        in_wrapper: bool,
    },
    /// Between objects that follow one another.
    Objects,
    Over,
}

pub struct Values<R: Read> {
    text: Text<R>,
    buffer: Vec<u8>,
    at: usize,
    end: usize,
    line: u64,
    column: u64,
    within: Within,
    /// An object that was read to see whether it is a wrapper.
    pending: Option<Located>,
    /// The key of the wrapper.
    pub wrapper: Option<&'static str>,
    /// True if the wrapper says that it does not have all records.
    pub has_more: bool,
}

impl<R: Read> Values<R> {
    pub fn new(text: Text<R>) -> Self {
        Self {
            text,
            buffer: vec![0; BLOCK],
            at: 0,
            end: 0,
            line: 1,
            column: 1,
            within: Within::Start,
            pending: None,
            wrapper: None,
            has_more: false,
        }
    }

    /// Returns the next object. After a problem there is none.
    pub fn next_object(&mut self) -> Option<Result<Located, Problem>> {
        let next = self.step().transpose();
        if !matches!(next, Some(Ok(_))) {
            self.within = Within::Over;
        }
        next
    }

    fn step(&mut self) -> Result<Option<Located>, Problem> {
        if let Some(pending) = self.pending.take() {
            return Ok(Some(pending));
        }
        loop {
            match self.within {
                Within::Over => return Ok(None),
                Within::Start => {
                    self.begin()?;
                    if let Some(pending) = self.pending.take() {
                        return Ok(Some(pending));
                    }
                }
                Within::Array {
                    is_first,
                    in_wrapper,
                } => return self.item(is_first, in_wrapper),
                Within::Objects => {
                    return match self.peek_text()? {
                        None => Ok(None),
                        // Some programs write a comma after each object, but no brackets.
                        Some(b',') => {
                            self.take()?;
                            self.value().map(Some)
                        }
                        Some(_) => self.value().map(Some),
                    };
                }
            }
        }
    }

    /// Detects the form of the text.
    fn begin(&mut self) -> Result<(), Problem> {
        match self.peek_text()? {
            Some(b'[') => {
                self.take()?;
                self.within = Within::Array {
                    is_first: true,
                    in_wrapper: false,
                };
                Ok(())
            }
            Some(b'{') => self.wrapper_or_object(),
            Some(_) => {
                // The text is either no JSON at all, or a value that is not a record.
                let line = self.line;
                let value = self.value()?;
                match serde_json::from_str::<serde::de::IgnoredAny>(&value.text) {
                    Ok(_) => Err((line, FORM.to_owned())),
                    Err(error) => Err(value.syntax(&error)),
                }
            }
            None => Err((
                self.line,
                format!("is not JSON at column {}: it is empty", self.column),
            )),
        }
    }

    /// Reads the first object. If it is a wrapper, stops at the array of records in it; otherwise reads the whole
    /// object.
    fn wrapper_or_object(&mut self) -> Result<(), Problem> {
        let (line, column) = (self.line, self.column);
        let mut read = vec![self.take()?];
        let mut is_first = true;
        loop {
            self.spaces_into(&mut read)?;
            match self.peek()? {
                Some(b'}') => {
                    read.push(self.take()?);
                    break;
                }
                Some(b',') if !is_first => {
                    read.push(self.take()?);
                    self.spaces_into(&mut read)?;
                }
                Some(_) if is_first => {}
                _ => return Err(self.unexpected("`,` or `}`")),
            }
            is_first = false;
            if self.peek()? != Some(b'"') {
                return Err(self.unexpected("a key in quotes"));
            }
            let begin = read.len();
            self.value_into(&mut read)?;
            let key: String = read
                .get(begin..)
                .and_then(|key| serde_json::from_slice(key).ok())
                .unwrap_or_default();
            self.spaces_into(&mut read)?;
            if self.peek()? != Some(b':') {
                return Err(self.unexpected("`:`"));
            }
            read.push(self.take()?);
            self.spaces_into(&mut read)?;
            let wrapper = WRAPPERS.into_iter().find(|wrapper| *wrapper == key);
            if wrapper.is_some() && self.peek()? == Some(b'[') {
                read.push(self.take()?);
                self.spaces_into(&mut read)?;
                if matches!(self.peek()?, Some(b'{' | b']')) {
                    self.wrapper = wrapper;
                    self.within = Within::Array {
                        is_first: true,
                        in_wrapper: true,
                    };
                    return Ok(());
                }
                // A list of other values does not make the object a wrapper.
                self.rest_into(&mut read, 1)?;
            } else {
                let begin = read.len();
                self.value_into(&mut read)?;
                let value = read.get(begin..).unwrap_or_default();
                self.has_more |=
                    serde_json::from_slice(value).is_ok_and(|value| says_more(&key, &value));
            }
        }
        self.has_more = false;
        self.within = Within::Objects;
        self.pending = Some(located(line, column, read)?);
        Ok(())
    }

    fn item(&mut self, is_first: bool, in_wrapper: bool) -> Result<Option<Located>, Problem> {
        match self.peek_text()? {
            Some(b']') => {
                self.take()?;
                match in_wrapper {
                    true => self.rest_of_wrapper()?,
                    false => self.nothing_follows()?,
                }
                return Ok(None);
            }
            Some(b',') if !is_first => {
                self.take()?;
                if self.peek_text()? == Some(b']') {
                    return Err(self.unexpected("an object after the comma"));
                }
            }
            Some(_) if is_first => {}
            _ => return Err(self.unexpected("`,` or `]`")),
        }
        self.within = Within::Array {
            is_first: false,
            in_wrapper,
        };
        self.value().map(Some)
    }

    /// After the records of a wrapper, only a mark for more records matters.
    fn rest_of_wrapper(&mut self) -> Result<(), Problem> {
        loop {
            match self.peek_text()? {
                Some(b'}') => {
                    self.take()?;
                    let line = self.line;
                    return self.nothing_follows().map_err(|_| {
                        let what = "has something after the end of the records; if the file has several \
                            answers of a system, put each into a file of its own";
                        (line, what.to_owned())
                    });
                }
                Some(b',') => {
                    self.take()?;
                }
                _ => return Err(self.unexpected("`,` or `}`")),
            }
            if self.peek_text()? != Some(b'"') {
                return Err(self.unexpected("a key in quotes"));
            }
            let key: String = serde_json::from_str(&self.value()?.text).unwrap_or_default();
            if self.peek_text()? != Some(b':') {
                return Err(self.unexpected("`:`"));
            }
            self.take()?;
            let first = self.peek_text()?;
            if WRAPPERS.contains(&key.as_str()) && first == Some(b'[') {
                let line = self.line;
                let list = self.value()?;
                if list
                    .text
                    .trim_start_matches(['[', ' ', '\r', '\n', '\t'])
                    .starts_with('{')
                {
                    let what =
                        format!("has a second list of records, `{key}`; put each into a file");
                    return Err((line, what));
                }
            } else {
                let value = self.value()?;
                let value = serde_json::from_str(&value.text);
                self.has_more |= value.is_ok_and(|value| says_more(&key, &value));
            }
        }
    }

    fn nothing_follows(&mut self) -> Result<(), Problem> {
        match self.peek_text()? {
            None => Ok(()),
            Some(_) => Err(self.unexpected("the end of the file")),
        }
    }

    /// A value of any kind, as text.
    fn value(&mut self) -> Result<Located, Problem> {
        self.peek_text()?;
        let (line, column) = (self.line, self.column);
        let mut text = Vec::new();
        self.value_into(&mut text)?;
        located(line, column, text)
    }

    /// Finds the end of a value by its brackets and quotes alone. The value may still be invalid JSON; that is checked
    /// when it is read.
    fn value_into(&mut self, text: &mut Vec<u8>) -> Result<(), Problem> {
        match self.peek()? {
            Some(b'{' | b'[') => {
                text.push(self.take()?);
                self.rest_into(text, 1)
            }
            Some(b'"') => self.string_into(text),
            None => Err(self.unexpected("a value")),
            Some(_) => {
                let begin = text.len();
                while let Some(byte) = self.peek()? {
                    let ends = matches!(byte, b',' | b']' | b'}' | b':' | b'{' | b'[' | b'"');
                    if ends || byte.is_ascii_whitespace() {
                        break;
                    }
                    text.push(self.take()?);
                    self.within_bounds(text)?;
                }
                match text.len() > begin {
                    true => Ok(()),
                    false => Err(self.unexpected("a value")),
                }
            }
        }
    }

    fn rest_into(&mut self, text: &mut Vec<u8>, mut depth: u32) -> Result<(), Problem> {
        while depth > 0 {
            match self.peek()? {
                Some(b'"') => {
                    self.string_into(text)?;
                    continue;
                }
                Some(b'{' | b'[') => depth += 1,
                Some(b'}' | b']') => depth -= 1,
                Some(_) => {
                    let stops = |byte: &u8| matches!(byte, b'"' | b'{' | b'[' | b'}' | b']');
                    self.take_until(text, |bytes| bytes.iter().position(stops))?;
                    continue;
                }
                None => return Err(self.unexpected("`}` or `]`")),
            }
            text.push(self.take()?);
            self.within_bounds(text)?;
        }
        Ok(())
    }

    fn string_into(&mut self, text: &mut Vec<u8>) -> Result<(), Problem> {
        text.push(self.take()?);
        loop {
            match self.peek()? {
                None => return Err(self.unexpected("a quote at the end of a text")),
                Some(b'"') => {
                    text.push(self.take()?);
                    return Ok(());
                }
                Some(b'\\') => {
                    text.push(self.take()?);
                    if self.peek()?.is_some() {
                        text.push(self.take()?);
                    }
                }
                Some(_) => self.take_until(text, |bytes| memchr2(b'"', b'\\', bytes))?,
            }
            self.within_bounds(text)?;
        }
    }

    /// Takes all bytes of the buffer before the first byte that is searched for.
    fn take_until(
        &mut self,
        text: &mut Vec<u8>,
        find: impl Fn(&[u8]) -> Option<usize>,
    ) -> Result<(), Problem> {
        let bytes = self.buffer.get(self.at..self.end).unwrap_or_default();
        let count = find(bytes).unwrap_or(bytes.len());
        let taken = bytes.get(..count).unwrap_or_default();
        text.extend_from_slice(taken);
        self.at += count;
        self.column += count as u64;
        for end in memchr_iter(b'\n', taken) {
            self.line += 1;
            self.column = (count - end) as u64;
        }
        self.within_bounds(text)
    }

    fn spaces_into(&mut self, text: &mut Vec<u8>) -> Result<(), Problem> {
        while self.peek()?.is_some_and(|byte| byte.is_ascii_whitespace()) {
            text.push(self.take()?);
        }
        self.within_bounds(text)
    }

    fn within_bounds(&self, text: &[u8]) -> Result<(), Problem> {
        match text.len() > LONGEST_ROW {
            true => Err((self.line, Fault::TooLong(LONGEST_ROW).to_string())),
            false => Ok(()),
        }
    }

    /// The next byte that is not a space.
    fn peek_text(&mut self) -> Result<Option<u8>, Problem> {
        while self.peek()?.is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.take()?;
        }
        self.peek()
    }

    fn peek(&mut self) -> Result<Option<u8>, Problem> {
        if self.at == self.end {
            let read = self.text.read(&mut self.buffer);
            self.end = read.map_err(|error| self.text.problem(error))?;
            let place = self.text.place();
            self.text.row_begins_at(place);
            self.at = 0;
        }
        let bytes = self.buffer.get(..self.end).unwrap_or_default();
        Ok(bytes.get(self.at).copied())
    }

    fn take(&mut self) -> Result<u8, Problem> {
        let byte = self.peek()?.unwrap_or_default();
        self.at += usize::from(self.at < self.end);
        self.column += 1;
        if byte == b'\n' {
            self.line += 1;
            self.column = 1;
        }
        Ok(byte)
    }

    fn unexpected(&self, wanted: &str) -> Problem {
        let what = format!("is not JSON at column {}: expected {wanted}", self.column);
        (self.line, what)
    }
}

impl Located {
    /// Returns the problem, with its line in the file. Serde's message does not quote the text.
    pub fn syntax(&self, error: &serde_json::Error) -> Problem {
        let words = error.to_string();
        let what = words.rsplit_once(" at line ").map_or("", |(what, _)| what);
        let (lines, mut column) = (error.line().max(1) as u64 - 1, error.column() as u64);
        if lines == 0 {
            column += self.column - 1;
        }
        (
            self.line + lines,
            format!("is not JSON at column {column}: {what}"),
        )
    }
}

fn located(line: u64, column: u64, text: Vec<u8>) -> Result<Located, Problem> {
    match String::from_utf8(text) {
        Ok(text) => Ok(Located { line, column, text }),
        Err(_) => Err((line, "is not UTF-8".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The objects, the problem, the key of the wrapper, and whether there are more records.
    type Found = (
        Vec<(u64, String)>,
        Option<Problem>,
        Option<&'static str>,
        bool,
    );

    fn read(text: &str) -> Found {
        let mut values = Values::new(Text::new(text.as_bytes(), b""));
        let mut found = Vec::new();
        let problem = loop {
            match values.next_object() {
                Some(Ok(value)) => found.push((value.line, value.text)),
                Some(Err(problem)) => break Some(problem),
                None => break None,
            }
        };
        assert_eq!(values.next_object().map(|_| ()), None, "nothing follows");
        (found, problem, values.wrapper, values.has_more)
    }

    fn texts(text: &str) -> Vec<String> {
        let (found, problem, ..) = read(text);
        assert_eq!(problem, None, "{text}");
        found.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn objects_come_one_by_one_from_an_array_a_wrapper_or_one_after_the_other() {
        let both = [r#"{"a":"x]}\""}"#, r#"{"b": [1, {"c": 2}]}"#];
        let [a, b] = both;
        for text in [
            format!("[{a},\n {b}]"),
            format!(" [ {a} , {b} ] \n"),
            format!("{a}\n{b}\n"),
            format!("{a}{b}"),
            format!("{a},\n{b}"),
            format!("{{\"records\": [{a}, {b}]}}"),
            format!("{{\"totalSize\": 2, \"done\": true, \"records\":[{a},{b}]}}"),
            format!("{{\"results\": [{a}, {b}], \"total\": {{\"x\": []}}}}"),
            format!("{{\"data\": [{a}, {b}], \"value\": [1]}}"),
            format!("{{\"@odata.context\": \"…\", \"value\": [{a}, {b}]}}"),
        ] {
            assert_eq!(texts(&text), both, "{text}");
        }
        assert_eq!(texts("[]"), [""; 0]);
        assert_eq!(texts("{\"records\": []}"), [""; 0]);
        assert_eq!(texts("{}"), ["{}"]);
        assert_eq!(texts("[1, \"a\", [2]]"), ["1", "\"a\"", "[2]"]);
    }

    #[test]
    fn an_object_that_only_has_a_key_of_a_wrapper_is_a_record() {
        for text in [
            r#"{"name": "Jim", "value": 5}"#,
            r#"{"name": "Jim", "data": ["a", "b"]}"#,
            r#"{"records": {"a": 1}}"#,
        ] {
            assert_eq!(texts(text), [text]);
        }
    }

    #[test]
    fn a_wrapper_that_says_that_there_is_more_is_known() {
        for (text, more) in [
            (r#"{"records": [{}], "nextRecordsUrl": "/x"}"#, true),
            (r#"{"paging": {"next": {}}, "results": [{}]}"#, true),
            (r#"{"records": [{}], "next": null}"#, false),
            (r#"{"records": [{}], "done": true}"#, false),
            (r#"{"next": "x", "name": "Jim"}"#, false),
            (
                r#"{"data": [{}], "paging": {"cursors": {"after": "x"}}}"#,
                false,
            ),
            (
                r#"{"data": [{}], "paging": {"cursors": {}, "next": "x"}}"#,
                true,
            ),
            (
                r#"{"data": [{}], "additional_data": {"more_items_in_collection": true}}"#,
                true,
            ),
            (
                r#"{"info": {"more_records": false, "page": 1}, "data": [{}]}"#,
                false,
            ),
            (r#"{"records": [{}], "offset": "itr1/rec2"}"#, true),
            (
                r#"{"offset": 100, "records": [{}], "next_page": ""}"#,
                false,
            ),
            (r#"{"results": [{}], "next_page": 2}"#, true),
        ] {
            assert_eq!(read(text).3, more, "{text}");
        }
    }

    #[test]
    fn each_object_has_the_line_that_it_begins_on() {
        let (found, ..) = read("[\n  {\"a\":\n 1},\n\n  7, {\"b\": \"\\n\"},\n{}]");
        let lines: Vec<u64> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 5, 5, 6]);
    }

    #[test]
    fn what_is_no_json_is_told_by_line_and_column() {
        for (text, line, words) in [
            ("", 1, "is not JSON at column 1: it is empty"),
            (
                "[{}\n {}]",
                2,
                "is not JSON at column 2: expected `,` or `]`",
            ),
            ("[{},]", 1, "expected an object after the comma"),
            ("[{}", 1, "expected `,` or `]`"),
            ("[{\"a\": \"b", 1, "expected a quote at the end of a text"),
            ("[{}] x", 1, "expected the end of the file"),
            ("\"a\"", 1, "must be an array of objects"),
            ("7", 1, "must be an array of objects"),
            ("name,email", 1, "is not JSON at column"),
            (
                "{\"records\": [{}], \"data\": [{}]}",
                1,
                "second list of records, `data`",
            ),
            ("{\"a\" 1}", 1, "expected `:`"),
            ("{\"a\": 1 \"b\"}", 1, "expected `,` or `}`"),
        ] {
            let (told, what) = read(text).1.expect("a problem");
            assert_eq!(told, line, "{text}");
            assert!(what.contains(words), "{text}: {what}");
        }
    }

    #[test]
    fn a_nesting_of_any_depth_is_no_trouble() {
        let deep = format!("[{}{}]", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(texts(&deep).len(), 1);
    }
}
