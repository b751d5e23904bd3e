//! Rows of JSON. A key is a column, and the objects need not have the same keys. An object in an object is
//! split one level deep, `properties.email`, unless its key is a known column.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    fmt,
    io::{BufRead, BufReader, Read},
    marker::PhantomData,
};

use memchr::memchr;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, error::Category, value::RawValue};

use super::{
    dialect::IsKnown,
    json_values::{Located, Values},
    row::{Cell, MOST_COLUMNS, Name, Problem, Row},
    snapshot::BLOCK,
    tally::Tally,
    text::Text,
};

/// The keys of objects in which other systems put all columns of a record.
const CONTAINERS: [&str; 3] = ["properties", "fields", "attributes"];

/// The name of a column without the name of its container, as in `properties.email`.
pub fn inner_name(name: &str) -> &str {
    match name.split_once('.') {
        Some((container, inner)) if CONTAINERS.contains(&container) => inner,
        _ => name,
    }
}

/// The place of the objects.
pub enum Objects<R: Read> {
    Values(Values<R>),
    Lines(Lines<R>),
}

impl<R: Read> Objects<R> {
    pub fn values(text: Text<R>) -> Self {
        Self::Values(Values::new(text))
    }

    pub fn lines(text: Text<R>) -> Self {
        Self::Lines(Lines::new(text))
    }

    fn next_object(&mut self) -> Option<Result<Located, Problem>> {
        match self {
            Self::Values(values) => values.next_object(),
            Self::Lines(lines) => lines.next_object(),
        }
    }

    /// The key of the wrapper, and whether it says that there are more records.
    pub fn wrapper(&self) -> Option<(&'static str, bool)> {
        match self {
            Self::Values(values) => Some((values.wrapper?, values.has_more)),
            Self::Lines(_) => None,
        }
    }
}

/// One object per line. A line that can't be read does not affect the others.
pub struct Lines<R: Read> {
    text: BufReader<Text<R>>,
    line: u64,
}

impl<R: Read> Lines<R> {
    fn new(text: Text<R>) -> Self {
        Self {
            text: BufReader::with_capacity(BLOCK, text),
            line: 0,
        }
    }

    fn next_object(&mut self) -> Option<Result<Located, Problem>> {
        loop {
            let place = self.text.get_ref().place();
            self.text.get_mut().row_begins_at(place);
            let mut bytes = Vec::new();
            let read = self.text.read_until(b'\n', &mut bytes);
            self.line += 1;
            match read {
                Err(error) => return Some(Err(self.text.get_ref().problem(error))),
                Ok(0) => return None,
                Ok(_) => {}
            }
            if bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let line = self.line;
            return Some(match String::from_utf8(bytes) {
                Ok(text) => Ok(Located {
                    line,
                    column: 1,
                    text,
                }),
                Err(_) => Err((line, "is not UTF-8".to_owned())),
            });
        }
    }
}

/// The names of all columns, in the order in which they first appear.
pub struct Header {
    /// The names, which the source takes out.
    pub names: Vec<Name>,
    places: HashMap<String, usize>,
    /// The same names, in their order.
    order: Vec<String>,
    /// Keys of objects that are not split.
    whole: HashSet<String>,
    /// The name of the first list of objects, if there is only one object, and no column of it is known.
    pub list: Option<String>,
}

impl Header {
    /// Reads the keys of all objects. Objects that can't be read have none, and are reported when they are
    /// read.
    pub fn read<R: Read>(objects: &mut Objects<R>, is_known: IsKnown<'_>) -> Result<Self, Problem> {
        let mut header = Self {
            names: Vec::new(),
            places: HashMap::new(),
            order: Vec::new(),
            whole: HashSet::new(),
            list: None,
        };
        let mut count = 0_u64;
        while let Some(object) = objects.next_object() {
            let Ok(Located { line, text, .. }) = object else {
                continue;
            };
            let mut next = 0;
            let Ok(object) = serde_json::from_str::<Object<&RawValue>>(&text) else {
                continue;
            };
            count += 1;
            for (key, value) in &object.0 {
                if is_object(value) && is_known(key) {
                    header.whole.insert(key.as_ref().to_owned());
                }
                match header.parts(key, value) {
                    None => {
                        next = header.add(key, line, next)?;
                        header.see_list(key, value);
                    }
                    Some(parts) => {
                        for (name, value) in parts.0 {
                            let name = format!("{key}.{name}");
                            next = header.add(&name, line, next)?;
                            header.see_list(&name, value);
                        }
                    }
                }
            }
        }
        let is_known = |name: &Name| is_known(inner_name(&name.text));
        if count != 1 || header.names.iter().any(is_known) {
            header.list = None;
        }
        Ok(header)
    }

    fn see_list(&mut self, name: &str, value: &RawValue) {
        let inner = value.get().strip_prefix('[');
        if self.list.is_none() && inner.is_some_and(|inner| inner.trim_start().starts_with('{')) {
            self.list = Some(name.to_owned());
        }
    }

    /// Adds a name, whose place is probably `likely`. Returns the place after it.
    fn add(&mut self, name: &str, line: u64, likely: usize) -> Result<usize, Problem> {
        if let Some(place) = self.place(name, likely) {
            return Ok(place + 1);
        }
        if self.places.len() == MOST_COLUMNS {
            let what = format!("has a column too many: {MOST_COLUMNS} are the most");
            return Err((line, what));
        }
        self.places.insert(name.to_owned(), self.places.len());
        self.order.push(name.to_owned());
        let text = name.to_owned();
        self.names.push(Name { line, text });
        Ok(self.places.len())
    }

    /// The place of a column, which is probably `likely`.
    fn place(&self, name: &str, likely: usize) -> Option<usize> {
        match self.order.get(likely) {
            Some(known) if known == name => Some(likely),
            _ => self.places.get(name).copied(),
        }
    }

    /// The keys and values of an object that is split. None if the object stays whole, and for all other values.
    fn parts<'v>(&self, key: &str, value: &'v RawValue) -> Option<Object<'v, &'v RawValue>> {
        if !is_object(value) || self.whole.contains(key) {
            return None;
        }
        serde_json::from_str(value.get()).ok()
    }
}

fn is_object(value: &RawValue) -> bool {
    value.get().starts_with('{')
}

/// The objects as rows, with the columns of a header.
pub struct Rows<'h, R: Read> {
    objects: Objects<R>,
    header: &'h Header,
    /// The columns that are needed; None means all.
    wanted: Option<Vec<bool>>,
    /// The cells of the current row that are set.
    is_set: Vec<bool>,
    pub tally: Tally,
}

impl<'h, R: Read> Rows<'h, R> {
    pub fn new(objects: Objects<R>, header: &'h Header, wanted: Option<Vec<bool>>) -> Self {
        Self {
            objects,
            header,
            wanted,
            is_set: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// Reads the next row into this one.
    pub fn read(&mut self, row: &mut Row) -> Option<Result<(), Problem>> {
        let located = match self.objects.next_object()? {
            Ok(located) => located,
            Err(problem) => return Some(Err(problem)),
        };
        let read = self.set(row, &located);
        if read.is_ok() {
            self.tally.see(row, false, false);
        }
        Some(read)
    }

    fn set(&mut self, row: &mut Row, located: &Located) -> Result<(), Problem> {
        let line = located.line;
        let object: Object<'_, &RawValue> =
            serde_json::from_str(&located.text).map_err(|error| match error.classify() {
                Category::Data => (line, r#"must be an object, {"name": "…", …}"#.to_owned()),
                _ => located.syntax(&error),
            })?;
        let count = self.header.places.len();
        row.line = line;
        row.cells.clear();
        row.cells.resize(count, Cell::EMPTY);
        self.is_set.clear();
        self.is_set.resize(count, false);
        let (header, wanted, is_set) = (self.header, self.wanted.as_deref(), &mut self.is_set);
        // Most objects have the same keys in the same order.
        let mut next = 0;
        let mut set = |name: &str, value: &RawValue| {
            let Some(place) = header.place(name, next) else {
                return Ok(());
            };
            next = place + 1;
            if is_set.get(place) == Some(&true) {
                return Err((line, format!("`{name}` is there twice")));
            }
            let is_wanted = wanted.is_none_or(|wanted| wanted.get(place) == Some(&true));
            let value = match is_wanted {
                true => cell_of(value).map_err(|error| located.syntax(&error))?,
                false => Cell::EMPTY,
            };
            if let (Some(cell), Some(set)) = (row.cells.get_mut(place), is_set.get_mut(place)) {
                (*cell, *set) = (value, true);
            }
            Ok(())
        };
        for (key, value) in &object.0 {
            match header.parts(key, value) {
                None => set(key, value)?,
                Some(parts) => {
                    for (name, value) in &parts.0 {
                        set(&format!("{key}.{name}"), value)?;
                    }
                }
            }
        }
        row.absent.clear();
        row.absent.extend(self.is_set.iter().map(|is_set| !is_set));
        Ok(())
    }
}

/// A value as a cell. Most are texts without escapes, which need no parser.
fn cell_of(value: &RawValue) -> Result<Cell, serde_json::Error> {
    let inner = value.get().strip_prefix('"');
    let inner = inner.and_then(|inner| inner.strip_suffix('"'));
    match inner {
        Some(text) if memchr(b'\\', text.as_bytes()).is_none() => {
            Ok(Cell::Typed(Value::String(text.to_owned())))
        }
        _ => serde_json::from_str(value.get()).map(Cell::Typed),
    }
}

impl<R: Read> Iterator for Rows<'_, R> {
    type Item = Result<Row, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut row = Row::default();
        let read = self.read(&mut row)?;
        Some(read.map(|()| row))
    }
}

/// An object with its keys in their order, including repeated ones. `serde_json` would sort the keys.
struct Object<'o, V>(Vec<(Cow<'o, str>, V)>);

impl<'de: 'o, 'o, V: Deserialize<'de>> Deserialize<'de> for Object<'o, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<V>(PhantomData<V>);

        /// Serde borrows a `Cow` only with its attribute `borrow`.
        #[derive(Deserialize)]
        struct Key<'k>(#[serde(borrow)] Cow<'k, str>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for Entries<V> {
            type Value = Vec<(Cow<'de, str>, V)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((Key(key), value)) = map.next_entry()? {
                    entries.push((key, value));
                }
                Ok(entries)
            }
        }

        let entries = Entries(PhantomData);
        deserializer.deserialize_map(entries).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_known(name: &str) -> bool {
        matches!(name, "name" | "email" | "address" | "tags")
    }

    fn objects(text: &str, by_line: bool) -> Objects<&[u8]> {
        let text = Text::new(text.as_bytes(), b"");
        match by_line {
            true => Objects::lines(text),
            false => Objects::values(text),
        }
    }

    /// The names of the columns, the rows, and the problems.
    fn read(text: &str, by_line: bool) -> (Vec<String>, Vec<String>, Vec<String>) {
        let header = Header::read(&mut objects(text, by_line), &is_known).expect("a header");
        let (mut read, mut problems) = (Vec::new(), Vec::new());
        for row in Rows::new(objects(text, by_line), &header, None) {
            match row {
                Ok(row) => {
                    let cells = row.cells.iter().map(|cell| match cell {
                        Cell::Text(text) => text.clone(),
                        Cell::Typed(value) => value.to_string(),
                    });
                    let cells: Vec<String> = cells.collect();
                    read.push(format!("{}: {}", row.line, cells.join(" ")));
                }
                Err((line, what)) => problems.push(format!("line {line}: {what}")),
            }
        }
        let names = header.names.into_iter().map(|name| name.text);
        (names.collect(), read, problems)
    }

    #[test]
    fn columns_stand_in_the_order_in_which_keys_first_come() {
        let text = r#"[{"title": "a", "name": "b"}, {"Tags": ["c"], "name": 5.50}]"#;
        let (names, rows, problems) = read(text, false);
        assert_eq!(names, ["title", "name", "Tags"]);
        assert_eq!(rows, [r#"1: "a" "b" null"#, r#"1: null 5.5 ["c"]"#]);
        assert_eq!(problems, [""; 0]);
    }

    #[test]
    fn an_object_of_an_unknown_key_is_taken_apart_and_a_known_one_is_not() {
        let text = r#"{"results": [
            {"id": "1", "properties": {"name": "Jim", "city": {"x": [1]}}, "address": {"city": "Rome"}},
            {"id": "2", "properties": {"name": "Pam", "city": null}}
        ]}"#;
        let (names, rows, _) = read(text, false);
        assert_eq!(
            names,
            ["id", "properties.name", "properties.city", "address"]
        );
        assert_eq!(
            rows,
            [
                r#"2: "1" "Jim" {"x":[1]} {"city":"Rome"}"#,
                r#"3: "2" "Pam" null null"#
            ]
        );
    }

    #[test]
    fn all_that_is_wrong_with_lines_is_told_by_line_and_spoils_no_other() {
        let text = "{\"name\": \"Jim\"}\r\n\r\n{\"name\": Pam}\n[1]\n{\"name\": \"a\", \"name\": \"b\"}\n\
            {\"name\": \"Oscar\"}\n{\"name\": \"a\"";
        let (_, rows, problems) = read(text, true);
        assert_eq!(rows, [r#"1: "Jim""#, r#"6: "Oscar""#]);
        let expected = [
            "line 3: is not JSON at column 10: expected value",
            "line 4: must be an object",
            "line 5: `name` is there twice",
            "line 7: is not JSON at column 12",
        ];
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        for (told, expected) in problems.iter().zip(expected) {
            assert!(told.starts_with(expected), "{told}");
        }
    }

    #[test]
    fn what_is_wrong_with_an_object_of_an_array_is_told_by_its_line_and_column_in_the_file() {
        let (_, rows, problems) = read(
            "[{\"name\": \"Jim\"},\n  {\"name\": nul},\n 7, {\"a\":\n tru}]",
            false,
        );
        assert_eq!(rows.len(), 1);
        let expected = [
            "line 2: is not JSON at column 15: expected ident",
            "line 3: must be an object",
            "line 4: is not JSON at column",
        ];
        for (told, expected) in problems.iter().zip(expected) {
            assert!(told.starts_with(expected), "{told}");
        }
        assert_eq!(problems.len(), 3);
    }

    #[test]
    fn more_columns_than_any_account_has_are_too_many() {
        let objects_text: Vec<String> = (1..=501).map(|n| format!("{{\"cf_{n}\":1}}")).collect();
        let text = objects_text.join("\n");
        let refused = Header::read(&mut objects(&text, true), &is_known).err();
        let told = (501, "has a column too many: 500 are the most".to_owned());
        assert_eq!(refused, Some(told));
    }
}
