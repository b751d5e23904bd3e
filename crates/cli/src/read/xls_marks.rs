//! The marks of the sheets of an `.xls`, as they are found record by record.

use std::{collections::HashMap, sync::Arc};

use super::{
    number_format::NumberFormat,
    sheet_marks::Marks,
    xls_records::{number, record},
};

/// The number formats of a workbook, and the styles that have them.
#[derive(Default)]
pub struct Formats {
    is_old: bool,
    by_number: HashMap<u64, NumberFormat>,
    styles: Vec<u64>,
}

impl Formats {
    /// The version that a workbook of Excel 97 or later has.
    const NEW: u64 = 0x0600;
    const WIDE: u8 = 0x01;

    pub fn see(&mut self, kind: u16, data: &[u8]) {
        match kind {
            record::BOF => self.is_old = number(data, 0).is_some_and(|version| version < Self::NEW),
            record::XF => self.styles.push(number(data, 2).unwrap_or_default()),
            record::FORMAT => {
                let code = self.code(data).unwrap_or_default();
                if let (Some(number), Some(format)) = (number(data, 0), NumberFormat::of(&code)) {
                    self.by_number.insert(number, format);
                }
            }
            _ => {}
        }
    }

    fn code(&self, data: &[u8]) -> Option<String> {
        if self.is_old {
            return Some(latin(data.get(3..)?));
        }
        let text = data.get(5..)?;
        match data.get(4)? & Self::WIDE {
            0 => Some(latin(text)),
            _ => {
                let (units, _) = text.as_chunks::<2>();
                let units: Vec<u16> = units.iter().copied().map(u16::from_le_bytes).collect();
                String::from_utf16(&units).ok()
            }
        }
    }

    pub fn by_style(self) -> Vec<Option<Arc<NumberFormat>>> {
        let shared: HashMap<u64, Arc<NumberFormat>> = self
            .by_number
            .into_iter()
            .map(|(number, format)| (number, Arc::new(format)))
            .collect();
        let styles = self.styles.iter();
        styles.map(|number| shared.get(number).cloned()).collect()
    }
}

fn latin(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The marks of a sheet, as they are found record by record.
pub struct SheetMarks<'f> {
    pub marks: Marks,
    /// The formats by the number of the style.
    pub formats: &'f [Option<Arc<NumberFormat>>],
    /// The row of a formula whose text is to follow in a record of its own.
    pub awaits_text: Option<u64>,
}

impl SheetMarks<'_> {
    /// The mark of a hidden row.
    const HIDDEN: u64 = 0x20;

    pub fn see(&mut self, kind: u16, data: &[u8]) {
        let (Some(row), Some(column)) = (number(data, 0), number(data, 2)) else {
            return;
        };
        match kind {
            record::STRING => self.awaits_text = None,
            record::ROW if number(data, 12).is_some_and(|flags| flags & Self::HIDDEN != 0) => {
                self.marks.hidden.add(row + 1, row + 1);
            }
            record::MERGED_CELLS => {
                let (ranges, _) = data.get(2..).unwrap_or_default().as_chunks::<8>();
                for range in ranges {
                    if let (Some(first), Some(last)) = (number(range, 0), number(range, 2)) {
                        self.marks.merged.add(first + 2, last + 1);
                    }
                }
            }
            record::NUMBER | record::RK => self.format(row, column, number(data, 4)),
            record::MUL_RK => {
                let (numbers, _) = data.get(4..).unwrap_or_default().as_chunks::<6>();
                for (column, cell) in (column..).zip(numbers) {
                    self.format(row, column, number(cell, 0));
                }
            }
            record::FORMULA => {
                self.end_formula();
                self.format(row, column, number(data, 4));
                // Its result is a text.
                if data.get(6) == Some(&0) && data.get(12..14) == Some(&[0xFF; 2]) {
                    self.awaits_text = Some(row + 1);
                }
            }
            _ => {}
        }
    }

    /// A formula whose text did not follow has none.
    pub fn end_formula(&mut self) {
        if let Some(row) = self.awaits_text.take() {
            self.marks.unresolved.add(row, row);
        }
    }

    fn format(&mut self, row: u64, column: u64, style: Option<u64>) {
        let format = style.and_then(|style| self.formats.get(style as usize));
        if let Some(Some(format)) = format {
            let formats = &mut self.marks.formats;
            formats.add([row + 1; 2], [column; 2], format.clone());
        }
    }
}
