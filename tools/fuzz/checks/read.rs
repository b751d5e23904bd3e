//! The readers of files: any bytes are read, or refused with a short message; every pass reads the same; and
//! each row has its own line and a cell for each column.
//!
//! The first byte says how: for `any` the options, for `workbook` which file of a workbook the rest is.

use std::io::{Cursor, Write};

use copper_crm_cli::read::{
    options::{HeaderAt, Options},
    row::{Cell, Problem, Row},
    source::{Source, Unreadable},
};
use encoding_rs::Encoding;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// The longest report about a file, in bytes.
const LONGEST: usize = 4096;
/// A text that stands for someone's data.
const CANARY: &str = "canary";

/// A file of these bytes, which are what they are.
pub fn any(bytes: &[u8]) {
    let (how, bytes) = bytes.split_first().unwrap_or((&0, &[]));
    let header = match how % 4 {
        0 | 1 => HeaderAt::Found,
        2 => HeaderAt::Nowhere,
        _ => HeaderAt::Line(u64::from(how / 64) + 1),
    };
    let labels = [
        "utf-8",
        "utf-16be",
        "windows-1252",
        "shift_jis",
        "gb18030",
        "euc-kr",
        "big5",
    ];
    let label = labels.get(usize::from(how / 4 % 16));
    let name = ["leads", "a.csv", "a.tsv", "a.json", "a.jsonl"];
    let options = Options {
        header,
        encoding: label.and_then(|label| Encoding::for_label(label.as_bytes())),
        ..Options::default()
    };
    check(bytes, name[usize::from(how / 32) % name.len()], &options);
}

/// A workbook of which these bytes are a part: the whole file, or the one with its cells.
pub fn workbook(bytes: &[u8]) {
    let (kind, bytes) = bytes.split_first().unwrap_or((&0, &[]));
    let file = match kind % 4 {
        0 => bytes.to_vec(),
        1 => xlsx(bytes, SHARED.as_bytes()),
        2 => xlsx(SHEET.as_bytes(), bytes),
        _ => ods(bytes),
    };
    check(&file, "leads", &Options::default());
}

fn check(bytes: &[u8], name: &str, options: &Options) {
    let is_known = |name: &str| matches!(name.trim(), "name" | "email" | "tags");
    let source = match Source::of_bytes(bytes, name, options, &is_known) {
        Ok(source) => source,
        Err(Unreadable::File(what) | Unreadable::Line((_, what))) => {
            assert!(what.len() < LONGEST, "{what}");
            assert!(!what.contains(CANARY), "it quotes: {what}");
            return;
        }
    };
    let read = rows(&source);
    assert_eq!(read, rows(&source), "a later pass reads the same");
    let mut last = 0;
    for row in &read {
        match row {
            Ok(row) => {
                assert!(row.line >= 1);
                assert!(row.cells.len() <= source.header.len());
                assert!(
                    source.names_by_row() || row.line > last,
                    "line {}",
                    row.line
                );
                last = row.line;
            }
            Err((line, what)) => {
                assert!(*line >= 1 && what.len() < LONGEST, "line {line}: {what}");
                let names = &source.header;
                let is_named = names.iter().any(|name| name.text.contains(CANARY));
                assert!(is_named || !what.contains(CANARY), "it quotes: {what}");
            }
        }
    }
}

fn rows(source: &Source) -> Vec<Result<Row, Problem>> {
    source.rows().collect()
}

/// A workbook of one sheet and its texts. Nothing is compressed.
fn xlsx(sheet: &[u8], shared: &[u8]) -> Vec<u8> {
    archive(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", PACKAGE.as_bytes()),
        ("xl/workbook.xml", WORKBOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", RELATIONS.as_bytes()),
        ("xl/styles.xml", STYLES.as_bytes()),
        ("xl/sharedStrings.xml", shared),
        ("xl/worksheets/sheet1.xml", sheet),
    ])
}

fn ods(content: &[u8]) -> Vec<u8> {
    archive(&[
        (
            "mimetype",
            b"application/vnd.oasis.opendocument.spreadsheet",
        ),
        ("META-INF/manifest.xml", b"<manifest:manifest/>"),
        ("content.xml", content),
    ])
}

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in files {
        zip.start_file(*name, stored).expect("it is in memory");
        zip.write_all(bytes).expect("it is in memory");
    }
    zip.finish().expect("it is in memory").into_inner()
}

/// The workbooks into which fuzzers put their bytes are read. Otherwise nothing of the bytes would be.
pub fn the_rest_of_a_workbook_is_read() {
    for file in [
        xlsx(SHEET.as_bytes(), SHARED.as_bytes()),
        ods(TABLE.as_bytes()),
    ] {
        let is_known = |name: &str| name == "name";
        let source = Source::of_bytes(&file, "leads", &Options::default(), &is_known);
        let Ok(source) = source else {
            panic!("it is refused");
        };
        let rows: Vec<_> = source.rows().filter_map(Result::ok).collect();
        let cells: Vec<_> = rows.iter().map(|row| row.cells.as_slice()).collect();
        let text = |text: &str| Cell::Text(text.to_owned());
        assert_eq!(cells, [[text("Jim"), text("")]]);
    }
}

const PACKAGE: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Leads" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="00000"/></numFmts><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>"#;
const SHARED: &str = r#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>name</t></si><si><t>email</t></si><si><t>Jim</t></si></sst>"#;
const SHEET: &str = r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row><row r="2"><c r="A2" t="s"><v>2</v></c></row></sheetData></worksheet>"#;
const TABLE: &str = r#"<office:document-content><office:body><office:spreadsheet><table:table table:name="Leads"><table:table-row><table:table-cell office:value-type="string"><text:p>name</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>email</text:p></table:table-cell></table:table-row><table:table-row><table:table-cell office:value-type="string"><text:p>Jim</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"#;
