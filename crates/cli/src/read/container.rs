//! Zip files and compound files, which contain workbooks and many other formats. The names of their parts show the
//! format.

use memchr::memmem;

use super::format::{COMPOUND, Format, ZIP};

/// The kind of data that a file holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Container {
    Workbook(Format),
    /// Something else, in words that follow the file's name.
    Other(&'static str),
}

pub fn is_container(head: &[u8]) -> bool {
    head.starts_with(ZIP) || head.starts_with(COMPOUND)
}

impl Container {
    /// Decides from all bytes of a file that begins like a container.
    pub fn of(bytes: &[u8]) -> Self {
        match bytes.starts_with(ZIP) {
            true => Self::of_zip(bytes),
            false => Self::of_compound(bytes),
        }
    }

    /// The names in a zip file are readable even if the contents are encrypted.
    fn of_zip(bytes: &[u8]) -> Self {
        let has = |name: &str| memmem::find(bytes, name.as_bytes()).is_some();
        match () {
            () if has("mimetypeapplication/vnd.oasis.opendocument.spreadsheet") => {
                Self::Workbook(Format::Ods)
            }
            () if has("mimetypeapplication/vnd.oasis.opendocument") => {
                Self::Other("is a document of LibreOffice, and no workbook")
            }
            () if has("xl/workbook.bin") => Self::Workbook(Format::Xlsb),
            () if has("xl/worksheets/") || has("xl/workbook") => Self::Workbook(Format::Xlsx),
            () if has("word/document") => Self::Other(
                "is a document of Word; copy the table into a workbook, and save it as .xlsx or CSV",
            ),
            () if has("ppt/presentation") => Self::Other("is a presentation of PowerPoint"),
            () if has("Index/Document.iwa") || has("Index.zip") => {
                Self::Other("is a document of Numbers or Pages; export it as Excel (.xlsx) or CSV")
            }
            // Some programs put its parts into no folder, or write their names with backslashes.
            () if has("[Content_Types].xml") && has("workbook.xml") => Self::Workbook(Format::Xlsx),
            () => Self::Other("is a zip file; unpack it, and load what is in it"),
        }
    }

    fn of_compound(bytes: &[u8]) -> Self {
        // Its directory has entries of 128 bytes, which begin with a name in UTF-16.
        let has = |name: &str| {
            let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let (entries, _) = bytes.as_chunks::<128>();
            // Some programs write them in capital letters.
            let is_same = |entry: &[u8; 128]| {
                let start = entry.get(..name.len());
                start.is_some_and(|start| start.eq_ignore_ascii_case(&name))
            };
            entries.iter().any(is_same)
        };
        match () {
            () if has("EncryptedPackage") => Self::Other(PASSWORD),
            () if has("Workbook") || has("Book") => Self::Workbook(Format::Xls),
            () if has("WordDocument") => Self::Other(
                "is a document of Word; copy the table into a workbook, and save it as .xlsx or CSV",
            ),
            () if has("__substg1.0_") => {
                Self::Other("is a message of Outlook; save what is attached to it")
            }
            () if has("PowerPoint Document") => Self::Other("is a presentation of PowerPoint"),
            () => Self::Other("is a file of an older program of Microsoft's, and no workbook"),
        }
    }
}

pub const PASSWORD: &str = "is a workbook with a password; open it, and save it without one";

#[cfg(test)]
mod tests {
    use super::*;

    fn zip(name: &str) -> Vec<u8> {
        [ZIP, &[0; 26], name.as_bytes(), b"rest"].concat()
    }

    fn compound(name: &str) -> Vec<u8> {
        let mut bytes = COMPOUND.to_vec();
        bytes.resize(1024, 0);
        bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
        bytes.resize(2048, 0);
        bytes
    }

    #[test]
    fn a_workbook_is_known_by_the_names_in_it() {
        for (bytes, format) in [
            (zip("xl/workbook.xml"), Format::Xlsx),
            (zip("xl/workbook.bin"), Format::Xlsb),
            (zip("workbook.xml [Content_Types].xml"), Format::Xlsx),
            (zip("[Content_Types].xml xl\\workbook.xml"), Format::Xlsx),
            (
                zip("mimetypeapplication/vnd.oasis.opendocument.spreadsheet"),
                Format::Ods,
            ),
            (compound("Workbook"), Format::Xls),
            (compound("Book"), Format::Xls),
            (compound("WORKBOOK"), Format::Xls),
        ] {
            assert!(is_container(&bytes));
            assert_eq!(Container::of(&bytes), Container::Workbook(format));
        }
    }

    #[test]
    fn all_else_is_named_as_what_it_is() {
        for (bytes, words) in [
            (zip("leads.csv"), "zip file"),
            (zip("[Content_Types].xml"), "zip file"),
            (zip("word/document.xml"), "Word"),
            (zip("Index/Document.iwa"), "Numbers"),
            (
                zip("mimetypeapplication/vnd.oasis.opendocument.text"),
                "no workbook",
            ),
            (compound("EncryptedPackage"), "password"),
            (compound("WordDocument"), "Word"),
            (compound("__substg1.0_0037001F"), "Outlook"),
            (compound("Other"), "older program"),
        ] {
            match Container::of(&bytes) {
                Container::Other(what) => assert!(what.contains(words), "{what}"),
                found => panic!("{found:?}"),
            }
        }
    }
}
