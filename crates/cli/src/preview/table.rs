//! The table of columns: the field that each one fills, and the rule by which it was found.

use std::fmt;

use serde_json::Value;

use crate::{
    columns::{
        column::Column,
        header::{Header, Place, Rule},
        settings::UnknownColumns,
    },
    display::escape::escaped,
    fields::field::{FAX, Names, Place as FieldPlace},
    records::findings::Findings,
};

/// The longest text of a cell of the table, in characters.
const LONGEST: usize = 32;

/// A table for people.
pub struct Table<'h> {
    pub header: &'h Header,
    pub findings: &'h Findings,
    /// True if it shows the first values, which are someone's data.
    pub is_of_data: bool,
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![
            vec!["column", "field", "rule", "first value", "filled", "empty"]
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        ];
        for (n, place) in self.header.places().iter().enumerate() {
            let first = self.findings.firsts.get(n).and_then(Option::as_ref);
            let filled = self.findings.filled.get(n).copied().unwrap_or_default();
            rows.push(vec![
                cut(&escaped(&place.name).to_string()),
                field(self.header, place),
                place.rule.to_string(),
                first.map_or_else(String::new, |value| cut(&escaped(text(value)).to_string())),
                filled.to_string(),
                self.findings.rows.saturating_sub(filled).to_string(),
            ]);
        }
        for (name, value) in self.header.constants() {
            let mut row = vec!["(all rows)".to_owned(), name, "--set".to_owned()];
            row.extend([
                cut(&escaped(value).to_string()),
                String::new(),
                String::new(),
            ]);
            rows.push(row);
        }
        let shows = |n: usize| n != 3 || self.is_of_data;
        let width = |n: usize| {
            let cells = rows.iter().filter_map(|row| row.get(n));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..6).map(width).collect();
        for row in &rows {
            let mut line = String::from("   ");
            for (n, (cell, width)) in row
                .iter()
                .zip(&widths)
                .enumerate()
                .filter(|(n, _)| shows(*n))
            {
                let pad = " ".repeat(width - cell.chars().count());
                line += &match n {
                    4 | 5 => format!(" {pad}{cell} "),
                    _ => format!(" {cell}{pad} "),
                };
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// The field of a column, in words.
fn field(header: &Header, place: &Place) -> String {
    let named = |names: Names| match names {
        Names::Owner => "by name or e-mail",
        _ => "by name",
    };
    match place.column {
        Column::Field(field) => match field.place {
            FieldPlace::NamePart(_) => "name, a part".to_owned(),
            FieldPlace::Home(part) => format!("{part}, if there is no other"),
            FieldPlace::Named(names, _) => format!("{}, {}", field.name(), named(names)),
            _ if field.name() == FAX => "other_phone, as it is a fax".to_owned(),
            _ if field.name() == "address" && !place.profile.has_object => {
                "street, as it is a text".to_owned()
            }
            _ => field.name().to_owned(),
        },
        Column::Custom(id) => match header.custom_name(id) {
            Some(name) => format!("cf_{id} ({})", cut(&escaped(name).to_string())),
            None => format!("cf_{id}"),
        },
        Column::Joined(join) => {
            let column = header.joined(join).map(|column| column.to_string());
            format!("{}, joined", column.unwrap_or_default())
        }
        Column::PhoneKind => "kind of a phone number".to_owned(),
        Column::Added(_) => "(of an earlier import)".to_owned(),
        Column::LeftOut(_) => "(left out)".to_owned(),
        Column::Nameless => "(without a name)".to_owned(),
        Column::Unknown => {
            let fate = match header.settings().unknown_columns {
                UnknownColumns::Refuse => "unknown",
                UnknownColumns::Drop => "left out",
                UnknownColumns::Details => "details",
            };
            match place.second_of {
                Some("title") if place.rule == Rule::Synonym => {
                    format!("({fate}: a form of address)")
                }
                Some(field) => format!("({fate}: a second {field})"),
                None => format!("({fate})"),
            }
        }
    }
}

/// A value as it is sent, shortened.
fn text(value: &Value) -> String {
    let of = |object: &serde_json::Map<String, Value>| {
        let key = ["email", "number", "url"]
            .into_iter()
            .find_map(|key| object.get(key));
        key.map(text)
    };
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join("; "),
        Value::Object(object) => of(object).unwrap_or_else(|| value.to_string()),
        other => other.to_string(),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
