//! The cells of an `.ods`, counted before `calamine` reads them. `calamine` never ends where a table has no end, copies
//! a cell as often as the file says that it is repeated, and writes as many blanks as the file asks for.

use std::{
    collections::HashMap,
    io::{BufReader, Cursor, Read},
    mem,
};

use memchr::memmem;
use quick_xml::{
    Reader,
    escape::unescape,
    events::{BytesStart, Event, attributes::Attribute},
};
use zip::ZipArchive;

use super::{
    allotted::{Cells, Rectangle, Unfit},
    number_format,
    sheet_marks::Marks,
};

/// The part with the tables.
const CONTENT: &str = "content.xml";
/// The part that lists the others, and the name of its elements for those with a password.
const MANIFEST: &str = "META-INF/manifest.xml";
const ENCRYPTED: &[u8] = b"encryption-data";
/// The most bytes of the manifest that are read.
const MANIFEST_BYTES: u64 = 1 << 20;

impl From<quick_xml::Error> for Unfit {
    fn from(_: quick_xml::Error) -> Self {
        Self::Damaged
    }
}

/// Returns the marks of each table, by its name. Fails if `calamine` would read the file for ever, or allocate far more
/// than there is in it.
pub fn check(bytes: &[u8]) -> Result<HashMap<String, Marks>, Unfit> {
    let mut parts = ZipArchive::new(Cursor::new(bytes))?;
    let counted = count(parts.by_name(CONTENT)?);
    match counted {
        Ok((cells, marks)) => cells.fit(bytes.len() as u64).map(|()| marks),
        Err(Unfit::Damaged) if is_encrypted(&mut parts)? => Err(Unfit::Encrypted),
        Err(unfit) => Err(unfit),
    }
}

/// Tells a file with a password, whose content is no XML.
fn is_encrypted(parts: &mut ZipArchive<Cursor<&[u8]>>) -> Result<bool, Unfit> {
    let mut manifest = Vec::new();
    let part = parts.by_name(MANIFEST)?;
    part.take(MANIFEST_BYTES).read_to_end(&mut manifest)?;
    Ok(memmem::find(&manifest, ENCRYPTED).is_some())
}

/// Counts the cells of all tables, and finds their marks.
fn count(content: impl Read) -> Result<(Cells, HashMap<String, Marks>), Unfit> {
    let mut reader = Reader::from_reader(BufReader::new(content));
    let (mut buffer, mut depth) = (Vec::new(), 0_u64);
    let mut tables = Tables::default();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer)? {
            Event::Start(element) => {
                depth += 1;
                tables.begin(&element)?;
            }
            Event::Empty(element) => {
                tables.begin(&element)?;
                tables.end(element.name().as_ref());
            }
            Event::End(element) => {
                depth = depth.saturating_sub(1);
                tables.end(element.name().as_ref());
            }
            Event::Text(text) => {
                tables.text(text.len() as u64);
                tables.show(&text);
            }
            Event::Eof if depth > 0 => return Err(Unfit::Damaged),
            Event::Eof => break,
            _ => {}
        }
    }
    Ok((tables.cells, tables.marks))
}

/// The tables up to here, and the row and the cell that are being read.
#[derive(Default)]
struct Tables {
    cells: Cells,
    used: Rectangle,
    /// The number of rows before this one.
    row: u64,
    row_repeats: u64,
    /// The number of cells of this row up to this one, and up to the last one with content.
    column: u64,
    width: u64,
    cell_repeats: u64,
    /// The number in this cell.
    number: Option<f64>,
    /// The text that this cell shows, up to the length of the longest number.
    shown: String,
    is_in_note: bool,
    /// The name of this table, and its marks.
    name: String,
    here: Marks,
    marks: HashMap<String, Marks>,
}

/// The most bytes of a text that can show a number.
const MOST_SHOWN: usize = 60;

impl Tables {
    fn begin(&mut self, element: &BytesStart<'_>) -> Result<(), Unfit> {
        match element.name().as_ref() {
            // `calamine` takes the end of an inner cell for that of the outer one.
            "table:table-row" | "table:table-cell" | "table:covered-table-cell"
                if self.cell_repeats > 0 =>
            {
                return Err(Unfit::Damaged);
            }
            "table:table" => {
                self.row = 0;
                let name = text(element, "table:name")?.unwrap_or_default();
                self.name = name;
                self.here = Marks::default();
            }
            "table:table-row" => {
                self.row_repeats = number(element, "table:number-rows-repeated")?;
                (self.column, self.width) = (0, 0);
                let visible = text(element, "table:visibility")?;
                if matches!(visible.as_deref(), Some("collapse" | "filter")) {
                    let last = self.row.saturating_add(self.row_repeats);
                    self.here.hidden.add(self.row.saturating_add(1), last);
                }
            }
            "table:table-cell" | "table:covered-table-cell" => {
                self.cell_repeats = number(element, "table:number-columns-repeated")?;
                self.column = self.column.saturating_add(self.cell_repeats);
                if let Some(length) = content(element)? {
                    self.width = self.column;
                    self.cells.count += 1;
                    self.text(length);
                }
                self.mark(element)?;
            }
            "office:annotation" => self.is_in_note = true,
            "text:s" => {
                self.text(number(element, "text:c")?);
                self.show(" ");
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str) {
        match name {
            "table:table-cell" | "table:covered-table-cell" => {
                self.end_cell();
                self.cell_repeats = 0;
            }
            "office:annotation" => self.is_in_note = false,
            "table:table-row" => {
                if let Some(last) = self.width.checked_sub(1) {
                    let last_row = self.row.saturating_add(self.row_repeats.max(1) - 1);
                    self.used.add([self.row, last_row], [0, last]);
                    // The cells of a row, and their formulas, before they become a range.
                    self.allot(self.width.saturating_mul(2));
                }
                self.row = self.row.saturating_add(self.row_repeats);
                self.row_repeats = 0;
            }
            "table:table" => {
                self.allot(self.used.area().saturating_mul(2));
                self.used = Rectangle::default();
                let marks = mem::take(&mut self.here);
                self.marks.insert(mem::take(&mut self.name), marks);
            }
            _ => {}
        }
    }

    /// Notes what a cell says about its row, and the number in it.
    fn mark(&mut self, cell: &BytesStart<'_>) -> Result<(), Unfit> {
        self.shown.clear();
        let kind = text(cell, "office:value-type")?;
        let value = text(cell, "office:value")?;
        self.number = match kind.as_deref() {
            Some("float") => value.and_then(|value| value.parse().ok()),
            _ => None,
        };
        let row = self.row.saturating_add(1);
        let spanned = number(cell, "table:number-rows-spanned")?;
        if spanned > 1 {
            let last = self.row.saturating_add(spanned);
            self.here.merged.add(row.saturating_add(1), last);
        }
        if text(cell, "calcext:value-type")?.as_deref() == Some("error") {
            self.here.errors.add(row, row);
        }
        if kind.is_none() && text(cell, "table:formula")?.is_some() {
            self.here.unresolved.add(row, row);
        }
        Ok(())
    }

    /// Adds a text that the cell shows, but for that of a note at it.
    fn show(&mut self, text: &str) {
        if self.number.is_some() && !self.is_in_note && self.shown.len() + text.len() <= MOST_SHOWN
        {
            self.shown.push_str(text);
        }
    }

    fn end_cell(&mut self) {
        let Some(number) = self.number.take() else {
            return;
        };
        if number_format::keeps(&self.shown, number) {
            let last_row = self.row.saturating_add(self.row_repeats);
            let columns = [
                self.column.saturating_sub(self.cell_repeats),
                self.column.saturating_sub(1),
            ];
            let shown = self.shown.trim().to_owned();
            let rows = [self.row.saturating_add(1), last_row];
            self.here.texts.add(rows, columns, shown);
        }
    }

    fn allot(&mut self, cells: u64) {
        self.cells.allotted = self.cells.allotted.saturating_add(cells);
    }

    /// Counts a text, as often as its cell and its row are repeated.
    fn text(&mut self, length: u64) {
        let times = self.cell_repeats.saturating_mul(self.row_repeats);
        let text = &mut self.cells.text;
        *text = text.saturating_add(length.saturating_mul(times));
    }
}

/// The length of the texts in the attributes of a cell, or None if `calamine` takes it for empty.
fn content(cell: &BytesStart<'_>) -> Result<Option<u64>, Unfit> {
    let mut content = None;
    for attribute in cell.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| Unfit::Damaged)?;
        let key = attribute.key.as_ref();
        if key.starts_with("office:") || key == "table:formula" {
            *content.get_or_insert(0) += attribute.value.len() as u64;
        }
    }
    Ok(content)
}

fn attribute<'e>(element: &'e BytesStart<'_>, name: &str) -> Result<Option<Attribute<'e>>, Unfit> {
    let attribute = element.try_get_attribute(name);
    attribute.map_err(|_| Unfit::Damaged)
}

/// The text of an attribute.
fn text(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, Unfit> {
    // A value with an escape that is none stays as it is.
    Ok(
        attribute(element, name)?.map(|attribute| match unescape(&attribute.value) {
            Ok(text) => text.into_owned(),
            Err(_) => attribute.value.into_owned(),
        }),
    )
}

/// A number that an attribute gives, or 1.
fn number(element: &BytesStart<'_>, name: &str) -> Result<u64, Unfit> {
    match attribute(element, name)? {
        Some(attribute) => attribute.value.parse().map_err(|_| Unfit::Damaged),
        None => Ok(1),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    const CELL: &str =
        r#"<table:table-cell office:value-type="string"><text:p>a</text:p></table:table-cell>"#;

    fn checked(content: &str) -> Result<(), Unfit> {
        checked_with(content, "<manifest:manifest/>")
    }

    fn checked_with(content: &str, manifest: &str) -> Result<(), Unfit> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in [(CONTENT, content), (MANIFEST, manifest)] {
            let options = SimpleFileOptions::default();
            zip.start_file(name, options).expect("in memory");
            zip.write_all(text.as_bytes()).expect("in memory");
        }
        check(&zip.finish().expect("in memory").into_inner()).map(|_| ())
    }

    fn table(rows: &str) -> String {
        format!("<office:body><table:table>{rows}</table:table></office:body>")
    }

    #[test]
    fn a_usual_table_is_read() {
        let rows = format!(
            r#"<table:table-row>{CELL}<table:table-cell table:number-columns-repeated="16383"/></table:table-row>
            <table:table-row table:number-rows-repeated="1048575"><table:table-cell
                table:number-columns-repeated="16384" table:style-name="ce1"/></table:table-row>"#
        );
        assert_eq!(checked(&table(&rows)), Ok(()));
    }

    #[test]
    fn a_table_without_an_end_is_damaged() {
        let whole = table(&format!("<table:table-row>{CELL}</table:table-row>"));
        for end in 1..whole.len() {
            assert_eq!(checked(&whole[..end]), Err(Unfit::Damaged), "{end}");
        }
        assert_eq!(checked("<a><table:table></a>"), Err(Unfit::Damaged));
        assert_eq!(checked(&whole), Ok(()));
    }

    #[test]
    fn tables_with_a_password_are_told_from_damaged_ones() {
        let encrypted = r#"<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"#;
        assert_eq!(checked_with("</", encrypted), Err(Unfit::Encrypted));
        assert_eq!(checked_with(&table(""), encrypted), Ok(()));
        assert_eq!(checked("</"), Err(Unfit::Damaged));
    }

    #[test]
    fn cells_that_are_repeated_for_gigabytes_are_refused() {
        let filled = CELL.replace("office", r#"table:number-columns-repeated="16384" office"#);
        let row = format!("<table:table-row>{filled}</table:table-row>");
        let refused = checked(&table(&row.repeat(500)));
        assert!(matches!(refused, Err(Unfit::Sparse(_))), "{refused:?}");
        let rows = row.replace("-row>", r#"-row table:number-rows-repeated="1048576">"#);
        let rows = rows.replace(
            r#"</table:table-row table:number-rows-repeated="1048576">"#,
            "</table:table-row>",
        );
        assert!(matches!(checked(&table(&rows)), Err(Unfit::Large(_))));
        let far = format!(
            r#"<table:table-row>{CELL}</table:table-row><table:table-row table:number-rows-repeated="1000000">
            <table:table-cell/></table:table-row><table:table-row><table:table-cell
            table:number-columns-repeated="16000"/>{CELL}</table:table-row>"#
        );
        assert!(matches!(checked(&table(&far)), Err(Unfit::Sparse(_))));
    }

    #[test]
    fn a_row_within_a_cell_is_damaged_and_hides_no_text() {
        let inner = "<text:p><table:table-row/>";
        let row = format!(
            "<table:table-row>{}</table:table-row>",
            CELL.replace("<text:p>", inner)
        );
        assert_eq!(checked(&table(&row)), Err(Unfit::Damaged));
    }

    #[test]
    fn rows_and_columns_beyond_all_numbers_are_refused() {
        let most = u64::MAX;
        let row = format!(
            r#"<table:table-row table:number-rows-repeated="{most}">{CELL}</table:table-row>"#
        );
        assert!(matches!(
            checked(&table(&row.repeat(2))),
            Err(Unfit::Large(_))
        ));
        let empty = CELL.replace("<text:p>a</text:p>", "").replace("string", "");
        let row = row.replace(CELL, &empty);
        assert!(matches!(
            checked(&table(&row.repeat(2))),
            Err(Unfit::Sparse(_))
        ));
    }

    #[test]
    fn a_text_of_gigabytes_of_blanks_is_refused() {
        let blanks = r#"<text:s text:c="4000000000"/></text:p>"#;
        let cell = CELL.replace("</text:p>", blanks);
        let row = format!("<table:table-row>{cell}</table:table-row>");
        assert!(matches!(checked(&table(&row)), Err(Unfit::Large(_))));
        let row = row.replace("4000000000", "4000");
        assert_eq!(checked(&table(&row)), Ok(()));
    }

    #[test]
    fn zeros_that_cells_show_hidden_rows_merged_cells_and_formulas_without_a_result_are_marked() {
        let shown = |value: &str, shown: &str| {
            format!(
                r#"<table:table-cell office:value-type="float" office:value="{value}"><office:annotation>
                <text:p>01</text:p></office:annotation><text:p>{shown}</text:p></table:table-cell>"#
            )
        };
        let rows = format!(
            r#"<table:table-row table:number-rows-repeated="2"><table:table-cell
                table:number-columns-repeated="3"/>{}{}{}</table:table-row>
            <table:table-row table:visibility="filter"><table:table-cell table:formula="of:=[.A1]"/>
            <table:table-cell office:value-type="string" calcext:value-type="error"><text:p>#N/A</text:p>
            </table:table-cell></table:table-row><table:table-row><table:table-cell table:number-rows-spanned="3"
                office:value-type="string"><text:p>a</text:p></table:table-cell></table:table-row>"#,
            shown("1970", "01970"),
            shown("1200.5", "1,200.50"),
            shown("4930", "+49<text:s/>30"),
        );
        let content =
            table(&rows).replace("<table:table>", r#"<table:table table:name="A &amp; B">"#);
        let (_, marks) = count(content.as_bytes()).expect("it is fine");
        let marks = marks.get("A & B").expect("a table");
        for (row, column, number, shown) in [
            (1, 3, 1970.0, Some("01970")),
            (2, 3, 1970.0, Some("01970")),
            (2, 4, 1200.5, None),
            (1, 5, 4930.0, Some("+49 30")),
            (3, 3, 1970.0, None),
        ] {
            let found = marks.shown(row, column, number);
            assert_eq!(found.as_deref(), shown, "{row} {column}");
        }
        assert_eq!(marks.hidden.lines(1..20).to_string(), "line 3");
        assert_eq!(marks.unresolved.lines(1..20).to_string(), "line 3");
        assert_eq!(marks.errors.lines(1..20).to_string(), "line 3");
        assert_eq!(marks.merged.lines(1..20).to_string(), "lines 5-6");
    }
}
