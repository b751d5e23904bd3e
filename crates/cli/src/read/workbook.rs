//! Rows of a workbook: xlsx, xlsb, xls and ods. `calamine` keeps the workbook in memory, so the file is read once.
//!
//! A number is read with the zeros before it that its format shows.

use std::{
    collections::HashMap,
    io::{Cursor, Read, Seek},
    slice, thread,
};

use calamine::{
    Data, Ods, OdsError, Range, Reader, SheetType, SheetVisible, Xls, XlsError, Xlsb, XlsbError,
    Xlsx, XlsxError,
};

use super::{
    allotted::{Unfit, most_bytes},
    archive,
    cell_text::{is_inexact, number_in, text_of},
    container::PASSWORD,
    dialect::{EARLY_LINES, ENOUGH, IsKnown, known_names},
    format::Format,
    number_format::NumberFormat,
    ods,
    options::HeaderAt,
    row::{MOST_COLUMNS, Name, Problem, Row},
    sheet_marks::Marks,
    sparse::{Sparse, Table, trim},
    tally::Tally,
    xls, xlsx,
};

/// The name of the thread that reads workbooks.
pub const READER: &str = "workbook";
/// The size of the thread's stack, which is that of the main thread.
const STACK: usize = 8 << 20;

/// The rows of one sheet that are not empty: their numbers, and their cells as text.
pub struct Sheet {
    pub name: String,
    /// The names of the other sheets that have cells, or may have some.
    pub others: Vec<String>,
    rows: Table,
    header_at: Option<usize>,
    /// The header, which the source takes out.
    pub header: Vec<Name>,
    columns: usize,
    pub preamble: u64,
    pub rivals: Vec<u64>,
    marks: Marks,
    /// True for an `.xlsb`, which has no marks.
    is_binary: bool,
}

type Bytes = Cursor<Vec<u8>>;

impl Sheet {
    /// Reads the sheet with this name, or the first visible one. The error is in words that follow the file's name.
    pub fn read(bytes: Vec<u8>, format: Format, wanted: Option<&str>) -> Result<Self, String> {
        // `calamine` panics at some damaged files. That must not end the program.
        let read = thread::scope(|scope| {
            let reader = thread::Builder::new().name(READER.to_owned());
            let reader = reader.stack_size(STACK);
            let reading = reader.spawn_scoped(scope, || Self::read_here(bytes, format, wanted));
            reading.map(thread::ScopedJoinHandle::join)
        });
        match read {
            Ok(Ok(read)) => read,
            Ok(Err(_)) => Err(damaged(format)),
            Err(error) => Err(format!("can't be read: {error}")),
        }
    }

    fn read_here(bytes: Vec<u8>, format: Format, wanted: Option<&str>) -> Result<Self, String> {
        let in_words = |unfit| unfit_in_words(format, unfit);
        let most_text = most_bytes(bytes.len() as u64);
        let (bytes, marks) = checked(bytes, format).map_err(in_words)?;
        let bytes = Cursor::new(bytes);
        let (name, others, rows, marks) = match format {
            Format::Xlsx => {
                let of_bytes = Cursor::new(bytes.get_ref().as_slice());
                let mut book = Xlsx::new(of_bytes).map_err(|error| match error {
                    XlsxError::Password => PASSWORD.to_owned(),
                    _ => damaged(format),
                })?;
                let (name, others) = chosen(&book, wanted)?;
                let mut marks = xlsx::marks(bytes.get_ref(), &name).unwrap_or_default();
                let rows = xlsx_rows(&mut book, &name, most_text, &mut marks).map_err(in_words)?;
                (name, others, rows, marks)
            }
            Format::Xlsb => {
                let mut book: Xlsb<Bytes> = Xlsb::new(bytes).map_err(|error| match error {
                    XlsbError::Password => PASSWORD.to_owned(),
                    _ => damaged(format),
                })?;
                let (name, others) = chosen(&book, wanted)?;
                let mut marks = Marks::default();
                let rows = xlsb_rows(&mut book, &name, most_text, &mut marks).map_err(in_words)?;
                (name, others, rows, marks)
            }
            Format::Xls => {
                let book: Xls<Bytes> = Xls::new(bytes).map_err(|error| match error {
                    XlsError::Password => PASSWORD.to_owned(),
                    _ => damaged(format),
                })?;
                of_range(book, wanted, format, marks)?
            }
            Format::Ods => {
                let book: Ods<Bytes> = Ods::new(bytes).map_err(|error| match error {
                    OdsError::Password => PASSWORD.to_owned(),
                    _ => damaged(format),
                })?;
                of_range(book, wanted, format, marks)?
            }
            _ => return Err(format!("is {format}, and no workbook")),
        };
        Ok(Self {
            name,
            others,
            rows,
            header_at: None,
            header: Vec::new(),
            columns: 0,
            preamble: 0,
            rivals: Vec::new(),
            marks,
            is_binary: format == Format::Xlsb,
        })
    }

    /// Finds the row with the names of the columns.
    pub fn find_header(&mut self, at: HeaderAt, is_known: IsKnown<'_>) -> Result<(), Problem> {
        let names_enough =
            |row: &[String]| known_names(row.iter().map(String::as_str), is_known) >= ENOUGH;
        self.header_at = match at {
            HeaderAt::Nowhere => None,
            HeaderAt::Line(number) => {
                let place = self.rows.iter().position(|(row, _)| *row == number);
                let what = || "is empty, or not there, and --header-line names it".to_owned();
                Some(place.ok_or_else(|| (number, what()))?)
            }
            HeaderAt::Found if self.rows.is_empty() => None,
            HeaderAt::Found => {
                let early = self.rows.iter().take(EARLY_LINES).enumerate();
                let likely: Vec<(usize, u64)> = early
                    .filter(|(_, (_, row))| names_enough(row))
                    .map(|(place, (number, _))| (place, *number))
                    .collect();
                match likely[..] {
                    [(place, _)] => Some(place),
                    [(0, _), ..] => Some(0),
                    _ => {
                        self.rivals = likely.iter().map(|(_, number)| *number).collect();
                        Some(0)
                    }
                }
            }
        };
        self.preamble = self.header_at.unwrap_or_default() as u64;
        let name = |line: u64, text: String| Name { line, text };
        self.header = match self.header_at.and_then(|place| self.rows.get(place)) {
            Some((line, row)) => row.iter().map(|text| name(*line, text.clone())).collect(),
            None => {
                let width = self.rows.iter().map(|(_, row)| row.len()).max();
                let numbers = 1..=width.unwrap_or_default();
                numbers.map(|n| name(1, format!("#{n}"))).collect()
            }
        };
        self.columns = self.header.len();
        match self.columns > MOST_COLUMNS {
            false => Ok(()),
            true => {
                let line = self.header.first().map_or(1, |name| name.line);
                let count = self.columns;
                Err((
                    line,
                    format!("has {count} columns, and {MOST_COLUMNS} are the most"),
                ))
            }
        }
    }

    /// Notes for a person about the rows after the header: sentences that follow the file's name.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.is_binary {
            notes.push(
                "it is an .xlsb, of which zeros before numbers, hidden rows, merged cells and formulas without a \
                result are not known; if it has any, open it and save it as .xlsx"
                    .to_owned(),
            );
        }
        for (set, what) in [
            (
                &self.marks.hidden,
                "rows are hidden, for example by a filter, and are loaded like the others",
            ),
            (
                &self.marks.merged,
                "rows belong to a merged cell, which counts only for the first of its rows",
            ),
            (
                &self.marks.unresolved,
                "rows have a formula without a result, which is taken as empty; open the file in Excel or \
                LibreOffice and save it, to have the results",
            ),
            (
                &self.marks.errors,
                "rows have an error such as #N/A in the place of a value, and it is loaded as it stands",
            ),
            (
                &self.marks.inexact,
                "rows have a number of more than 15 digits, and a workbook does not keep the others: compare \
                it with its source",
            ),
        ] {
            let lines = set.lines(self.after_header().iter().map(|(row, _)| *row));
            notes.extend(lines.note(what));
        }
        notes
    }

    fn after_header(&self) -> &[(u64, Vec<String>)] {
        let first = self.header_at.map_or(0, |place| place + 1);
        self.rows.get(first..).unwrap_or_default()
    }

    /// The rows after the header.
    pub fn rows(&self) -> Rows<'_> {
        Rows {
            rows: self.after_header().iter(),
            header: self
                .header_at
                .and_then(|place| Some(&self.rows.get(place)?.1)),
            columns: self.columns,
            tally: Tally::default(),
        }
    }
}

pub struct Rows<'s> {
    rows: slice::Iter<'s, (u64, Vec<String>)>,
    header: Option<&'s Vec<String>>,
    columns: usize,
    pub tally: Tally,
}

impl Rows<'_> {
    /// Reads the next row into this one.
    pub fn read(&mut self, row: &mut Row) -> Option<Result<(), Problem>> {
        let (line, cells) = self.rows.next()?;
        let (line, columns) = (*line, self.columns);
        if self
            .header
            .is_some_and(|header| header.len() > 1 && header == cells)
        {
            let what = "has the names of the columns again; take this row out".to_owned();
            return Some(Err((line, what)));
        }
        if cells.len() > columns {
            let what = format!("has {} cells for {columns} columns", cells.len());
            return Some(Err((line, what)));
        }
        row.line = line;
        let none = std::iter::repeat_n("", columns - cells.len());
        row.set_texts(cells.iter().map(String::as_str).chain(none));
        self.tally.see(row, false, false);
        Some(Ok(()))
    }
}

/// The marks of all sheets.
#[derive(Default)]
enum AllMarks {
    #[default]
    None,
    /// In the order of the sheets.
    Ordered(Vec<Marks>),
    Named(HashMap<String, Marks>),
}

impl AllMarks {
    /// The marks of the sheet with this name, which is at this place.
    fn of(self, name: &str, place: usize) -> Option<Marks> {
        match self {
            Self::None => None,
            Self::Ordered(marks) => marks.into_iter().nth(place),
            Self::Named(mut marks) => marks.remove(name),
        }
    }
}

/// The bytes that `calamine` may read, and the marks of the sheets.
fn checked(bytes: Vec<u8>, format: Format) -> Result<(Vec<u8>, AllMarks), Unfit> {
    let marks = match format {
        Format::Xls => {
            let (bytes, marks) = xls::checked(&bytes)?;
            return Ok((bytes, AllMarks::Ordered(marks)));
        }
        Format::Xlsx | Format::Xlsb => {
            archive::check(&bytes)?;
            AllMarks::None
        }
        Format::Ods => {
            archive::check(&bytes)?;
            AllMarks::Named(ods::check(&bytes)?)
        }
        _ => AllMarks::None,
    };
    Ok((bytes, marks))
}

fn unfit_in_words(format: Format, unfit: Unfit) -> String {
    match unfit {
        Unfit::Damaged => damaged(format),
        Unfit::Encrypted => PASSWORD.to_owned(),
        Unfit::Sparse(taken) => format!(
            "is {format} whose cells lie so far apart that it takes {} MiB of memory to read it, or it is \
            damaged; open it, delete the empty rows and columns around the table, and save it as .xlsx",
            taken >> 20
        ),
        Unfit::Large(most) => format!(
            "is {format} of more than {} MiB unpacked, far more than its size, so it is damaged or made to do \
            harm; if you trust it, open it, and save its table as CSV",
            most >> 20
        ),
    }
}

/// The problem of a damaged workbook. It does not repeat `calamine`'s message, which quotes cells.
fn damaged(format: Format) -> String {
    format!("is {format}, and can't be read, as it is damaged; open it, and save it again")
}

/// The sheet to read, and the others.
fn chosen<B: Read + Seek, R: Reader<B>>(
    book: &R,
    wanted: Option<&str>,
) -> Result<(String, Vec<String>), String> {
    let sheets = book.sheets_metadata().iter();
    let sheets: Vec<_> = sheets
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .collect();
    let names = || {
        let names: Vec<String> = sheets
            .iter()
            .map(|sheet| format!("`{}`", sheet.name))
            .collect();
        names.join(", ")
    };
    let sheet = match wanted {
        Some(wanted) => {
            let by_name = sheets.iter().find(|sheet| sheet.name == wanted);
            let wanted_low = wanted.trim().to_lowercase();
            let alike = || {
                sheets
                    .iter()
                    .find(|sheet| sheet.name.trim().to_lowercase() == wanted_low)
            };
            by_name.or_else(alike).ok_or_else(|| {
                format!(
                    "has no sheet `{wanted}`, as --sheet says; it has {}",
                    names()
                )
            })?
        }
        None => {
            let visible = sheets
                .iter()
                .find(|sheet| sheet.visible == SheetVisible::Visible);
            visible
                .or(sheets.first())
                .ok_or("has no sheet with cells")?
        }
    };
    let others = sheets.iter().filter(|other| other.name != sheet.name);
    Ok((
        sheet.name.clone(),
        others.map(|other| other.name.clone()).collect(),
    ))
}

fn of_range<R: Reader<Bytes>>(
    mut book: R,
    wanted: Option<&str>,
    format: Format,
    marks: AllMarks,
) -> Result<(String, Vec<String>, Table, Marks), String> {
    let (name, others) = chosen(&book, wanted)?;
    let mut sheets = book.sheets_metadata().iter();
    let place = sheets.position(|sheet| sheet.name == name);
    let mut marks = marks
        .of(&name, place.unwrap_or(usize::MAX))
        .unwrap_or_default();
    let range = book.worksheet_range(&name).map_err(|_| damaged(format))?;
    let rows = range_rows(&range, &mut marks);
    Ok((name, others, rows, marks))
}

/// Notes the row of a cell that is not what it should be.
fn note(marks: &mut Marks, row: u64, cell: &Data) {
    match cell {
        Data::Error(_) => marks.errors.add(row, row),
        _ if is_inexact(cell) => marks.inexact.add(row, row),
        _ => {}
    }
}

fn range_rows(range: &Range<Data>, marks: &mut Marks) -> Table {
    let Some((first_row, first_column)) = range.start() else {
        return Vec::new();
    };
    let mut rows = Vec::new();
    for (number, row) in (u64::from(first_row) + 1..).zip(range.rows()) {
        let before = std::iter::repeat_n(String::new(), first_column as usize);
        let cells = (u64::from(first_column)..).zip(row).map(|(column, cell)| {
            note(marks, number, cell);
            let shown = number_in(cell).and_then(|value| marks.shown(number, column, value));
            shown.unwrap_or_else(|| text_of(cell))
        });
        let mut cells: Vec<String> = before.chain(cells).collect();
        trim(&mut cells);
        if !cells.is_empty() {
            rows.push((number, cells));
        }
    }
    rows
}

fn xlsx_rows(
    book: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    most_text: u64,
    marks: &mut Marks,
) -> Result<Table, Unfit> {
    let reader = book.worksheet_cells_reader(name);
    let mut reader = reader.map_err(|_| Unfit::Damaged)?;
    let formats: Vec<Option<NumberFormat>> = reader
        .styles()
        .iter()
        .map(|style| NumberFormat::of(&style.number_format.as_ref()?.format_code))
        .collect();
    let mut rows = Sparse::new(most_text);
    while let Some((cell, style)) = reader
        .next_cell_with_style_id()
        .map_err(|_| Unfit::Damaged)?
    {
        let (row, column) = cell.get_position();
        let value: Data = cell.get_value().clone().into();
        note(marks, u64::from(row) + 1, &value);
        let format = formats.get(style).and_then(Option::as_ref);
        let shown = format.and_then(|format| format.shown(number_in(&value)?));
        rows.set(row, column, shown.unwrap_or_else(|| text_of(&value)))?;
    }
    Ok(rows.finish())
}

fn xlsb_rows(
    book: &mut Xlsb<Bytes>,
    name: &str,
    most_text: u64,
    marks: &mut Marks,
) -> Result<Table, Unfit> {
    let reader = book.worksheet_cells_reader(name);
    let mut reader = reader.map_err(|_| Unfit::Damaged)?;
    let mut rows = Sparse::new(most_text);
    while let Some(cell) = reader.next_cell().map_err(|_| Unfit::Damaged)? {
        let (row, column) = cell.get_position();
        let value: Data = cell.get_value().clone().into();
        note(marks, u64::from(row) + 1, &value);
        rows.set(row, column, text_of(&value))?;
    }
    Ok(rows.finish())
}
