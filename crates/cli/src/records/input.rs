//! The input, checked as a whole: nothing is sent unless every row can be read.
//!
//! A first pass over the rows finds all problems. The rows are read again when they are sent.

use std::{collections::BTreeMap, path::Path};

use copper_crm::directory::Directory;
use csv::StringRecord;

use super::{
    findings::Findings,
    keys::{Duplicates, Keys},
    record::Record,
};
use crate::{
    columns::{
        column::Added,
        convert::Converted,
        header::{self, Header},
        key_column::KeyColumn,
        mapping::Mapping,
        settings::Settings,
        suspect::Suspect,
    },
    display::{escape, lines::Lines, problems::Problems},
    fields::entity::Entity,
    read::{
        format::{UNKNOWN, has_extension},
        formula,
        options::Options,
        row::{Cell, Problem, Row},
        source::{self, Source, Unreadable, Written},
    },
};

/// The number of rows between two reports of progress.
const ROWS_BETWEEN: u64 = 1024;

pub struct Input {
    /// The kind of its records.
    pub entity: &'static Entity,
    pub mapping: Mapping,
    /// The number of its rows.
    pub count: u64,
    source: Source,
    /// True if an import wrote it, with a guard before cells that look like formulas.
    is_guarded: bool,
    header: Header,
    checks: Checks,
    pub findings: Findings,
    in_doubt: Lines,
}

/// The checks, in addition to that all rows can be read.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    pub settings: Settings,
    /// The key that identifies a record.
    pub key: KeyColumn,
    pub duplicates: Duplicates,
}

/// Nobody watches.
pub struct Unwatched;

impl Watch for Unwatched {
    fn progress(&mut self, _: &'static str, _: u64, _: u64) {}
    fn note(&mut self, _: &str) {}
}

/// Notes that are shown while a file is read.
pub trait Watch {
    /// The number of bytes read and of all bytes, in the pass with this verb.
    fn progress(&mut self, verb: &'static str, read: u64, size: u64);
    /// A note for a person about how the file is read: a sentence that follows the file's name.
    fn note(&mut self, what: &str);
}

impl Input {
    /// An input from a source, with no choices of a user and no account.
    pub fn unchecked(source: Source, entity: &'static Entity, problems: &mut Problems) -> Self {
        let (mapping, checks) = (Mapping::default(), Checks::default());
        let directory = Directory::default();
        Self::new(
            source,
            entity,
            &mapping,
            &checks,
            directory,
            problems,
            &mut Unwatched,
        )
    }

    /// Finds out the format of a file, and the meaning of its columns as far as their names show it.
    pub fn open(
        path: &Path,
        options: &Options,
        entity: &'static Entity,
        mapping: &Mapping,
        watch: &mut dyn Watch,
    ) -> Result<Source, String> {
        let is_known = |name: &str| header::is_known(name, mapping, entity);
        let source = Source::open(path, options, &is_known, |read, size| {
            watch.progress("reading", read, size);
        });
        match source {
            Ok(source) => {
                source.notes.iter().for_each(|note| watch.note(note));
                Ok(source)
            }
            Err(Unreadable::File(what)) => Err(format!("{} {what}.", escape::path(path))),
            Err(Unreadable::Line((line, what))) => {
                let mut problems = Problems::default();
                problems.add(line, what);
                Err(problems.refusal(path))
            }
        }
    }

    /// Checks all rows of a source.
    pub fn new(
        mut source: Source,
        entity: &'static Entity,
        mapping: &Mapping,
        checks: &Checks,
        directory: Directory,
        problems: &mut Problems,
        watch: &mut dyn Watch,
    ) -> Self {
        let is_guarded = !source.names_by_row() && Added::place(&source.header).is_some();
        if is_guarded {
            for name in &mut source.header {
                name.text = formula::unguard(&name.text).to_owned();
            }
        }
        let settings = checks.settings;
        let header = Header::new(&source, mapping, entity, settings, directory, problems);
        let mut input = Self {
            entity,
            mapping: mapping.clone(),
            count: 0,
            source,
            is_guarded,
            header,
            checks: checks.clone(),
            findings: Findings::default(),
            in_doubt: Lines::default(),
        };
        if let KeyColumn::Named(name) = &checks.key {
            match input.header.custom_id(name) {
                Some(id) => input.checks.key = KeyColumn::Custom(id),
                None => problems.add(
                    1,
                    format!("--key: `{name}` is no column, and no custom field of the account"),
                ),
            }
        }
        if input.header.has_surveyed() {
            input.survey(watch);
        }
        input.header.surveyed(problems);
        input.check(problems, watch);
        input
    }

    /// Adds the cells of those columns that are read together.
    fn survey(&mut self, watch: &mut dyn Watch) {
        let mut rows = Rows {
            rows: self.source.rows_with(self.header.surveyed_columns()),
            is_guarded: self.is_guarded,
        };
        let mut row = Row::default();
        for index in 0_u64.. {
            let Some(read) = rows.read(&mut row) else {
                break;
            };
            if index % ROWS_BETWEEN == 0 {
                let (read, size) = self.source.progress();
                watch.progress("surveying", read, size);
            }
            if read.is_ok() {
                self.header.survey(&row);
            }
        }
    }

    fn check(&mut self, problems: &mut Problems, watch: &mut dyn Watch) {
        let (mut count, mut in_doubt) = (0, Lines::default());
        let mut findings = Findings::new(self.header.places().len());
        let mut keys = Keys::default();
        let mut rows = self.rows();
        let mut row = Row::default();
        for index in 0_u64.. {
            let Some(read) = rows.read(&mut row) else {
                break;
            };
            if index % ROWS_BETWEEN == 0 {
                let (read, size) = self.source.progress();
                watch.progress("checking", read, size);
            }
            if let Err((line, what)) = read {
                problems.add(line, what);
                continue;
            }
            findings.count(&row);
            if self.header.is_in_doubt(&row) {
                in_doubt.add(count, row.line);
            }
            if let Err(all) = self.checked(&mut findings, &mut keys, &row, count) {
                all.into_iter()
                    .for_each(|(line, what)| problems.add(line, what));
            }
            count += 1;
        }
        rows.rows
            .tally()
            .notes()
            .iter()
            .for_each(|note| watch.note(note));
        findings.letters = rows.rows.tally().letters.clone();
        drop(rows);
        findings.shared = keys.shared(self.checks.duplicates);
        (self.count, self.in_doubt, self.findings) = (count, in_doubt, findings);
    }

    /// Converts a row, and adds what its cells and its record show.
    fn checked(
        &self,
        findings: &mut Findings,
        keys: &mut Keys,
        row: &Row,
        index: u64,
    ) -> Result<(), Vec<Problem>> {
        let mut is_rejected = false;
        for found in self.header.suspects(row) {
            is_rejected |= self.rejects(found.suspect);
            let of_column = (found.suspect, found.place.name.clone());
            let known = findings.suspects.entry(of_column).or_default();
            known.lines.add(index, row.line);
            if known.first.is_empty() {
                known.first = found.text.to_owned();
                known.mended = found.mended();
            }
        }
        let converted = self.header.record(row)?;
        is_rejected |= !converted.invalid.is_empty();
        for left_out in converted.left_out {
            let lines = findings.left_out.entry(left_out).or_default();
            lines.add(index, row.line);
        }
        for what in converted.unfit {
            let lines = findings.unfit.entry(what).or_default();
            lines.add(index, row.line);
        }
        let firsts = findings.firsts.iter_mut().enumerate();
        for (place, first) in firsts.filter(|(_, first)| first.is_none()) {
            *first = self.header.value(row, place);
        }
        let key = self.checks.key.of(&converted.record);
        let record = Record::new(self.entity.kind, converted.record)
            .map_err(|what| vec![(row.line, what)])?;
        is_rejected |= self.checks.settings.check && record.check().is_err();
        if is_rejected {
            findings.reject(index);
        }
        // One that is rejected for itself stands in no other's way.
        if let Some(key) =
            key.filter(|_| !is_rejected || self.checks.duplicates == Duplicates::Send)
        {
            keys.add(&key, index, row.line);
        }
        Ok(())
    }

    /// Returns true if a value is enough to reject its row.
    fn rejects(&self, suspect: Suspect) -> bool {
        let settings = self.checks.settings;
        let is_left = suspect.is_malformed() && !(settings.fix && suspect.is_fixed());
        // The library tells of an address without an @ as well.
        settings.check && is_left && suspect != Suspect::NoAt
    }

    /// The reason why a row is rejected before it is sent; none if it is not. It is made anew each time.
    pub fn reason(&self, row: &Row, index: u64) -> Option<String> {
        if !self.findings.is_rejected(index) {
            return None;
        }
        let suspects = self.header.suspects(row);
        let suspects = suspects.filter(|found| self.rejects(found.suspect));
        let suspects = suspects.map(|found| format!("`{}` {}", found.place.name, found.suspect));
        let mut reasons: Vec<String> = suspects.collect();
        if let Ok(Converted {
            record, invalid, ..
        }) = self.header.record(row)
        {
            reasons.extend(invalid);
            let record = Record::new(self.entity.kind, record).ok();
            let invalid = record.filter(|_| self.checks.settings.check);
            let invalid = invalid.and_then(|record| record.check().err());
            reasons.extend(invalid.map(|invalid| invalid.to_string()));
        }
        let other = self.findings.shared.line_of_other(index);
        reasons.extend(other.map(|line| format!("duplicate of line {line}")));
        Some(reasons.join("; "))
    }

    /// All rows, from the first one.
    pub fn rows(&self) -> Rows<'_> {
        Rows {
            rows: self.source.rows(),
            is_guarded: self.is_guarded,
        }
    }

    /// All rows that can be read, each with its record.
    pub fn records(&self) -> impl Iterator<Item = (Row, Record)> {
        let rows = self.rows().filter_map(Result::ok);
        rows.filter_map(|row| {
            let record = self.record(&row).ok()?;
            Some((row, record))
        })
    }

    /// The record of a row.
    pub fn record(&self, row: &Row) -> Result<Record, Vec<Problem>> {
        let converted = self.header.record(row)?;
        Record::new(self.entity.kind, converted.record).map_err(|what| vec![(row.line, what)])
    }

    /// The cells of a row as they were written, for a rejects file.
    pub fn written(&self, row: &Row) -> StringRecord {
        self.header.written(row)
    }

    /// The lists and the address of a record that an update replaces as a whole, each with the names of its
    /// columns.
    pub fn replaced_whole(&self) -> BTreeMap<&'static str, Vec<&str>> {
        self.header.replaced_whole()
    }

    /// The names of the columns as they were written, for a rejects file.
    pub fn columns(&self) -> &[String] {
        &self.header.names
    }

    /// The format of a CSV with rows of it.
    pub fn written_as(&self) -> Written {
        self.source.written()
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The reading of the file.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Refuses a file with records in doubt. The file may have another name now, so the column that an
    /// earlier import added is checked as well.
    pub fn refuse_what_is_in_doubt(&self, path: &Path) -> Result<(), String> {
        let file = escape::path(path);
        let many = self.entity.many;
        let records = match self.in_doubt.count {
            0 if !has_extension(path, UNKNOWN) => return Ok(()),
            0 => many.to_owned(),
            _ => format!("{many} ({})", self.in_doubt),
        };
        Err(format!(
            "{file} has {records} of which it is unknown whether they are in Copper already.\n\
            Look them up there, delete from {file} those that you find, and load the rest with \
            --accept-duplicates."
        ))
    }
}

/// The rows of an input, without the guards that an import wrote before cells.
pub struct Rows<'i> {
    rows: source::Rows<'i>,
    is_guarded: bool,
}

impl Rows<'_> {
    /// Reads the next row into this one, which saves making a new one.
    pub fn read(&mut self, row: &mut Row) -> Option<Result<(), Problem>> {
        let read = self.rows.read(row)?;
        if self.is_guarded {
            unguard(row);
        }
        Some(read)
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut row = Row::default();
        let read = self.read(&mut row)?;
        Some(read.map(|()| row))
    }
}

fn unguard(row: &mut Row) {
    for cell in &mut row.cells {
        if let Cell::Text(text) = cell
            && text.starts_with(formula::GUARD)
        {
            *text = formula::unguard(text).to_owned();
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::{fields::lead::LEADS, read::format::Format};

    pub fn source(text: &str, format: Format) -> Source {
        Source::of_text(text, format).expect("a source")
    }

    /// The problems of a file of leads.
    pub fn problems(text: &str, format: Format) -> String {
        let mut problems = Problems::default();
        let mapping = Mapping::default();
        let options = Options {
            format: Some(format),
            ..Options::default()
        };
        let is_known = |name: &str| header::is_known(name, &mapping, &LEADS);
        match Source::of_bytes(text.as_bytes(), "", &options, &is_known) {
            Ok(source) => {
                Input::unchecked(source, &LEADS, &mut problems);
            }
            Err(Unreadable::Line((line, what))) => problems.add(line, what),
            Err(Unreadable::File(what)) => panic!("{what}"),
        }
        problems.to_string()
    }

    #[test]
    fn all_problems_of_a_table_are_told_by_line() {
        for (text, words) in [
            (
                "",
                &["there are no column names; known are name, email,"][..],
            ),
            ("Jim,jim@example.com\n", &["line 1: names no column"]),
            ("\n\r\n", &["there are no column names"]),
            (
                "email\na@example.com\n",
                &["line 1: there is no column `name`"],
            ),
            (
                "name,Shoes,cf_x,Name,cf_0\nJim,1,2,3,4\nJim,1,2,3,4,5\n",
                &[
                    "unknown columns: `Shoes`; known are name,",
                    "line 1: `cf_x` must be cf_ and",
                    "line 1: `cf_0` must be cf_ and",
                    "line 1: `Name` is a column twice",
                    "line 3: has 6 cells for 5 columns",
                ],
            ),
            (
                "name,details\nJim,\"a\nPam,b\n",
                &["line 2: a quote is opened"],
            ),
            ("name\n\"Jim", &["line 2: a quote is opened"]),
            (
                "name,status_id,address\nJim,open,\nPam,1,\"{\"\"zip\"\": 1}\"\n",
                &[
                    "line 2: `status_id` must be a whole number",
                    "line 3: `address` has the key `zip`",
                ],
            ),
        ] {
            let told = problems(text, Format::Csv);
            for words in words {
                assert!(told.contains(words), "{words:?} is not in {told}");
            }
        }
    }

    #[test]
    fn a_table_of_more_columns_than_any_account_has_is_refused() {
        let names: String = (1..=500).map(|n| format!(",cf_{n}")).collect();
        assert_eq!(
            problems(&format!("name{names}\nJim\n"), Format::Csv),
            "\n  line 1: has 501 columns, and 500 are the most"
        );
    }

    #[test]
    fn all_problems_of_json_lines_are_told_by_line() {
        let told = problems(
            "{\"name\": \"Jim\"}\r\n\r\n{\"name\": Pam}\n[1]\n{\"name\": [5], \"shoes\": 1}\n{\"shoes\": 2}\n\
            {\"name\": \"a\", \"Name\": \"b\"}\n{\"name\": \"a\"",
            Format::JsonLines,
        );
        let lines: Vec<&str> = told.trim_start().split("\n  ").collect();
        let expected = [
            "line 3: is not JSON at column 10: expected value",
            "line 4: must be an object",
            "line 5: `shoes` is no column that is known here",
            "line 5: `name` must be text",
            "line 7: `Name` is there twice",
            "line 8: is not JSON at column 12",
        ];
        assert_eq!(lines.len(), expected.len(), "{told}");
        for (line, expected) in lines.iter().zip(expected) {
            assert!(line.starts_with(expected), "{line}");
        }
    }

    #[test]
    fn all_problems_of_a_json_array_are_told_by_line() {
        for (text, words) in [
            (
                "[\n  {\"name\": \"Jim\",\n   \"email\": 5},\n\n  7, {\"name\": \"Pam\", \"tags\": [1]},\n\
                {\"cf_1\": 1e300}]",
                &[
                    "line 2: `email` must be text, or {",
                    "line 5: must be an object",
                    "line 5: `tags` must be text, with ;",
                    "line 6: `cf_1` is too long a number",
                ][..],
            ),
            (
                "[{\"name\": \"Jim\"},\n {\"name\": \"Pam\"]",
                &["line 2: is not JSON at column 16"],
            ),
            ("{\"name\": \"Jim\"", &["line 1: is not JSON at column"]),
            ("\"name\"", &["line 1: must be an array of objects"]),
            (
                "[{\"email\": \"a@example.com\"}]",
                &["line 1: no lead has a `name`"],
            ),
            (
                "[{\"name\": \"Jim\", \"address\": {}, \"city\": 1.5}]",
                &["`city` must be text"],
            ),
            (
                "[{\"name\": \"a\", \"city\": \"b\", \"address\": {}}]",
                &["`address` is given twice"],
            ),
            ("[{}]", &["line 1: no lead has a `name`"]),
            ("", &["line 1: is not JSON"]),
        ] {
            let told = problems(text, Format::Json);
            for words in words {
                assert!(told.contains(words), "{words:?} is not in {told}");
            }
        }
    }

    #[test]
    fn a_json_of_more_columns_than_any_account_has_is_refused_and_long_names_are_cut() {
        let objects: Vec<String> = (1..=501)
            .map(|n| format!("{{\"name\":\"a\",\"cf_{n}\":1}}"))
            .collect();
        let told = problems(&objects.join("\n"), Format::JsonLines);
        assert_eq!(
            told,
            "\n  line 500: has a column too many: 500 are the most"
        );
        let long = format!("{{\"name\":\"a\",\"{}\":1}}", "x".repeat(100_000));
        assert!(problems(&long, Format::JsonLines).len() < 2100);
    }
}
