//! The rows that earlier starts of the same import wrote into a rejects file.

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord};

use super::note::Note;
use crate::{
    columns::column::{ADDED, Added},
    read::formula,
    records::input::Input,
};

pub const BOM: char = '\u{feff}';

/// The columns of a rejects file.
pub fn header(input: &Input) -> impl Iterator<Item = &str> {
    let columns = input.columns().iter().map(String::as_str);
    columns.chain(ADDED.map(Added::name))
}

/// By the index of the record.
pub type Kept = BTreeMap<u64, KeptRow>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRow {
    /// The cells of the input.
    pub cells: StringRecord,
    pub note: Note,
}

/// Reads a rejects file. Returns None if it contains anything that an import of this input would not write.
/// Then someone has made corrections, or it belongs to another input, and may be the only copy of its
/// records.
///
/// A last row that a crash has cut off is left out; the input and the journal have that record.
pub fn read(text: &str, input: &Input) -> Option<Kept> {
    let rows = text.strip_prefix(BOM).unwrap_or(text);
    let mut reader = ReaderBuilder::new()
        .delimiter(input.written_as().delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(rows.as_bytes());
    let records: Vec<StringRecord> = reader.records().collect::<Result<_, _>>().ok()?;
    let (names, rows) = records.split_first()?;
    if !names.iter().map(formula::unguard).eq(header(input)) {
        return None;
    }
    let mut kept = Kept::new();
    let mut cut_off = None;
    for (n, row) in rows.iter().enumerate() {
        let is_last = n + 1 == rows.len();
        if is_last && row.len() < names.len() {
            break;
        }
        let (index, row) = read_row(row, input)?;
        match is_last && !text.ends_with('\n') {
            true => cut_off = Some((index, row)),
            false => {
                kept.insert(index, row);
            }
        }
    }
    let rows = kept.iter().map(|(index, row)| (*index, &row.cells));
    let rows = rows.chain(cut_off.iter().map(|(index, row)| (*index, &row.cells)));
    are_of(input, rows.collect()).then_some(kept)
}

fn read_row(row: &StringRecord, input: &Input) -> Option<(u64, KeptRow)> {
    let columns = input.columns().len();
    let mut cells = row.iter().map(formula::unguard);
    let of_input = cells.by_ref().take(columns).collect();
    let added: Vec<&str> = cells.collect();
    let [index, outcome, reason] = added[..] else {
        return None;
    };
    let row = KeptRow {
        cells: of_input,
        note: Note::read(outcome, reason)?,
    };
    Some((index.parse().ok()?, row))
}

/// Returns true if the input has all these rows at their places.
fn are_of(input: &Input, mut rows: BTreeMap<u64, &StringRecord>) -> bool {
    for (index, row) in (0..).zip(input.rows()) {
        if rows.is_empty() {
            break;
        }
        if let Some(cells) = rows.remove(&index)
            && row.map_or(true, |row| input.written(&row) != *cells)
        {
            return false;
        }
    }
    rows.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fields::lead::LEADS,
        read::{format::Format, source::Source},
    };

    const HEADER: &str = "name,details,index,outcome,reason\n";

    fn input() -> Input {
        let text = "name,details\nJim,\nPam,\"a\n\"\"b\"\"\"\nOscar,c\n";
        let source = Source::of_text(text, Format::Csv).expect("a source");
        Input::unchecked(source, &LEADS, &mut Default::default())
    }

    fn indexes(rows: &str) -> Option<Vec<u64>> {
        let kept = read(&format!("{HEADER}{rows}"), &input())?;
        Some(kept.into_keys().collect())
    }

    #[test]
    fn rows_are_known_again_by_index_and_cells() {
        let rows = "Oscar,c,2,not sent,\"a, b\"\nPam,\"a\n\"\"b\"\"\",1,rejected,name: invalid\n";
        let kept = read(&format!("\u{feff}{HEADER}{rows}"), &input()).expect("they are known");
        let known: Vec<_> = kept
            .iter()
            .map(|(index, row)| (*index, row.note.outcome, row.note.reason.as_str()))
            .collect();
        assert_eq!(
            known,
            [(1, "rejected", "name: invalid"), (2, "not sent", "a, b")]
        );
    }

    #[test]
    fn a_row_that_was_cut_off_is_left_out_wherever_that_was() {
        let whole = "Jim,,0,rejected,x\n";
        let rows = format!("{whole}Pam,\"a\n\"\"b\"\"\",1,rejected,name: invalid\n");
        for end in whole.len()..rows.len() {
            let cut = &rows[..end];
            assert_eq!(indexes(cut), Some(vec![0]), "{cut:?}");
        }
        assert_eq!(indexes(&rows), Some(vec![0, 1]));
    }

    #[test]
    fn what_someone_has_changed_or_is_of_another_input_is_not_taken() {
        for rows in [
            "James,,0,rejected,x\n",
            "James,,0,rejected,x",
            "Jim,,1,rejected,x\n",
            "Jim,,7,rejected,x\n",
            "Jim,,,rejected,x\n",
            "Jim,,0,corrected,x\n",
            "Jim,,0\nPam,,1,rejected,x\n",
            "Jim,,0,rejected,x,more\n",
        ] {
            assert_eq!(indexes(rows), None, "{rows}");
        }
        for text in ["", "my notes", "name,index,outcome,reason\n"] {
            assert_eq!(read(text, &input()), None, "{text}");
        }
    }
}
