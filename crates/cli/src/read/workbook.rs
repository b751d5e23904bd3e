//! Rows of a workbook: xlsx, xlsb, xls and ods. `calamine` keeps the workbook in memory, so the file is read once.
//!
//! Cells become the text that a person would type: a date as 2026-12-31, and a number without an exponent and with the
//! leading zeros of its format.

use std::{
    collections::{BTreeMap, HashMap},
    io::{Cursor, Read, Seek},
    slice, thread,
};

use calamine::{
    Data, ExcelDateTime, Ods, OdsError, Range, Reader, SheetType, SheetVisible, Xls, XlsError,
    Xlsb, XlsbError, Xlsx, XlsxError,
};

use super::{
    allotted::{Unfit, most_bytes},
    archive,
    container::PASSWORD,
    dialect::{EARLY_LINES, ENOUGH, IsKnown, known_names},
    format::Format,
    number_format::NumberFormat,
    ods,
    options::HeaderAt,
    row::{MOST_COLUMNS, Name, Problem, Row},
    sheet_marks::{Marks, RowSet},
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
    /// Rows with a number of more digits than a workbook keeps.
    inexact: RowSet,
}

type Bytes = Cursor<Vec<u8>>;
type Table = Vec<(u64, Vec<String>)>;

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
        let mut inexact = RowSet::default();
        let (name, others, rows, marks) = match format {
            Format::Xlsx => {
                let of_sheet = |name: &str| xlsx::marks(bytes.get_ref(), name).unwrap_or_default();
                let mut book: Xlsx<Cursor<&[u8]>> = Xlsx::new(Cursor::new(
                    bytes.get_ref().as_slice(),
                ))
                .map_err(|error| match error {
                    XlsxError::Password => PASSWORD.to_owned(),
                    _ => damaged(format),
                })?;
                let (name, others) = chosen(&book, wanted)?;
                let rows =
                    xlsx_rows(&mut book, &name, most_text, &mut inexact).map_err(in_words)?;
                let marks = of_sheet(&name);
                (name, others, rows, marks)
            }
            Format::Xlsb => {
                let mut book: Xlsb<Bytes> = Xlsb::new(bytes).map_err(|error| match error {
                    XlsbError::Password => PASSWORD.to_owned(),
                    _ => damaged(format),
                })?;
                let (name, others) = chosen(&book, wanted)?;
                let rows =
                    xlsb_rows(&mut book, &name, most_text, &mut inexact).map_err(in_words)?;
                (name, others, rows, Marks::default())
            }
            Format::Xls => {
                let book: Xls<Bytes> = Xls::new(bytes).map_err(|error| match error {
                    XlsError::Password => PASSWORD.to_owned(),
                    _ => damaged(format),
                })?;
                of_range(book, wanted, format, marks, &mut inexact)?
            }
            Format::Ods => {
                let book: Ods<Bytes> = Ods::new(bytes).map_err(|error| match error {
                    OdsError::Password => PASSWORD.to_owned(),
                    _ => damaged(format),
                })?;
                of_range(book, wanted, format, marks, &mut inexact)?
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
            inexact,
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
                &self.inexact,
                "rows have a number of more than 15 digits, and a workbook does not keep the others: compare \
                it with its source",
            ),
        ] {
            let lines = set.lines(self.after_header().iter().map(|(row, _)| *row));
            if lines.count > 0 {
                notes.push(format!("{} {what} ({lines})", lines.count));
            }
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
    inexact: &mut RowSet,
) -> Result<(String, Vec<String>, Table, Marks), String> {
    let (name, others) = chosen(&book, wanted)?;
    let mut sheets = book.sheets_metadata().iter();
    let place = sheets.position(|sheet| sheet.name == name);
    let marks = marks
        .of(&name, place.unwrap_or(usize::MAX))
        .unwrap_or_default();
    let range = book.worksheet_range(&name).map_err(|_| damaged(format))?;
    let rows = range_rows(&range, &marks, inexact);
    Ok((name, others, rows, marks))
}

fn range_rows(range: &Range<Data>, marks: &Marks, inexact: &mut RowSet) -> Table {
    let Some((first_row, first_column)) = range.start() else {
        return Vec::new();
    };
    let mut rows = Vec::new();
    for (number, row) in (u64::from(first_row) + 1..).zip(range.rows()) {
        let before = std::iter::repeat_n(String::new(), first_column as usize);
        let cells = (u64::from(first_column)..).zip(row).map(|(column, cell)| {
            if is_inexact(cell) {
                inexact.add(number, number);
            }
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
    inexact: &mut RowSet,
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
        if is_inexact(&value) {
            inexact.add(u64::from(row) + 1, u64::from(row) + 1);
        }
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
    inexact: &mut RowSet,
) -> Result<Table, Unfit> {
    let reader = book.worksheet_cells_reader(name);
    let mut reader = reader.map_err(|_| Unfit::Damaged)?;
    let mut rows = Sparse::new(most_text);
    while let Some(cell) = reader.next_cell().map_err(|_| Unfit::Damaged)? {
        let (row, column) = cell.get_position();
        let value: Data = cell.get_value().clone().into();
        if is_inexact(&value) {
            inexact.add(u64::from(row) + 1, u64::from(row) + 1);
        }
        rows.set(row, column, text_of(&value))?;
    }
    Ok(rows.finish())
}

/// Rows in which only cells with content take memory, because a workbook can have a cell in its last row and its last
/// column. Their texts may take so many bytes, because many cells can have the same long text.
struct Sparse {
    rows: BTreeMap<u32, Vec<String>>,
    text: u64,
    most_text: u64,
}

impl Sparse {
    fn new(most_text: u64) -> Self {
        Self {
            rows: BTreeMap::new(),
            text: 0,
            most_text,
        }
    }

    fn set(&mut self, row: u32, column: u32, text: String) -> Result<(), Unfit> {
        if text.is_empty() {
            return Ok(());
        }
        self.text += text.len() as u64;
        if self.text > self.most_text {
            return Err(Unfit::Large(self.most_text));
        }
        // A cell beyond the last allowed column is put just behind it, so that it is reported.
        let column = MOST_COLUMNS.min(column as usize);
        let cells = self.rows.entry(row).or_default();
        if cells.len() <= column {
            cells.resize(column + 1, String::new());
        }
        if let Some(cell) = cells.get_mut(column) {
            *cell = text;
        }
        Ok(())
    }

    fn finish(self) -> Table {
        let rows = self.rows.into_iter().map(|(row, mut cells)| {
            trim(&mut cells);
            (u64::from(row) + 1, cells)
        });
        rows.filter(|(_, cells)| !cells.is_empty()).collect()
    }
}

/// Removes empty cells at the end.
fn trim(cells: &mut Vec<String>) {
    let used = cells.iter().rposition(|cell| !cell.trim().is_empty());
    cells.truncate(used.map_or(0, |place| place + 1));
}

/// The number in a cell.
fn number_in(cell: &Data) -> Option<f64> {
    match cell {
        Data::Int(number) => Some(*number as f64),
        Data::Float(number) => Some(*number),
        _ => None,
    }
}

/// Returns true for a whole number of more digits than a workbook keeps.
fn is_inexact(cell: &Data) -> bool {
    number_in(cell).is_some_and(|number| number.fract() == 0.0 && number.abs() >= 1e15)
}

/// A cell as a person would type it.
fn text_of(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) => text.clone(),
        Data::DurationIso(text) => time(text).unwrap_or_else(|| text.clone()),
        Data::Bool(true) => "true".to_owned(),
        Data::Bool(false) => "false".to_owned(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => decimal(*number),
        Data::DateTime(time) => date(time),
        Data::Error(error) => error.to_string(),
    }
}

/// The whole numbers up to this one are stored exactly.
const EXACT: f64 = (1_u64 << 53) as f64;

/// A number without an exponent: a whole one with all its digits if it is stored exactly, and all others with the fifteen
/// digits that a workbook keeps.
fn decimal(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < EXACT {
        return (number as i64).to_string();
    }
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    match rounded {
        0.0 => "0".to_owned(),
        rounded => rounded.to_string(),
    }
}

/// A time such as `PT18H30M00S`, which is how an `.ods` stores it.
fn time(iso: &str) -> Option<String> {
    let (hours, rest) = iso.strip_prefix("PT")?.split_once('H')?;
    let (minutes, rest) = rest.split_once('M')?;
    let seconds = rest.strip_suffix('S')?;
    let seconds = seconds.split(['.', ',']).next()?;
    Some(clock(
        hours.parse().ok()?,
        minutes.parse().ok()?,
        seconds.parse().ok()?,
    ))
}

/// A time of the day, or a duration.
fn clock(hour: u32, minute: u32, second: u32) -> String {
    match second {
        0 => format!("{hour:02}:{minute:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}"),
    }
}

/// A date, a time, or both.
fn date(time: &ExcelDateTime) -> String {
    if time.is_duration() {
        let seconds = (time.as_f64() * 86_400.0).round();
        return match (0.0..f64::from(u32::MAX)).contains(&seconds) {
            true => {
                let seconds = seconds as u32;
                clock(seconds / 3600, seconds / 60 % 60, seconds % 60)
            }
            false => decimal(time.as_f64()),
        };
    }
    let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
    let clock = clock(hour.into(), minute.into(), second.into());
    match time.as_f64() {
        value if (0.0..1.0).contains(&value) => clock,
        _ if (hour, minute, second) == (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02}T{clock}"),
    }
}

#[cfg(test)]
mod tests {
    use calamine::{CellErrorType, ExcelDateTimeType};

    use super::*;

    #[test]
    fn a_cell_is_the_text_that_a_person_would_type() {
        let time = |value| {
            Data::DateTime(ExcelDateTime::new(
                value,
                ExcelDateTimeType::DateTime,
                false,
            ))
        };
        for (cell, text) in [
            (Data::Float(491_765_000_000.0), "491765000000"),
            (Data::Float(4.917_65e15), "4917650000000000"),
            (Data::Int(1970), "1970"),
            (Data::Float(1.5), "1.5"),
            (Data::Float(-7.0), "-7"),
            (Data::Float(4_917_612_345_678_901.0), "4917612345678901"),
            (
                Data::Float(4.917_612_345_678_901_2e20),
                "491761234567890000000",
            ),
            (Data::DurationIso("PT18H30M00S".to_owned()), "18:30"),
            (Data::DurationIso("PT30H00M05.5S".to_owned()), "30:00:05"),
            (Data::DurationIso("P1D".to_owned()), "P1D"),
            (Data::Float(0.1 + 0.2), "0.3"),
            (Data::Float(-0.0), "0"),
            (Data::Float(1200.5), "1200.5"),
            (Data::String("01970".to_owned()), "01970"),
            (Data::String("+44 20".to_owned()), "+44 20"),
            (Data::Bool(true), "true"),
            (Data::Error(CellErrorType::NA), "#N/A"),
            (time(46_387.0), "2026-12-31"),
            (time(46_387.75), "2026-12-31T18:00"),
            (time(0.5), "12:00"),
            (Data::DateTimeIso("2026-12-31".to_owned()), "2026-12-31"),
            (Data::Empty, ""),
        ] {
            assert_eq!(text_of(&cell), text, "{cell:?}");
        }
    }

    #[test]
    fn a_duration_is_in_hours() {
        let kind = ExcelDateTimeType::TimeDelta;
        let of = |days| text_of(&Data::DateTime(ExcelDateTime::new(days, kind, false)));
        assert_eq!(
            (of(1.25), of(0.5)),
            ("30:00".to_owned(), "12:00".to_owned())
        );
        assert_eq!(of(-1.0), "-1");
    }

    #[test]
    fn rows_take_room_for_what_they_have() {
        let mut rows = Sparse::new(3);
        for (row, column, text) in [(1_048_575, 2, "c"), (0, 0, "a"), (4, 1, " ")] {
            assert_eq!(rows.set(row, column, text.to_owned()), Ok(()));
        }
        let more = rows.set(4, 1, "d".to_owned());
        assert_eq!(more, Err(Unfit::Large(3)));
        let expected = [
            (1, vec!["a".to_owned()]),
            (
                1_048_576,
                vec![String::new(), String::new(), "c".to_owned()],
            ),
        ];
        assert_eq!(rows.finish(), expected);
    }
}
