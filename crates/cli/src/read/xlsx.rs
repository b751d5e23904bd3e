//! The marks of a sheet of an `.xlsx`. `calamine` returns the values of its cells and their formats, but neither hidden rows
//! nor formulas without a result.

use std::io::{BufReader, Cursor, Read};

use quick_xml::{
    Reader,
    escape::unescape,
    events::{BytesStart, Event},
};
use zip::{ZipArchive, read::ZipFile};

use super::sheet_marks::Marks;

/// The part that lists the sheets. The one behind it lists where their parts are.
const WORKBOOK: &str = "workbook.xml";

type Parts<'b> = ZipArchive<Cursor<&'b [u8]>>;

/// Returns the marks of the sheet with this name. None if its part is not found.
pub fn marks(bytes: &[u8], sheet: &str) -> Option<Marks> {
    let mut parts = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut names = names(&parts).into_iter();
    let book = names.find(|name| name.rsplit('/').next() == Some(WORKBOOK))?;
    let folder = book.strip_suffix(WORKBOOK)?;
    let id = find(&mut parts, &book, "sheet", ("name", sheet), "id")?;
    let relations = format!("{folder}_rels/{WORKBOOK}.rels");
    let target = find(
        &mut parts,
        &relations,
        "Relationship",
        ("Id", &id),
        "Target",
    )?;
    let path = match target.strip_prefix('/') {
        Some(path) => path.to_owned(),
        None => format!("{folder}{target}"),
    };
    marks_of(part(&mut parts, &path)?)
}

/// The names of all parts, in their order.
fn names(parts: &Parts<'_>) -> Vec<String> {
    let names = parts.file_names();
    names
        .map(|name| name.map_or_else(|_| String::new(), |name| plain(&name)))
        .collect()
}

/// The name of a part as Excel writes it. Some programs write it with backslashes, or in other letters.
fn plain(name: &str) -> String {
    name.replace('\\', "/").to_lowercase()
}

fn part<'p, 'b>(parts: &'p mut Parts<'b>, name: &str) -> Option<ZipFile<'p, Cursor<&'b [u8]>>> {
    let name = plain(name);
    let number = names(parts).iter().position(|found| *found == name)?;
    parts.by_index(number).ok()
}

/// The value of an attribute of the first element with this name and another attribute.
fn find(
    parts: &mut Parts<'_>,
    name: &str,
    element: &str,
    (key, value): (&str, &str),
    wanted: &str,
) -> Option<String> {
    let mut reader = Reader::from_reader(BufReader::new(part(parts, name)?));
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).ok()? {
            Event::Start(start) | Event::Empty(start)
                if start.local_name().as_ref() == element
                    && attribute(&start, key).as_deref() == Some(value) =>
            {
                return attribute(&start, wanted);
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let mut attributes = attributes.with_checks(false).flatten();
    let found = attributes.find(|found| found.key.local_name().as_ref() == name)?;
    Some(unescape(&found.value).ok()?.into_owned())
}

/// A cell, up to its end.
#[derive(Default)]
struct Cell {
    is_text: bool,
    has_formula: bool,
    has_value: bool,
    is_in_value: bool,
}

fn marks_of(part: impl Read) -> Option<Marks> {
    let mut reader = Reader::from_reader(BufReader::new(part));
    let (mut buffer, mut row, mut cell) = (Vec::new(), 0, Cell::default());
    let mut marks = Marks::default();
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer).ok()?;
        match &event {
            Event::Start(start) | Event::Empty(start) => match start.local_name().as_ref() {
                "row" => {
                    let number = attribute(start, "r").and_then(|row| row.parse().ok());
                    row = number.unwrap_or(row + 1);
                    if matches!(attribute(start, "hidden").as_deref(), Some("1" | "true")) {
                        marks.hidden.add(row, row);
                    }
                }
                "c" => {
                    // The result of a formula can be a text without letters.
                    let is_text = attribute(start, "t").is_some_and(|kind| kind == "str");
                    cell = Cell {
                        is_text,
                        ..Cell::default()
                    };
                }
                "f" => cell.has_formula = true,
                "v" => cell.is_in_value = matches!(event, Event::Start(_)),
                "mergeCell" => {
                    let range = attribute(start, "ref").unwrap_or_default();
                    if let Some((first, last)) = rows(&range) {
                        marks.merged.add(first.saturating_add(1), last);
                    }
                }
                _ => {}
            },
            Event::Text(text) => cell.has_value |= cell.is_in_value && !text.is_empty(),
            Event::End(end) => match end.local_name().as_ref() {
                "v" => cell.is_in_value = false,
                "c" if cell.has_formula && !cell.has_value && !cell.is_text => {
                    marks.unresolved.add(row, row);
                }
                _ => {}
            },
            Event::Eof => return Some(marks),
            _ => {}
        }
    }
}

/// The first and the last row of a range such as `B2:C4`.
fn rows(range: &str) -> Option<(u64, u64)> {
    let (first, last) = range.split_once(':')?;
    let row = |place: &str| {
        let digits = place.trim_start_matches(|char: char| !char.is_ascii_digit());
        digits.parse().ok()
    };
    Some((row(first)?, row(last)?))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn file(parts: &[(&str, &str)]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in parts {
            let options = SimpleFileOptions::default();
            zip.start_file(*name, options).expect("in memory");
            zip.write_all(text.as_bytes()).expect("in memory");
        }
        zip.finish().expect("in memory").into_inner()
    }

    const BOOK: &str = r#"<x:workbook><x:sheets><x:sheet name="Old" r:id="r1"/><x:sheet name="A &amp; B" r:id="r2"/>
        </x:sheets></x:workbook>"#;
    const SHEET: &str = r#"<worksheet><sheetData><row r="2" hidden="1"><c r="A2"><v>1</v></c></row>
        <row><c r="A3"><f>A2</f><v></v></c></row><row r="7"><c r="A7"><f>A2</f><v/></c></row>
        <row r="8"><c r="A8" t="str"><f>A2</f><v></v></c><c r="B8"><f>A2</f><v>1</v></c><c r="C8"/></row></sheetData>
        <mergeCells><mergeCell ref="A4:B6"/><mergeCell ref="C9:D9"/></mergeCells></worksheet>"#;

    #[test]
    fn hidden_rows_merged_cells_and_formulas_without_a_result_are_marked() {
        for (folder, target, path) in [
            ("xl/", "worksheets/sheet9.xml", "xl/worksheets/sheet9.xml"),
            (
                "xl/",
                "/xl/worksheets/sheet9.xml",
                "xl/worksheets/sheet9.xml",
            ),
            (
                "xl\\",
                "worksheets/sheet9.xml",
                "xl\\worksheets\\sheet9.xml",
            ),
            ("", "Sheet9.xml", "sheet9.xml"),
        ] {
            let relations = format!(
                r#"<Relationships><Relationship Id="r1" Target="worksheets/none.xml"/><Relationship Target="{target}"
                Id="r2"/></Relationships>"#
            );
            let bytes = file(&[
                (&format!("{folder}workbook.xml"), BOOK),
                (&format!("{folder}_rels/workbook.xml.rels"), &relations),
                (path, SHEET),
            ]);
            let marks = marks(&bytes, "A & B").expect("a sheet");
            assert_eq!(marks.hidden.lines(1..20).to_string(), "line 2");
            assert_eq!(marks.unresolved.lines(1..20).to_string(), "lines 3, 7");
            assert_eq!(marks.merged.lines(1..20).to_string(), "lines 5-6");
        }
    }

    #[test]
    fn a_sheet_that_is_not_where_it_is_to_be_has_no_marks() {
        let bytes = file(&[
            (WORKBOOK, BOOK),
            ("_rels/workbook.xml.rels", "<Relationships/>"),
        ]);
        assert!(marks(&bytes, "Old").is_none());
        assert!(marks(&bytes, "None").is_none());
        assert!(marks(b"PK", "Old").is_none());
    }
}
