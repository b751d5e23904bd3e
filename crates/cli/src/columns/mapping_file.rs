//! The mapping file: what was recognised, written as TOML that a person can edit, and used by a later import.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    column::Column,
    header::Header,
    settings::{DateOrder, UnknownColumns, UnknownValues},
};

/// A mapping file. Options on the command line override it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MappingFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_order: Option<DateOrder>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_columns: Option<UnknownColumns>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_values: Option<UnknownValues>,
    /// By column of the file: the known column, or nothing to leave it out.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// Values for all rows.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// By field: the values that replace those of the file.
    #[serde(default)]
    pub values: BTreeMap<String, BTreeMap<String, String>>,
}

const HEAD: &str = "\
# A mapping for copper import, to be edited and given by --mapping.
#
# [columns] has the columns of the file, and the ones that Copper knows; \"\" leaves a column out,
# \"First Name+Last Name\" = \"name\" joins two, and \"#3\" names a column by its place.
# [set] gives all rows a value: tags = \"fair\".
# [values.status] translates: \"Working\" = \"Contacted\".
# Above them may stand encoding, date-order (dmy, mdy, ymd), unknown-columns (refuse, drop, details) and
# unknown-values (reject, drop, details).

";

impl MappingFile {
    /// Parses a file. The error follows the file's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| format!("is no mapping file: {}", error.message()))
    }

    /// The recognised columns of a header, and the choices with which it was read.
    pub fn of(header: &Header, encoding: Option<String>) -> Self {
        let settings = header.settings();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let key = |name: &str| name.trim().to_lowercase();
        for place in header.places() {
            *counts.entry(key(&place.name)).or_default() += 1;
        }
        let mut columns = BTreeMap::new();
        let mut joins: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for (n, place) in (1..).zip(header.places()) {
            let is_alone = counts.get(&key(&place.name)) == Some(&1);
            let name = match is_alone && !place.name.is_empty() {
                true => place.name.clone(),
                false => format!("#{n}"),
            };
            match place.column {
                Column::Field(_) | Column::Custom(_) => {
                    columns.insert(name, place.column.to_string());
                }
                Column::Joined(join) => joins.entry(join).or_default().push(name),
                Column::Unknown if settings.unknown_columns == UnknownColumns::Details => {}
                Column::LeftOut(_) | Column::Unknown => {
                    columns.insert(name, String::new());
                }
                // These are recognised without an entry.
                Column::PhoneKind | Column::Added(_) | Column::Nameless => {}
            }
        }
        for (join, names) in joins {
            if let Some(column) = header.joined(join) {
                columns.insert(names.join("+"), column.to_string());
            }
        }
        Self {
            encoding,
            date_order: settings.date_order.or(header.date_order()),
            // All other columns that are not known are listed, to be left out.
            unknown_columns: Some(settings.unknown_columns)
                .filter(|fate| *fate == UnknownColumns::Details),
            unknown_values: Some(settings.unknown_values)
                .filter(|fate| *fate != UnknownValues::Reject),
            columns,
            set: header.constants().collect(),
            values: header.values().clone(),
        }
    }

    /// The text of the file.
    pub fn text(&self) -> Result<String, String> {
        let text = toml::to_string_pretty(self).map_err(|error| error.to_string())?;
        Ok(format!("{HEAD}{text}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_unknown_is_refused() {
        let file = MappingFile {
            date_order: Some(DateOrder::Dmy),
            columns: BTreeMap::from([("Full \"Name\"".to_owned(), "name".to_owned())]),
            values: BTreeMap::from([(
                "status".to_owned(),
                BTreeMap::from([("Working".to_owned(), "Contacted".to_owned())]),
            )]),
            ..MappingFile::default()
        };
        let text = file.text().expect("a text");
        assert!(text.contains("date-order = \"dmy\""), "{text}");
        assert!(
            text.contains("[values.status]\nWorking = \"Contacted\""),
            "{text}"
        );
        assert_eq!(MappingFile::parse(&text), Ok(file));
        for text in [
            "date_order = \"dmy\"",
            "columns = 1",
            "date-order = \"dym\"",
            "[",
        ] {
            assert!(MappingFile::parse(text).is_err(), "{text}");
        }
    }
}
