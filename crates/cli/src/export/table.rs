//! Writes the file of an export, row by row.

use std::io::{self, BufWriter, Write};

use rust_xlsxwriter::{Workbook, XlsxError};
use serde_json::{Map, Value};

use crate::args::export::Format;

/// The most rows of a sheet, with its header.
const MOST_ROWS: u32 = 1_048_576;
/// The most characters of a cell in a workbook.
const MOST_CHARACTERS: usize = 32_767;

/// An unfinished table.
pub enum Table<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Jsonl(BufWriter<W>, Vec<String>),
    Xlsx {
        to: W,
        workbook: Box<Workbook>,
        next: u32,
    },
}

impl<W: Write + io::Seek + Send> Table<W> {
    pub fn new(format: Format, to: W, names: Vec<String>) -> io::Result<Self> {
        let mut table = match format {
            Format::Csv => Self::Csv(Box::new(csv::Writer::from_writer(to))),
            Format::Jsonl => return Ok(Self::Jsonl(BufWriter::new(to), names)),
            Format::Xlsx => {
                let mut workbook = Box::new(Workbook::new());
                workbook
                    .add_worksheet_with_constant_memory()
                    .map_err(refused)?;
                Self::Xlsx {
                    to,
                    workbook,
                    next: 0,
                }
            }
        };
        table.add(&names)?;
        Ok(table)
    }

    pub fn add(&mut self, cells: &[String]) -> io::Result<()> {
        match self {
            Self::Csv(writer) => writer.write_record(cells).map_err(io::Error::other),
            Self::Jsonl(writer, names) => {
                let cells = names.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
                let object: Map<String, Value> = cells
                    .map(|(name, cell)| (name.clone(), cell.clone().into()))
                    .collect();
                serde_json::to_writer(&mut *writer, &object)?;
                writeln!(writer)
            }
            Self::Xlsx { workbook, next, .. } => {
                if *next >= MOST_ROWS {
                    let why = "a sheet has no more than 1,048,576 rows; write a .csv, or narrow it with --where";
                    return Err(io::Error::other(why));
                }
                let sheet = workbook.worksheet_from_index(0).map_err(refused)?;
                for (column, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
                    if cell.chars().count() > MOST_CHARACTERS {
                        let why =
                            "a cell of a workbook has no more than 32,767 characters; write a .csv";
                        return Err(io::Error::other(why));
                    }
                    sheet.write_string(*next, column, cell).map_err(refused)?;
                }
                *next += 1;
                Ok(())
            }
        }
    }

    /// Writes everything that is not in the file yet.
    pub fn end(self) -> io::Result<()> {
        match self {
            Self::Csv(mut writer) => writer.flush(),
            Self::Jsonl(mut writer, _) => writer.flush(),
            Self::Xlsx {
                mut to,
                mut workbook,
                ..
            } => {
                workbook.save_to_writer(&mut to).map_err(refused)?;
                to.flush()
            }
        }
    }
}

fn refused(error: XlsxError) -> io::Error {
    io::Error::other(error.to_string())
}
