//! Detection of a file's format: by its content if that is clear, otherwise by its name.

use std::path::Path;

use super::{
    container::{self, Container},
    format::Format,
    unreadable,
};

/// The format of a file that begins with these bytes, and with this text if it is a text. The error says what the file
/// is instead, in words that follow the file's name.
pub fn format(
    told: Option<Format>,
    path: &Path,
    head: &[u8],
    text: &str,
    container: impl FnOnce() -> Container,
) -> Result<Format, String> {
    if let Some(what) = unreadable::by_signature(head) {
        return Err(what.to_owned());
    }
    let found = if container::is_container(head) {
        match container() {
            Container::Workbook(format) => Some(format),
            Container::Other(what) => return Err(what.to_owned()),
        }
    } else {
        None
    };
    match (told, found) {
        (Some(told), Some(found)) if told != found => {
            return Err(format!("is {found}, and not {told}, as --format says"));
        }
        (Some(told), None) if told.is_workbook() => {
            return Err(format!(
                "is not {told}, as --format says; it is damaged, or a text"
            ));
        }
        (_, Some(found)) => return Ok(found),
        _ => {}
    }
    if let Some(what) = unreadable::by_text(text) {
        return Err(what.to_owned());
    }
    if let Some(told) = told {
        return Ok(told);
    }
    let is_json = begins_like_json(text);
    match Format::by_name(path) {
        Some(Format::Json | Format::JsonLines) if !is_json && is_table(text) => Err(
            "is named like JSON, and is another text; if it is a table, --format csv or tsv reads it"
                .to_owned(),
        ),
        Some(Format::JsonLines) if is_json && !is_by_line(text) => Ok(Format::Json),
        Some(named) if named.is_workbook() && !is_json => Err(format!(
            "is named like {named}, and is a text or damaged; if it is a text, --format csv or tsv \
            reads it"
        )),
        Some(Format::JsonLines) => Ok(Format::JsonLines),
        Some(Format::Json) => Ok(Format::Json),
        _ if is_json => Ok(Format::Json),
        Some(named) => Ok(named),
        None => Ok(Format::Csv),
    }
}

/// Returns true if the first line has several cells, and begins as no JSON does.
fn is_table(text: &str) -> bool {
    let first = text.trim_start().lines().next().unwrap_or_default();
    first.starts_with(char::is_alphabetic) && first.contains([',', ';', '\t', '|'])
}

/// Returns true for objects of which each is one line, and false for an array and for an object of several lines.
fn is_by_line(text: &str) -> bool {
    let first = text.trim_start().lines().next().unwrap_or_default();
    !first.starts_with('[') && first.trim_end() != "{"
}

/// Returns true if no table begins like this.
fn begins_like_json(text: &str) -> bool {
    let mut chars = text.chars().filter(|c| !c.is_whitespace());
    matches!(
        (chars.next(), chars.next()),
        (Some('{'), Some('"' | '}')) | (Some('['), Some('{' | ']'))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format_of(told: Option<Format>, name: &str, text: &str) -> Result<Format, String> {
        let none = || Container::Other("is no workbook");
        format(told, Path::new(name), text.as_bytes(), text, none)
    }

    #[test]
    fn a_text_is_what_its_name_says_and_by_its_content_where_the_name_says_nothing() {
        for (name, text, format) in [
            ("a.csv", "name", Format::Csv),
            ("a.CSV", "name", Format::Csv),
            ("rejects.csv.unknown", "name", Format::Csv),
            ("a.tsv", "name,email", Format::Tsv),
            ("a.txt", "name\temail", Format::Csv),
            ("a", "name", Format::Csv),
            ("-", "name", Format::Csv),
            ("a", " [ {\"name\": 1}]", Format::Json),
            ("-", "{\"name\": 1}\n{\"name\": 2}", Format::Json),
            ("a.txt", "{\"name\": 1}", Format::Json),
            ("a.csv", "[{\"name\": 1}]", Format::Json),
            ("a.csv", "[name],[email]", Format::Csv),
            ("a.json", "name", Format::Json),
            ("a.ndjson", "[1]", Format::JsonLines),
            ("a.jsonl", "{\"name\": 1}", Format::JsonLines),
            ("a.jsonl", "{\"name\": 1}\n{", Format::JsonLines),
            ("a.jsonl", "\n[{\"name\": 1}]", Format::Json),
            ("a.jsonl", "{\n  \"name\": 1\n}\n{", Format::Json),
        ] {
            assert_eq!(format_of(None, name, text), Ok(format), "{name}: {text}");
        }
    }

    #[test]
    fn an_option_says_what_a_text_is_and_not_what_a_workbook_is() {
        let csv = Some(Format::Csv);
        assert_eq!(format_of(csv, "a.json", "[{\"a\": 1}]"), Ok(Format::Csv));
        let named = format_of(Some(Format::Xlsx), "a.xlsx", "name,email");
        assert!(named.is_err_and(|what| what.contains("as --format says")));
        let zip = |told| {
            let workbook = || Container::Workbook(Format::Xlsx);
            format(told, Path::new("a.csv"), b"PK\x03\x04", "", workbook)
        };
        assert_eq!(zip(None), Ok(Format::Xlsx));
        assert!(zip(csv).is_err_and(|what| what == "is a workbook (.xlsx), and not a CSV, as --format says"));
    }

    #[test]
    fn a_table_that_is_named_like_json_is_refused() {
        for name in ["a.json", "a.jsonl"] {
            let refused = format_of(None, name, "name;email\nJim;")
                .err()
                .unwrap_or_default();
            assert!(refused.starts_with("is named like JSON"), "{refused}");
            let told = format_of(Some(Format::Csv), name, "name;email\nJim;");
            assert_eq!(told, Ok(Format::Csv));
        }
    }

    #[test]
    fn a_text_that_is_named_like_a_workbook_is_refused() {
        let refused = format_of(None, "a.xlsx", "name,email")
            .err()
            .unwrap_or_default();
        assert!(refused.contains("--format csv"), "{refused}");
    }
}
