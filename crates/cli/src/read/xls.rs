//! The stream of an `.xls`, checked before `calamine` reads it. `calamine` allocates the whole rectangle that the cells
//! of a sheet span, as many cells as the sheet declares, and a copy of a shared text for each cell that has it. In a
//! damaged file of a few KB, all can take gigabytes.
//!
//! `calamine` reads exactly the checked stream: it is written into a new file, without the declared sizes.

use std::{
    io::{Cursor, Read, Write},
    sync::Arc,
};

use cfb::{CompoundFile, Version};

use super::{
    allotted::{Cells, Rectangle, Unfit},
    number_format::NumberFormat,
    shared_texts::{HEADER, SharedTexts},
    sheet_marks::Marks,
    xls_marks::{Formats, SheetMarks},
    xls_records::{Record, Records, number, record},
};

/// The names of the stream, of Excel 97 and later, and of Excel 5 and 95.
const STREAMS: [&str; 2] = ["Workbook", "Book"];

/// A file with the same workbook, which needs little more memory than its cells; and the marks of its sheets, in the order of
/// the workbook.
pub fn checked(bytes: &[u8]) -> Result<(Vec<u8>, Vec<Marks>), Unfit> {
    let mut file = CompoundFile::open(Cursor::new(bytes))?;
    let name = STREAMS.into_iter().find(|name| file.is_stream(name));
    let name = name.ok_or(Unfit::Damaged)?;
    let mut stream = Vec::new();
    // No stream is longer than its file.
    let most = bytes.len() as u64;
    file.open_stream(name)?
        .take(most)
        .read_to_end(&mut stream)?;
    let (cells, marks) = check(&mut stream)?;
    cells.fit(most)?;
    // `calamine` reads no cells from a newer file with a long stream.
    let mut file = CompoundFile::create_with_version(Version::V3, Cursor::new(Vec::new()))?;
    file.create_stream(name)?.write_all(&stream)?;
    file.flush()?;
    Ok((file.into_inner().into_inner(), marks))
}

/// Counts the cells, removes the declared sizes, and finds the marks of the sheets.
fn check(stream: &mut [u8]) -> Result<(Cells, Vec<Marks>), Unfit> {
    let mut cells = Cells::default();
    let mut formats = Formats::default();
    let mut sheets = Vec::new();
    let mut shared = Vec::new();
    let mut records = Records { at: 0 };
    let mut before = record::BOF;
    while let Some(Record { kind, data }) = records.next(stream) {
        let belongs_to_texts = before == record::SST && kind == record::CONTINUE;
        if !belongs_to_texts {
            before = kind;
        }
        match kind {
            record::SST => shared.push(data.get(HEADER..).unwrap_or_default()),
            record::CONTINUE if belongs_to_texts => shared.push(data),
            record::EOF => break,
            record::BOUND_SHEET => {
                let at = data.get(..4).and_then(|at| at.try_into().ok());
                sheets.push(u32::from_le_bytes(at.ok_or(Unfit::Damaged)?) as usize);
            }
            _ => formats.see(kind, data),
        }
    }
    let texts = SharedTexts::new(shared).lengths();
    let formats = formats.by_style();
    let mut marks = Vec::new();
    for at in sheets {
        if at > stream.len() {
            return Err(Unfit::Damaged);
        }
        marks.push(check_sheet(stream, at, &texts, &formats, &mut cells));
    }
    Ok((cells, marks))
}

fn check_sheet(
    stream: &mut [u8],
    at: usize,
    texts: &[u64],
    formats: &[Option<Arc<NumberFormat>>],
    cells: &mut Cells,
) -> Marks {
    let mut marks = SheetMarks {
        marks: Marks::default(),
        formats,
        awaits_text: None,
    };
    let (mut values, mut formulas) = (Rectangle::default(), Rectangle::default());
    let mut declared = Vec::new();
    let mut records = Records { at };
    // A chart in a sheet has its own cells, which belong to no sheet.
    let (mut has_begun, mut depth) = (false, 0_u32);
    while let Some(Record { kind, data }) = records.next(stream) {
        match kind {
            record::BOF if has_begun => depth += 1,
            record::BOF => has_begun = true,
            record::EOF if depth == 0 => break,
            record::EOF => depth -= 1,
            _ if depth > 0 => continue,
            record::DIMENSIONS => declared.push((records.at - data.len(), records.at)),
            record::MUL_RK => {
                let (Some(row), Some(first)) = (number(data, 0), number(data, 2)) else {
                    continue;
                };
                let count = data.len().saturating_sub(6) as u64 / 6;
                values.add([row; 2], [first, first + count.saturating_sub(1)]);
                cells.count += count;
            }
            record::FORMULA
            | record::R_STRING
            | record::LABEL_SST
            | record::NUMBER
            | record::LABEL
            | record::BOOL_ERR
            | record::RK => {
                let (Some(row), Some(column)) = (number(data, 0), number(data, 2)) else {
                    continue;
                };
                values.add([row; 2], [column; 2]);
                cells.count += 1;
                match kind {
                    record::FORMULA => formulas.add([row; 2], [column; 2]),
                    record::LABEL_SST => {
                        let text = data.get(6..10).and_then(|at| at.try_into().ok());
                        let text = text.map(|at| u32::from_le_bytes(at) as usize);
                        let length = text.and_then(|at| texts.get(at)).copied();
                        cells.text = cells.text.saturating_add(length.unwrap_or_default());
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        marks.see(kind, data);
    }
    marks.end_formula();
    let marks = marks.marks;
    for (begin, end) in declared {
        stream.get_mut(begin..end).unwrap_or_default().fill(0);
    }
    let area = values.area().saturating_add(formulas.area());
    cells.allotted = cells.allotted.saturating_add(area);
    marks
}

#[cfg(test)]
mod tests {
    use calamine::{Data, Reader, Xls};

    use super::{super::allotted::CELL, *};

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let length = data.len() as u16;
        [&kind.to_le_bytes(), &length.to_le_bytes(), data].concat()
    }

    fn cell(row: u16, column: u16) -> Vec<u8> {
        let place = [row.to_le_bytes(), column.to_le_bytes(), [0; 2]].concat();
        record(
            record::NUMBER,
            &[place, 7.0_f64.to_le_bytes().to_vec()].concat(),
        )
    }

    /// A file of one sheet with these records.
    fn file(sheet: &[Vec<u8>]) -> Vec<u8> {
        file_with(&[], sheet)
    }

    /// The same, with these records before the sheet.
    fn file_with(globals: &[Vec<u8>], sheet: &[Vec<u8>]) -> Vec<u8> {
        let begin = record(
            record::BOF,
            &[0, 6, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        );
        let end = record(record::EOF, &[]);
        let bound = |at: u32| {
            let name = [&at.to_le_bytes()[..], &[0, 0, 1, 0], b"S"].concat();
            record(record::BOUND_SHEET, &name)
        };
        let others = globals.concat();
        let at = begin.len() + bound(0).len() + others.len() + end.len();
        let globals = [begin.clone(), bound(at as u32), others, end.clone()].concat();
        let stream = [globals, begin, sheet.concat(), end].concat();
        let mut file = CompoundFile::create(Cursor::new(Vec::new())).expect("in memory");
        let mut workbook = file.create_stream("Workbook").expect("in memory");
        workbook.write_all(&stream).expect("in memory");
        drop(workbook);
        file.into_inner().into_inner()
    }

    #[test]
    fn cells_of_a_usual_sheet_are_read_as_they_were() {
        let declared = record(
            record::DIMENSIONS,
            &[0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 3, 0, 0, 0],
        );
        for last in [1, 5_000] {
            let rows = (0..last).map(|row| cell(row, 0));
            let cells: Vec<Vec<u8>> = rows.chain([cell(last, 2)]).collect();
            let bytes = file(&[std::slice::from_ref(&declared), &cells[..]].concat());
            let (again, _) = checked(&bytes).expect("it is fine");
            let mut book: Xls<_> = Xls::new(Cursor::new(again)).expect("a workbook");
            let range = book.worksheet_range("S").expect("a sheet");
            let last = u32::from(last);
            assert_eq!((range.height(), range.width()), (last as usize + 1, 3));
            assert_eq!(range.get_value((last, 2)), Some(&Data::Float(7.0)));
        }
    }

    #[test]
    fn sizes_that_a_sheet_declares_allot_nothing() {
        // 2^32 rows with 2^16 columns, and one cell in them.
        let all = record(
            record::DIMENSIONS,
            &[0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 255, 255, 0, 0],
        );
        let (again, _) = checked(&file(&[all, cell(0, 0)])).expect("it is fine");
        let mut book: Xls<_> = Xls::new(Cursor::new(again)).expect("a workbook");
        assert_eq!(book.worksheet_range("S").expect("a sheet").height(), 1);
    }

    #[test]
    fn cells_that_lie_gigabytes_apart_are_refused_and_those_of_a_full_sheet_are_not() {
        let bytes = file(&[cell(0, 0), cell(65_535, 65_535)]);
        let sparse = Unfit::Sparse(65_536 * 65_536 * CELL);
        assert_eq!(checked(&bytes).err(), Some(sparse));
        // More cells than may always be allocated, but not too many for this number of cells with content.
        let far = (0..60_000).flat_map(|row| [cell(row, 0), cell(row, 79)]);
        let far: Vec<Vec<u8>> = far.collect();
        assert!(checked(&file(&far)).is_ok());
        assert!(
            checked(&file(&[cell(0, 0), cell(15_999, 255)])).is_ok(),
            "100 MB are free"
        );
    }

    /// Records with three texts: "ab", one of this length with formats and an extension, which ends in a second record
    /// with wide characters, and "c".
    fn shared_texts(length: u16) -> [Vec<u8>; 2] {
        let counts = [3, 0, 0, 0, 3, 0, 0, 0];
        let half = length / 2;
        let ab = [&[2, 0, 0][..], b"ab"].concat();
        let begun = [&length.to_le_bytes()[..], &[0x0C, 1, 0, 5, 0, 0, 0]].concat();
        let narrow = vec![b'x'; half.into()];
        let wide = b"y\0".repeat((length - half).into());
        let rest = [&[1][..], &wide, &[0; 4 + 5], &[1, 0, 0], b"c"].concat();
        let first = [&counts[..], &ab, &begun, &narrow].concat();
        [record(record::SST, &first), record(record::CONTINUE, &rest)]
    }

    fn label(row: u16, text: u32) -> Vec<u8> {
        let place = [row.to_le_bytes(), [0; 2], [0; 2]].concat();
        record(
            record::LABEL_SST,
            &[place, text.to_le_bytes().into()].concat(),
        )
    }

    #[test]
    fn a_long_text_that_many_cells_share_is_refused() {
        let labels = |count, text| (0..count).map(|row| label(row, text)).collect::<Vec<_>>();
        let texts = shared_texts(8_000);
        // 480 MB, in a file of 900 kB.
        let many = file_with(&texts, &labels(60_000, 1));
        assert!(matches!(checked(&many), Err(Unfit::Large(_))));
        for text in [0, 2, 3, u32::MAX] {
            assert!(checked(&file_with(&texts, &labels(60_000, text))).is_ok());
        }
        let (few, _) = checked(&file_with(&texts, &labels(3, 1))).expect("it is fine");
        let mut book: Xls<_> = Xls::new(Cursor::new(few)).expect("a workbook");
        let range = book.worksheet_range("S").expect("a sheet");
        let text = "x".repeat(4_000) + &"y".repeat(4_000);
        assert_eq!(range.get_value((2, 0)), Some(&Data::String(text)));
    }

    #[test]
    fn a_file_that_is_damaged_anywhere_is_read_or_refused() {
        let bytes = file_with(&shared_texts(9), &[cell(0, 0), label(1, 1), cell(3, 3)]);
        for end in (0..bytes.len()).step_by(61) {
            let _ = checked(&bytes[..end]);
            let mut other = bytes.clone();
            other[end] ^= 0xFF;
            let _ = checked(&other);
        }
        assert_eq!(checked(b"\xD0\xCF\x11\xE0").err(), Some(Unfit::Damaged));
    }

    #[test]
    fn formats_hidden_rows_merged_cells_and_formulas_without_a_text_are_marked() {
        let words = |words: &[u16]| -> Vec<u8> {
            words.iter().flat_map(|word| word.to_le_bytes()).collect()
        };
        let format = |number: u16, code: &str| {
            let begin = words(&[number, code.len() as u16]);
            record(
                record::FORMAT,
                &[&begin[..], &[0], code.as_bytes()].concat(),
            )
        };
        let style = |number: u16| record(record::XF, &words(&[0, number, 0]));
        let globals = [
            format(164, "00000"),
            format(165, "0.00"),
            style(165),
            style(164),
        ];
        let styled = |row: u16, style: u16| {
            let place = words(&[row, 3, style]);
            let value = 1970.0_f64.to_le_bytes();
            record(record::NUMBER, &[&place[..], &value].concat())
        };
        let formula =
            |row: u16| record(record::FORMULA, &words(&[row, 0, 0, 0, 0, 0, 0xFFFF, 0, 0]));
        let sheet = [
            record(record::ROW, &words(&[4, 0, 9, 0, 0, 0, 0x0120, 0])),
            record(record::ROW, &words(&[5, 0, 9, 0, 0, 0, 0x0100, 0])),
            styled(1, 1),
            styled(2, 0),
            formula(6),
            record(record::STRING, &words(&[1, 0x6100])),
            formula(7),
            formula(8),
            record(record::MERGED_CELLS, &words(&[2, 1, 3, 0, 0, 5, 5, 0, 4])),
        ];
        let (_, marks) = checked(&file_with(&globals, &sheet)).expect("it is fine");
        let [marks] = &marks[..] else {
            panic!("one sheet");
        };
        assert_eq!(marks.shown(2, 3, 1970.0).as_deref(), Some("01970"));
        assert_eq!(marks.shown(3, 3, 1970.0), None);
        let lines = |set: &super::super::sheet_marks::RowSet| set.lines(1..20).to_string();
        assert_eq!(lines(&marks.hidden), "line 5");
        assert_eq!(lines(&marks.merged), "lines 3-4");
        assert_eq!(lines(&marks.unresolved), "lines 8-9");
    }
}
