//! Files that can't be imported. The message names the format, and a way to convert the file.
//!
//! The signatures come from the documents of the formats and from IANA's list of media types.

use memchr::memmem;

/// The place of a signature, the signature, and a description of the file in words that follow its name.
const SIGNATURES: &[(usize, &[u8], &str)] = &[
    (
        0,
        b"PAR1",
        "is a Parquet file; save it as CSV, for example: duckdb -c \"COPY 'FILE' TO 'leads.csv'\"",
    ),
    (0, b"ORC", "is an ORC file; save it as CSV"),
    (0, b"ARROW1", "is an Arrow (Feather) file; save it as CSV"),
    (0, b"Obj\x01", "is an Avro file; save it as CSV or JSON"),
    (
        0,
        b"%PDF",
        "is a PDF; a table can't be taken out of it for sure: get the list as CSV or as a workbook",
    ),
    (
        0,
        b"\x1f\x8b",
        "is compressed (gzip); unpack it first: gunzip FILE",
    ),
    (
        0,
        b"BZh",
        "is compressed (bzip2); unpack it first: bunzip2 FILE",
    ),
    (
        0,
        b"\xfd7zXZ\0",
        "is compressed (xz); unpack it first: unxz FILE",
    ),
    (
        0,
        b"\x28\xb5\x2f\xfd",
        "is compressed (zstd); unpack it first: unzstd FILE",
    ),
    (0, b"7z\xbc\xaf\x27\x1c", "is a 7z archive; unpack it first"),
    (0, b"Rar!\x1a\x07", "is a RAR archive; unpack it first"),
    (0, b"PK\x05\x06", "is an empty zip file"),
    (257, b"ustar", "is a tar archive; unpack it first"),
    (
        0,
        b"SQLite format 3\0",
        "is an SQLite database; save the table as CSV: sqlite3 -header -csv FILE \"SELECT * FROM leads\"",
    ),
    (
        4,
        b"Standard Jet DB",
        "is an Access database; export the table as CSV",
    ),
    (
        4,
        b"Standard ACE DB",
        "is an Access database; export the table as CSV",
    ),
    (
        0,
        b"{\\rtf",
        "is a formatted text (RTF); save the list as CSV or as a workbook",
    ),
    (0, b"\x89PNG", "is a picture (PNG)"),
    (0, b"\xff\xd8\xff", "is a picture (JPEG)"),
    (0, b"GIF8", "is a picture (GIF)"),
    (
        0,
        b"\x09\x00\x04\x00",
        "is a workbook of Excel 2; open it in a newer Excel or in LibreOffice, and save it as .xlsx",
    ),
    (
        0,
        b"\x09\x02\x06\x00",
        "is a workbook of Excel 3; open it in a newer Excel or in LibreOffice, and save it as .xlsx",
    ),
    (
        0,
        b"\x09\x04\x06\x00",
        "is a workbook of Excel 4; open it in a newer Excel or in LibreOffice, and save it as .xlsx",
    ),
    (0, b"\xff\xfe\0\0", UTF_32),
    (0, b"\0\0\xfe\xff", UTF_32),
    (0, b"\0\0\0", UTF_32),
];

const UTF_32: &str =
    "is UTF-32, which few programs read; save it as UTF-8: iconv -f UTF-32 -t UTF-8 FILE > NEW";

/// Returns the format for the first bytes of a file, if it can't be imported.
pub fn by_signature(head: &[u8]) -> Option<&'static str> {
    // The name of a column may begin like a signature that is made of letters.
    let is_binary = head.iter().take(512).any(|byte| *byte < b'\t');
    let has = |(place, signature, _): &&(usize, &[u8], &str)| {
        let rest = head.get(*place..).unwrap_or_default();
        let is_plain = signature.iter().all(u8::is_ascii_alphanumeric);
        rest.starts_with(signature) && (is_binary || !is_plain)
    };
    let known = SIGNATURES.iter().find(has).map(|(_, _, what)| *what);
    known.or_else(|| is_utf_32(head).then_some(UTF_32))
}

/// UTF-32 without a byte order mark: a letter and three zeros, or the reverse.
fn is_utf_32(head: &[u8]) -> bool {
    let (units, _) = head.as_chunks::<4>();
    let (little, big) = units.iter().take(64).fold((0, 0), |(little, big), unit| {
        let is_little = matches!(unit, [letter, 0, 0, 0] if *letter != 0);
        let is_big = matches!(unit, [0, 0, 0, letter] if *letter != 0);
        (little + u32::from(is_little), big + u32::from(is_big))
    });
    let half = units.len().min(64) as u32 / 2;
    half > 0 && (little > half || big > half)
}

const WEB_PAGE: &str = "is a web page (HTML), whatever its name; open it in Excel or LibreOffice, and save it \
    as .xlsx or CSV";

/// The beginning of a text in lower case, and a description of the file.
const BEGINNINGS: &[(&str, &str)] = &[
    (
        "begin:vcard",
        "is a file of contacts (vCard); import it into an address book, and export that as CSV",
    ),
    ("begin:vcalendar", "is a calendar (iCalendar)"),
    ("<!doctype html", WEB_PAGE),
    ("<html", WEB_PAGE),
    ("<head", WEB_PAGE),
    ("<body", WEB_PAGE),
    ("<table", WEB_PAGE),
    ("<meta", WEB_PAGE),
    ("<style", WEB_PAGE),
    (
        "mime-version:",
        "is a web page in one file (MHTML); open it in Excel, and save it as .xlsx or CSV",
    ),
    (
        "id;pwxl",
        "is a workbook of an old form (SYLK); open it in Excel, and save it as .xlsx",
    ),
    ("dn: ", "is an export of a directory (LDIF); save it as CSV"),
    (
        "insert into",
        "is a script for a database (SQL); load it there, and export the table as CSV",
    ),
    (
        "create table",
        "is a script for a database (SQL); load it there, and export the table as CSV",
    ),
];

/// Returns the format of a text, if it can't be imported.
pub fn by_text(text: &str) -> Option<&'static str> {
    let begins = |text: &str, word: &str| {
        let start = text.as_bytes().get(..word.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
    };
    let start = text.trim_start();
    let known = BEGINNINGS.iter().find(|(word, _)| begins(start, word));
    if let Some((_, what)) = known {
        return Some(what);
    }
    let has = |word: &str| memmem::find(start.as_bytes(), word.as_bytes()).is_some();
    let has_table = || ["<td", "<TD", "<tr", "<TR"].into_iter().any(has);
    if start.starts_with('<') && !begins(start, "<?xml") && has_table() {
        return Some(WEB_PAGE);
    }
    if !begins(start, "<?xml") && !begins(start, "<!--") {
        return None;
    }
    Some(match () {
        () if has("urn:schemas-microsoft-com:office:spreadsheet") => {
            "is a workbook as XML (of Excel 2003); open it in Excel, and save it as .xlsx"
        }
        () if has("<html") => WEB_PAGE,
        () => "is XML; save it as CSV, JSON or a workbook",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_read_is_named_as_what_it_is() {
        for (head, word) in [
            (&b"PAR1\x15\x04"[..], "Parquet"),
            (b"%PDF-1.7\n", "PDF"),
            (b"\x1f\x8b\x08", "gzip"),
            (b"SQLite format 3\0rest", "SQLite"),
            (b"\xff\xfe\0\0n\0\0\0", "UTF-32"),
            (b"\0\0\xfe\xff", "UTF-32"),
            (b"n\0\0\0a\0\0\0m\0\0\0e\0\0\0", "UTF-32"),
            (b"\0\0\0n\0\0\0a", "UTF-32"),
            (b"Obj\x01\x04", "Avro"),
        ] {
            let what = by_signature(head).unwrap_or_default();
            assert!(what.contains(word), "{head:?}: {what}");
        }
        for (text, word) in [
            ("BEGIN:VCARD\r\nVERSION:3.0", "vCard"),
            ("\n  <HTML><body><table>", "web page"),
            ("<!DOCTYPE html>", "web page"),
            (
                "<div><TABLE><TR><TD>name</TD></TR></TABLE></div>",
                "web page",
            ),
            ("<?xml version=\"1.0\"?><html>", "web page"),
            (
                "<?xml version=\"1.0\"?>\n<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">",
                "Excel 2003",
            ),
            ("<?xml version=\"1.0\"?><leads/>", "is XML"),
        ] {
            let what = by_text(text).unwrap_or_default();
            assert!(what.contains(word), "{text:?}: {what}");
        }
    }

    #[test]
    fn what_is_read_is_not_taken_for_anything_else() {
        for text in [
            "",
            "name,email\nJim,",
            "PART,name",
            "ORCHID,name",
            "PAR1,name",
            "n\0a\0m\0e\0",
            "{\"name\": 1}",
            "<name>,email",
            "ID,name",
        ] {
            assert_eq!(by_signature(text.as_bytes()), None, "{text}");
            assert_eq!(by_text(text), None, "{text}");
        }
    }
}
