//! Rows from JSON: an array of objects, or an object a line. A key is a column, in either family of
//! names; the objects need not have the same keys.

use std::{collections::BTreeSet, fmt};

use csv::StringRecord;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, error::Category, value::RawValue};

use super::{
    columns::{Column, MOST_COLUMNS, Unusable},
    custom,
    entity::Entity,
    field::NAME,
    input::Input,
    lines::LineCounter,
    mapping::HINT,
    problems::Problems,
};

pub fn read_array(text: &str, input: &mut Input, problems: &mut Problems) {
    // One by one, so that each object is told by its line and spoils no other.
    let objects: Vec<&RawValue> = match serde_json::from_str(text) {
        Ok(objects) => objects,
        Err(error) if error.classify() == Category::Data => {
            let what = r#"must be an array of objects, [{"name": "…"}, …]; with an object a line, the file must be named .jsonl"#;
            return problems.add(1, what);
        }
        Err(error) => return problems.add(error.line() as u64, syntax(&error)),
    };
    let mut counter = LineCounter::new(text.as_bytes());
    let mut keys = Keys::default();
    for object in objects {
        let object = object.get();
        // It is a part of the text.
        let place = (object.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        keys.read_object(object, counter.line_of(place), input, problems);
    }
    keys.check(input, problems);
}

pub fn read_lines(text: &str, input: &mut Input, problems: &mut Problems) {
    let mut keys = Keys::default();
    for (line, object) in (1..).zip(text.lines()) {
        if !object.trim().is_empty() {
            keys.read_object(object, line, input, problems);
        }
    }
    keys.check(input, problems);
}

/// What is wrong with a text that is no JSON. Serde's words for it don't quote the text.
fn syntax(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let what = words.rsplit_once(" at line ").map_or("", |(what, _)| what);
    format!("is not JSON at column {}: {what}", error.column())
}

/// The columns of all objects so far, in the order in which they first came.
#[derive(Default)]
struct Keys {
    columns: Vec<Column>,
    refused: BTreeSet<String>,
}

impl Keys {
    fn read_object(&mut self, text: &str, line: u64, input: &mut Input, problems: &mut Problems) {
        let object: Object = match serde_json::from_str(text) {
            Ok(object) => object,
            Err(error) if error.classify() == Category::Data => {
                return problems.add(line, r#"must be an object, {"name": "…", …}"#);
            }
            Err(error) => {
                return problems.add(line + error.line() as u64 - 1, syntax(&error));
            }
        };
        let mut written: Vec<String> = Vec::new();
        let mut meant: Vec<(Column, Value)> = Vec::new();
        for (key, value) in object.0 {
            let column = match input.column(&key) {
                Ok(column) => column,
                Err(why) => {
                    self.refuse(key, &why, line, input.entity, problems);
                    continue;
                }
            };
            if !column.is_repeatable() && meant.iter().any(|(known, _)| *known == column) {
                problems.add(line, format!("`{key}` is there twice"));
                continue;
            }
            if matches!(column, Column::Custom(_)) && !custom::has_cell(&value) {
                problems.add(line, format!("`{key}` is too long a number to be written to a table; put it in quotes, as text"));
                continue;
            }
            if column.is_of_record() {
                let Some(place) = self.place_of(column, key, input) else {
                    return problems.add(
                        line,
                        format!("has a column too many: {MOST_COLUMNS} are the most"),
                    );
                };
                if written.len() <= place {
                    written.resize(place + 1, String::new());
                }
                if let Some(cell) = written.get_mut(place) {
                    *cell = as_cell(column, &value);
                }
            }
            meant.push((column, value));
        }
        input.add(line, StringRecord::from(written), meant, problems);
    }

    /// None if there are too many.
    fn place_of(&mut self, column: Column, key: String, input: &mut Input) -> Option<usize> {
        let known = self.columns.iter().position(|known| *known == column);
        if known.is_none() && self.columns.len() < MOST_COLUMNS {
            self.columns.push(column);
            input.header.push(key);
            return Some(self.columns.len() - 1);
        }
        known
    }

    /// Tells of each key once, where it first comes.
    fn refuse(
        &mut self,
        key: String,
        why: &Unusable,
        line: u64,
        entity: &Entity,
        problems: &mut Problems,
    ) {
        if !self.refused.contains(&key) {
            problems.add(line, format!("`{key}` {}; {HINT}", why.told(entity)));
            self.refused.insert(key);
        }
    }

    /// A name that some lack is sent blank, but if all do, it goes by another key. Whatever else is
    /// missing is told row by row.
    fn check(&self, input: &Input, problems: &mut Problems) {
        let entity = input.entity;
        let is_empty = self.columns.is_empty() && self.refused.is_empty();
        let name = entity.field(NAME).map(Column::Field);
        if let Some(name) = name
            && !input.rows.is_empty()
            && !self.columns.contains(&name)
        {
            let what = format!(
                "no {} has a `{name}`, without which Copper takes none",
                entity.one
            );
            problems.add(1, what);
        }
        if !is_empty {
            input.check_mapping(1, problems);
        }
    }
}

fn as_cell(column: Column, value: &Value) -> String {
    match (value, column) {
        (Value::Null, _) => String::new(),
        (value, Column::Custom(_)) => custom::to_cell(value),
        (Value::String(text), _) => text.clone(),
        (other, _) => other.to_string(),
    }
}

/// An object with its keys as they come, which `serde_json` sorts, and with those that come twice.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Object(entries))
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::lead::LEADS, *};

    fn told(read: fn(&str, &mut Input, &mut Problems), text: &str) -> String {
        let (mut input, mut problems) =
            (Input::new(&LEADS, Default::default()), Problems::default());
        read(text, &mut input, &mut problems);
        problems.to_string()
    }

    #[test]
    fn all_that_is_wrong_with_lines_is_told_by_line() {
        let told = told(
            read_lines,
            "{\"name\": \"Jim\"}\r\n\r\n{\"name\": Pam}\n[1]\n{\"name\": 5, \"mobil\": 1}\n{\"mobil\": 2}\n\
            {\"name\": \"a\", \"Name\": \"b\"}\n{\"name\": \"a\"",
        );
        let lines: Vec<&str> = told.trim_start().split("\n  ").collect();
        let expected = [
            "line 3: is not JSON at column 10: expected value",
            "line 4: must be an object",
            "line 5: `mobil` is no column that is known here",
            "line 5: `name` must be text",
            "line 7: `Name` is there twice",
            "line 8: is not JSON at column 12",
        ];
        assert_eq!(lines.len(), expected.len(), "{told}");
        for (line, expected) in lines.iter().zip(expected) {
            assert!(line.starts_with(expected), "{line}");
        }
    }

    #[test]
    fn all_that_is_wrong_with_an_array_is_told_by_line() {
        for (text, words) in [
            (
                "[\n  {\"name\": \"Jim\",\n   \"email\": 5},\n\n  7, {\"name\": \"Pam\", \"tags\": [1]},\n\
                {\"cf_1\": 1e300}]",
                &[
                    "line 2: `email` must be text, or {",
                    "line 5: must be an object",
                    "line 5: `tags` must be text, with ;",
                    "line 6: `cf_1` is too long a number",
                ][..],
            ),
            (
                "[{\"name\": \"Jim\"},\n {\"name\": \"Pam\"]",
                &["line 2: is not JSON at column 16"],
            ),
            (
                "{\"name\": \"Jim\"}",
                &["line 1: must be an array of objects"],
            ),
            (
                "[{\"email\": \"a@example.com\"}]",
                &["line 1: no lead has a `name`"],
            ),
            (
                "[{\"name\": \"Jim\", \"address\": {}, \"city\": 1}]",
                &["`city` must be text"],
            ),
            (
                "[{\"name\": \"a\", \"city\": \"b\", \"address\": {}}]",
                &["`address` is given twice"],
            ),
            ("[{}]", &["line 1: no lead has a `name`"]),
            ("", &["line 1: is not JSON"]),
        ] {
            let told = told(read_array, text);
            for words in words {
                assert!(told.contains(words), "{words:?} is not in {told}");
            }
        }
    }

    #[test]
    fn more_columns_than_any_account_has_are_too_many_and_long_names_are_cut() {
        let objects: Vec<String> = (1..=501)
            .map(|n| format!("{{\"name\":\"a\",\"cf_{n}\":1}}"))
            .collect();
        let read = told(read_lines, &objects.join("\n"));
        let expected = "\n  line 500: has a column too many: 500 are the most\
            \n  line 501: has a column too many: 500 are the most";
        assert_eq!(read, expected);
        let long = format!("{{\"name\":\"a\",\"{}\":1}}", "x".repeat(100_000));
        assert!(told(read_lines, &long).len() < 2100);
    }

    #[test]
    fn columns_stand_in_the_order_in_which_keys_first_come() {
        let (mut input, mut problems) =
            (Input::new(&LEADS, Default::default()), Problems::default());
        let text = r#"[{"title": "a", "name": "b"}, {"Tags": ["c"], "name": "d", "index": 1}]"#;
        read_array(text, &mut input, &mut problems);
        assert_eq!(problems.to_string(), "");
        assert_eq!(input.header, ["title", "name", "Tags"]);
        let cells: Vec<Vec<&str>> = input
            .rows
            .iter()
            .map(|row| row.cells.iter().collect())
            .collect();
        assert_eq!(cells, [vec!["a", "b"], vec!["", "d", r#"["c"]"#]]);
    }
}
