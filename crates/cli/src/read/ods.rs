//! The cells of an `.ods`, counted before `calamine` reads them. `calamine` never ends where a table has no end, copies
//! a cell as often as the file says that it is repeated, and writes as many blanks as the file asks for.

use std::io::{BufReader, Cursor, Read};

use memchr::memmem;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use zip::ZipArchive;

use super::allotted::{Cells, Rectangle, Unfit};

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

/// Fails if `calamine` would read it for ever, or allocate far more than there is in it.
pub fn check(bytes: &[u8]) -> Result<(), Unfit> {
    let mut parts = ZipArchive::new(Cursor::new(bytes))?;
    let counted = count(parts.by_name(CONTENT)?);
    match counted {
        Ok(cells) => cells.fit(bytes.len() as u64),
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

/// Counts the cells of all tables.
fn count(content: impl Read) -> Result<Cells, Unfit> {
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
            Event::Text(text) => tables.text(text.len() as u64),
            Event::Eof if depth > 0 => return Err(Unfit::Damaged),
            Event::Eof => break,
            _ => {}
        }
    }
    Ok(tables.cells)
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
}

impl Tables {
    fn begin(&mut self, element: &BytesStart<'_>) -> Result<(), Unfit> {
        match element.name().as_ref() {
            // `calamine` takes the end of an inner cell for that of the outer one.
            "table:table-row" | "table:table-cell" | "table:covered-table-cell"
                if self.cell_repeats > 0 =>
            {
                return Err(Unfit::Damaged);
            }
            "table:table" => self.row = 0,
            "table:table-row" => {
                self.row_repeats = number(element, "table:number-rows-repeated")?;
                (self.column, self.width) = (0, 0);
            }
            "table:table-cell" | "table:covered-table-cell" => {
                self.cell_repeats = number(element, "table:number-columns-repeated")?;
                self.column = self.column.saturating_add(self.cell_repeats);
                if let Some(length) = content(element)? {
                    self.width = self.column;
                    self.cells.count += 1;
                    self.text(length);
                }
            }
            "text:s" => self.text(number(element, "text:c")?),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str) {
        match name {
            "table:table-cell" | "table:covered-table-cell" => self.cell_repeats = 0,
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
            }
            _ => {}
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

/// A number that an attribute gives, or 1.
fn number(element: &BytesStart<'_>, name: &str) -> Result<u64, Unfit> {
    let attribute = element.try_get_attribute(name);
    match attribute.map_err(|_| Unfit::Damaged)? {
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
        check(&zip.finish().expect("in memory").into_inner())
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
}
