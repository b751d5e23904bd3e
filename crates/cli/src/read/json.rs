//! Rows of a JSON: an array of objects, or an object a line. A key is a column; the objects need not
//! have the same keys.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, error::Category, value::RawValue};

use super::{
    line_counter::LineCounter,
    row::{Cell, MOST_COLUMNS, Name, Problem, Row},
};

/// The text of an object, and the line that it begins on.
type Located<'t> = (u64, &'t str);

/// The objects of an array. One by one, so that each is told by its line and spoils no other.
pub fn array(text: &str) -> Result<impl Iterator<Item = Located<'_>> + Send, Problem> {
    let objects: Vec<&RawValue> = match serde_json::from_str(text) {
        Ok(objects) => objects,
        Err(error) if error.classify() == Category::Data => {
            let what = r#"must be an array of objects, [{"name": "…"}, …]; with an object a line, the file must be named .jsonl"#;
            return Err((1, what.to_owned()));
        }
        Err(error) => return Err((error.line() as u64, syntax(&error))),
    };
    let mut counter = LineCounter::new(text.as_bytes());
    Ok(objects.into_iter().map(move |object| {
        let object = object.get();
        // It is a part of the text.
        let place = (object.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        (counter.line_of(place), object)
    }))
}

/// The objects of a text that has one a line.
pub fn lines(text: &str) -> impl Iterator<Item = Located<'_>> + Send {
    let lines = (1..).zip(text.lines());
    lines.filter(|(_, object)| !object.trim().is_empty())
}

/// The keys of all objects, in the order in which they first come. Objects that can't be read have none.
pub fn header<'t>(objects: impl Iterator<Item = Located<'t>>) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    let mut known = HashSet::new();
    for (line, text) in objects {
        let Ok(object) = serde_json::from_str::<Object>(text) else {
            continue;
        };
        for (key, _) in object.0 {
            if names.len() < MOST_COLUMNS && known.insert(key.clone()) {
                names.push(Name { line, text: key });
            }
        }
    }
    names
}

/// A row for each object, by the columns of the header.
pub fn rows<'t>(
    objects: impl Iterator<Item = Located<'t>> + Send + 't,
    header: &'t [Name],
) -> impl Iterator<Item = Result<Row, Problem>> + Send + 't {
    let names = header.iter().map(|name| name.text.as_str());
    let places: HashMap<&str, usize> = names.zip(0..).collect();
    objects.map(move |(line, text)| row(text, line, &places))
}

fn row(text: &str, line: u64, places: &HashMap<&str, usize>) -> Result<Row, Problem> {
    let object: Object = match serde_json::from_str(text) {
        Ok(object) => object,
        Err(error) if error.classify() == Category::Data => {
            return Err((line, r#"must be an object, {"name": "…", …}"#.to_owned()));
        }
        Err(error) => return Err((line + error.line() as u64 - 1, syntax(&error))),
    };
    let mut cells = vec![Cell::EMPTY; places.len()];
    let mut filled = vec![false; places.len()];
    for (key, value) in object.0 {
        let place = places.get(key.as_str());
        let place = place.and_then(|at| Some((cells.get_mut(*at)?, filled.get_mut(*at)?)));
        let Some((cell, filled)) = place else {
            let what = format!("has a column too many: {MOST_COLUMNS} are the most");
            return Err((line, what));
        };
        if *filled {
            return Err((line, format!("`{key}` is there twice")));
        }
        (*cell, *filled) = (Cell::Typed(value), true);
    }
    Ok(Row { line, cells })
}

/// The error of a text that is no JSON. Serde's words for it don't quote the text.
fn syntax(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let what = words.rsplit_once(" at line ").map_or("", |(what, _)| what);
    format!("is not JSON at column {}: {what}", error.column())
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
    use crate::{
        display::problems::Problems,
        fields::lead::LEADS,
        read::source::Format::{Json, JsonLines},
        records::input::{
            Input,
            tests::{problems as told, source},
        },
    };

    #[test]
    fn all_that_is_wrong_with_lines_is_told_by_line() {
        let told = told(
            "{\"name\": \"Jim\"}\r\n\r\n{\"name\": Pam}\n[1]\n{\"name\": [5], \"mobil\": 1}\n{\"mobil\": 2}\n\
            {\"name\": \"a\", \"Name\": \"b\"}\n{\"name\": \"a\"",
            JsonLines,
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
                "[{\"name\": \"Jim\", \"address\": {}, \"city\": 1.5}]",
                &["`city` must be text"],
            ),
            (
                "[{\"name\": \"a\", \"city\": \"b\", \"address\": {}}]",
                &["`address` is given twice"],
            ),
            ("[{}]", &["line 1: no lead has a `name`"]),
            ("", &["line 1: is not JSON"]),
        ] {
            let told = told(text, Json);
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
        let read = told(&objects.join("\n"), JsonLines);
        let expected = "\n  line 500: has a column too many: 500 are the most\
            \n  line 501: has a column too many: 500 are the most";
        assert_eq!(read, expected);
        let long = format!("{{\"name\":\"a\",\"{}\":1}}", "x".repeat(100_000));
        assert!(told(&long, JsonLines).len() < 2100);
    }

    #[test]
    fn columns_stand_in_the_order_in_which_keys_first_come() {
        let text = r#"[{"title": "a", "name": "b"}, {"Tags": ["c"], "name": "d"}]"#;
        let mut problems = Problems::default();
        let input = Input::new(
            source(text, Json),
            &LEADS,
            &Default::default(),
            &mut problems,
        );
        assert_eq!(problems.to_string(), "");
        assert_eq!(input.columns(), ["title", "name", "Tags"]);
        let rows: Vec<_> = input.rows().flatten().collect();
        let written: Vec<_> = rows.iter().map(|row| input.written(row)).collect();
        let cells: Vec<Vec<&str>> = written.iter().map(|row| row.iter().collect()).collect();
        assert_eq!(cells, [vec!["a", "b", ""], vec!["", "d", r#"["c"]"#]]);
    }
}
