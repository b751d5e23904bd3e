//! What earlier starts of the same import wrote into a rejects file.

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord};

use super::{input::Input, note::Note, sheet};

/// By the index of the record.
pub type Notes = BTreeMap<u64, Note>;

/// None if there is anything in it that is not as an import of this input wrote it: someone has made
/// corrections, or it is of another input, and nobody else may have its leads.
///
/// A last row that a crash has cut off is left out; the input and the journal have that record.
pub fn read(text: &str, input: &Input) -> Option<Notes> {
    let rows = text.strip_prefix(sheet::BOM).unwrap_or(text);
    let mut reader = ReaderBuilder::new()
        .delimiter(input.dialect.delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(rows.as_bytes());
    let records: Vec<StringRecord> = reader.records().collect::<Result<_, _>>().ok()?;
    let (header, rows) = records.split_first()?;
    if !header.iter().eq(sheet::header(input)) {
        return None;
    }
    let mut notes = Notes::new();
    for (n, row) in rows.iter().enumerate() {
        let is_last = n + 1 == rows.len();
        if is_last && row.len() < header.len() {
            break;
        }
        let (index, note) = read_row(row, input)?;
        if !is_last || rows_end(text) {
            notes.insert(index, note);
        }
    }
    Some(notes)
}

fn rows_end(text: &str) -> bool {
    text.ends_with('\n')
}

fn read_row(row: &StringRecord, input: &Input) -> Option<(u64, Note)> {
    let columns = input.header.len();
    let added: Vec<&str> = row.iter().skip(columns).collect();
    let [index, outcome, reason] = added[..] else {
        return None;
    };
    let index: u64 = index.parse().ok()?;
    let known = input.rows.get(usize::try_from(index).ok()?)?;
    let is_same = row.iter().take(columns).eq(sheet::cells(known, columns));
    is_same.then_some((index, Note::read(outcome, reason)?))
}

#[cfg(test)]
mod tests {
    use super::{super::csv_file, super::lead::LEADS, *};

    const HEADER: &str = "name,details,index,outcome,reason\n";

    fn input() -> Input {
        let mut input = Input::new(&LEADS, Default::default());
        let text = "name,details\nJim,\nPam,\"a\n\"\"b\"\"\"\nOscar,c\n";
        csv_file::read(text, &mut input, &mut Default::default());
        input
    }

    fn indexes(rows: &str) -> Option<Vec<u64>> {
        let notes = read(&format!("{HEADER}{rows}"), &input())?;
        Some(notes.into_keys().collect())
    }

    #[test]
    fn rows_are_known_again_by_index_and_cells() {
        let rows = "Oscar,c,2,not sent,\"a, b\"\nPam,\"a\n\"\"b\"\"\",1,rejected,name: invalid\n";
        let notes = read(&format!("\u{feff}{HEADER}{rows}"), &input()).expect("they are known");
        let known: Vec<_> = notes
            .iter()
            .map(|(index, note)| (*index, note.outcome, note.reason.as_str()))
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
