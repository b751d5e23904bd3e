//! The header of an input: the meaning of each column, and the rule by which it was found.
//!
//! The rules in their order: the user's mapping; the name of a field; its name in another spelling; the name
//! of a custom field of the account; a synonym. If two columns match a field that takes one, the earlier rule
//! wins.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use copper_crm::{
    directory::Directory,
    types::{CustomFieldType, RecordType},
};
use csv::StringRecord;

use super::{
    column::{ADDED, Added, Column, Unusable, known},
    mapping::{HINT, Mapping},
    profile::Profile,
    settings::{DateOrder, Settings, UnknownColumns},
    spelling::normalized,
    synonyms::{self, PHONE_KIND},
};
use crate::{
    display::problems::Problems,
    fields::{
        custom,
        entity::Entity,
        field::{CellType, Field, NAME, Names, Place as FieldPlace},
    },
    read::{
        format::UNKNOWN,
        row::{Cell, Name, Row},
        source::Source,
    },
};

pub struct Header {
    pub(super) entity: &'static Entity,
    pub(super) mapping: Mapping,
    pub(super) settings: Settings,
    /// The names of the account and their ids.
    pub(super) directory: Directory,
    /// By column of the input.
    pub(super) places: Vec<Place>,
    /// The columns that are joined from others.
    pub(super) joins: Vec<Column>,
    /// The names of the columns in a rejects file: those of the input, without those that an earlier import
    /// added.
    pub names: Vec<String>,
    /// Columns that are reported as missing, once and not for each row.
    pub(super) missing: Vec<&'static str>,
    /// The number of problems for which the file is refused because of unknown columns.
    pub refused: usize,
    /// True if each row names its own columns, so that several can be one.
    pub(super) merges: bool,
    /// The column with the caller's keys.
    reference: Option<usize>,
}

/// A column of the input.
pub struct Place {
    /// As the input has it.
    pub name: String,
    pub line: u64,
    pub column: Column,
    pub rule: Rule,
    pub profile: Profile,
    /// The number in its name, as in `Phone 2 - Value`.
    pub(super) number: Option<u32>,
    /// Its place among the columns of a rejects file.
    pub(super) written: Option<usize>,
    /// The field that another column already has.
    pub second_of: Option<&'static str>,
}

/// The rule by which the meaning of a column was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    Map,
    File,
    Name,
    Spelling,
    CustomField,
    Synonym,
    None,
}

/// The meaning of a column, before others claim the same field.
struct Candidate {
    column: Column,
    rule: Rule,
    rank: usize,
    number: Option<u32>,
}

impl Candidate {
    fn new(column: Column, rule: Rule) -> Self {
        Self {
            column,
            rule,
            rank: 0,
            number: None,
        }
    }
}

/// Returns true for a name that is certainly a column's. The reader of a file without a marked header needs
/// this.
pub fn is_known(name: &str, mapping: &Mapping, entity: &'static Entity) -> bool {
    let name = name.trim();
    !name.is_empty()
        && (mapping.has(name)
            || !matches!(
                candidate(name, entity, &Directory::default()),
                Ok(Candidate {
                    rule: Rule::None,
                    ..
                })
            ))
}

fn candidate(
    name: &str,
    entity: &'static Entity,
    directory: &Directory,
) -> Result<Candidate, Unusable> {
    match Column::named(name, entity) {
        Ok(column) => return Ok(Candidate::new(column, Rule::Name)),
        Err(Unusable::CustomId) => return Err(Unusable::CustomId),
        Err(Unusable::Unknown) => {}
    }
    if let Some(column) = Column::spelled(name, entity) {
        return Ok(Candidate::new(column, Rule::Spelling));
    }
    let own = normalized(name);
    let is_on = |kinds: &[RecordType]| {
        kinds.is_empty() || kinds.iter().any(|kind| kind.to_string() == entity.one)
    };
    let mut fields = directory.fields().iter();
    if let Some(field) = fields.find(|f| normalized(&f.name) == own && is_on(&f.available_on))
        && Column::takes_custom(entity)
    {
        return Ok(Candidate::new(
            Column::Custom(field.id.0),
            Rule::CustomField,
        ));
    }
    if let Some(meaning) = synonyms::meaning(name, entity) {
        let column = match (meaning.field, entity.field(meaning.field)) {
            (PHONE_KIND, _) => Some(Column::PhoneKind),
            (_, field) => field.map(Column::Field),
        };
        if let Some(column) = column {
            return Ok(Candidate {
                column,
                rule: Rule::Synonym,
                rank: meaning.rank,
                number: meaning.number,
            });
        }
    }
    // Other systems put the name of the object before that of the field.
    match name.rsplit_once('.') {
        Some((_, last)) if !last.trim().is_empty() => candidate(last, entity, directory),
        _ => Ok(Candidate::new(Column::Unknown, Rule::None)),
    }
}

impl Header {
    /// Finds the meaning of each column, and adds problems with them to the list.
    pub fn new(
        source: &Source,
        mapping: &Mapping,
        entity: &'static Entity,
        settings: Settings,
        directory: Directory,
        problems: &mut Problems,
    ) -> Self {
        let merges = source.names_by_row();
        let added = match merges {
            true => None,
            false => Added::place(&source.header),
        };
        let of_record = added.unwrap_or(source.header.len());
        let of_record = source.header.get(..of_record).unwrap_or_default();
        let (mapping, unnamed) = mapping.clone().with_fields(&directory, entity);
        let mut resolved = mapping.resolve(of_record, merges);
        resolved.problems.extend(unnamed);
        let line = of_record.first().map_or(1, |name| name.line);
        if !(merges && of_record.is_empty()) {
            let line = if merges { 1 } else { line };
            for what in resolved.problems {
                problems.add(line, what);
            }
        }
        let mut candidates = Vec::new();
        for (place, name) in of_record.iter().enumerate() {
            let candidate = match resolved.columns.get(&place) {
                Some((column, true)) => Ok(Candidate::new(*column, Rule::File)),
                Some((column, false)) => Ok(Candidate::new(*column, Rule::Map)),
                None => candidate(&name.text, entity, &directory),
            };
            candidates.push(candidate.unwrap_or_else(|why| {
                problems.add(name.line, format!("`{name}` {}", why.told(entity)));
                // It is reported, and no unknown column with it.
                Candidate::new(Column::LeftOut(usize::MAX), Rule::None)
            }));
        }
        prefer_job_title(of_record, &mut candidates);
        let mut header = Self {
            entity,
            mapping,
            settings,
            directory,
            places: Vec::new(),
            joins: resolved.joins,
            names: Vec::new(),
            missing: Vec::new(),
            refused: 0,
            merges,
            reference: None,
        };
        header.claim(of_record, candidates, merges, problems);
        match header.mapping.place_of_reference(of_record) {
            Ok(place) => header.reference = place,
            Err(what) => problems.add(line, what),
        }
        let reference = header
            .reference
            .and_then(|place| header.places.get_mut(place));
        if let Some(place) = reference.filter(|place| place.column == Column::Unknown) {
            place.column = Column::LeftOut(usize::MAX);
        }
        if added.is_some() {
            let line = source.header.last().map_or(1, |name| name.line);
            header
                .places
                .extend(ADDED.map(|added| Place::added(added, line)));
        }
        header.check_constants(line, problems);
        header.check_required(source, line, problems);
        header.check_unknown(line, merges, problems);
        header
    }

    /// Assigns each field to the column with the best claim to it.
    fn claim(
        &mut self,
        names: &[Name],
        candidates: Vec<Candidate>,
        merges: bool,
        problems: &mut Problems,
    ) {
        let mut order: Vec<usize> = (0..candidates.len()).collect();
        order.sort_by_key(|place| candidates.get(*place).map(|c| (c.rule, c.rank, *place)));
        let mut owners: Vec<(Column, usize)> = Vec::new();
        let mut shares: BTreeMap<usize, usize> = BTreeMap::new();
        let mut seconds: BTreeMap<usize, &'static str> = BTreeMap::new();
        let mut told = BTreeSet::new();
        for place in order {
            let Some((candidate, name)) = candidates.get(place).zip(names.get(place)) else {
                continue;
            };
            let column = candidate.column;
            let owner = owners.iter().find(|(owned, _)| *owned == column);
            let is_alike = |owner: usize| {
                let owner = names
                    .get(owner)
                    .map(|owner| owner.text.trim().to_lowercase());
                owner == Some(name.text.trim().to_lowercase())
            };
            match owner {
                Some((_, owner)) if merges && candidate.rule <= Rule::Spelling => {
                    if !column.is_repeatable() || is_alike(*owner) {
                        shares.insert(place, *owner);
                    }
                }
                Some((_, owner))
                    if is_known_twice(column, is_alike(*owner))
                        || (candidate.rule <= Rule::Name && !column.is_repeatable()) =>
                {
                    problems.add(name.line, twice(name, place, column));
                    told.insert(place);
                }
                Some(_) if column.is_repeatable() => {}
                Some(_) => {
                    seconds.insert(place, column_name(column));
                }
                None => owners.push((column, place)),
            }
        }
        let mut written = vec![None; names.len()];
        for (place, (name, candidate)) in names.iter().zip(candidates).enumerate() {
            let own = match shares.get(&place).and_then(|owner| written.get(*owner)) {
                Some(Some(shared)) => *shared,
                // Its owner comes later, and takes this place.
                _ => {
                    self.names.push(name.text.clone());
                    self.names.len() - 1
                }
            };
            if let Some(slot) = written.get_mut(place) {
                *slot = Some(own);
            }
            if let Some(owner) = shares.get(&place).filter(|owner| **owner > place)
                && let Some(slot) = written.get_mut(*owner)
            {
                *slot = Some(own);
            }
            let second_of = seconds.get(&place).copied();
            let column = match second_of {
                _ if told.contains(&place) => Column::LeftOut(usize::MAX),
                Some(_) => Column::Unknown,
                None => candidate.column,
            };
            self.places.push(Place {
                name: name.to_string(),
                line: name.line,
                column,
                rule: candidate.rule,
                profile: Profile::default(),
                number: candidate.number,
                written: Some(own),
                second_of,
            });
        }
    }

    fn check_constants(&self, line: u64, problems: &mut Problems) {
        for constant in self.mapping.constants() {
            let mut columns = self.places.iter().map(|place| place.column);
            let is_left_out = matches!(constant.column(), Column::LeftOut(_));
            if !is_left_out && columns.any(|column| column == constant.column()) {
                let what = format!(
                    "--set is not for `{}`, which a column fills",
                    constant.column()
                );
                problems.add(line, what);
            }
        }
    }

    /// A field that all objects lack has another key. A field that some lack is reported for each row.
    fn check_required(&mut self, source: &Source, line: u64, problems: &mut Problems) {
        let merges = source.names_by_row();
        for required in self.entity.required {
            if self.columns().any(|column| column.gives(required)) {
                continue;
            }
            let (name, one) = (required.column(), self.entity.one);
            if merges {
                if name == NAME && self.has_unknown() {
                    self.missing.push(name);
                } else if name == NAME && source.rows().any(|row| row.is_ok()) {
                    let what = format!("no {one} has a `{name}`, which Copper requires");
                    problems.add(1, what);
                }
                continue;
            }
            self.missing.push(name);
            if !source.header.is_empty() && !self.has_unknown() {
                let what =
                    format!("there is no column `{name}`, which Copper requires for every {one}");
                problems.add(line, what);
            }
        }
    }

    fn has_unknown(&self) -> bool {
        self.unknown().next().is_some()
    }

    fn unknown(&self) -> impl Iterator<Item = &Place> {
        let places = self.places.iter();
        places.filter(|place| place.column == Column::Unknown)
    }

    fn check_unknown(&mut self, line: u64, merges: bool, problems: &mut Problems) {
        let known = known(self.entity);
        if self.places.is_empty() && !merges {
            return problems.add(1, format!("there are no column names; known are {known}"));
        }
        let count = self.unknown().count();
        let is_told = self.places.iter().any(|place| place.second_of.is_some());
        if count == self.places.len() && count > 0 && !is_told && !merges {
            // They are not shown: without column names, the first line is someone's data.
            let what = format!(
                "names no column that is known; known are {known}; {HINT}; if another line of a text names \
                the columns, --header-line says which, and if none does, --no-header"
            );
            return problems.add(line, what);
        }
        if self.settings.unknown_columns != UnknownColumns::Refuse || count == 0 {
            if self.missing.contains(&NAME) && count > 0 {
                let one = self.entity.one;
                let what =
                    format!("there is no column `{NAME}`, which Copper requires for every {one}");
                problems.add(line, what);
            }
            return;
        }
        let hint = "--map gives a column another name, or leaves it out; --unknown-columns drop leaves \
            out all that are unknown, and --unknown-columns details appends them to the details";
        if merges {
            let mut refused = 0;
            for place in self.unknown() {
                let what = match place.second_of {
                    Some(field) => format!("`{}` is a second column `{field}`; {hint}", place.name),
                    None => format!(
                        "`{}` {}; {hint}",
                        place.name,
                        Unusable::Unknown.told(self.entity)
                    ),
                };
                problems.add(place.line, what);
                refused += 1;
            }
            self.refused = refused;
            return;
        }
        self.refused = 1;
        let names: Vec<String> = self
            .unknown()
            .map(|place| match place.second_of {
                Some(field) => format!("`{}` (a second `{field}`)", place.name),
                None => format!("`{}`", place.name),
            })
            .collect();
        let names = names.join(", ");
        problems.add(
            line,
            format!("{hint}. It has unknown columns: {names}; known are {known}"),
        );
    }

    /// The required column that no column gives, if one of the unknown columns may be it.
    pub fn missing(&self) -> Option<&'static str> {
        self.missing.first().copied()
    }

    /// The columns whose cells are read together.
    pub fn surveyed_columns(&self) -> Option<Vec<bool>> {
        Some(self.places.iter().map(Place::is_surveyed).collect())
    }

    /// Returns true if there is such a column.
    pub fn has_surveyed(&self) -> bool {
        self.places.iter().any(Place::is_surveyed)
    }

    /// Adds the cells of a row, before any row is converted.
    pub fn survey(&mut self, row: &Row) {
        let places = self.places.iter_mut().zip(&row.cells);
        for (place, cell) in places.filter(|(place, _)| place.is_surveyed()) {
            place.profile.add(cell);
        }
    }

    /// Decides what only the cells can show: a text `Address` beside a street is a second address.
    pub fn surveyed(&mut self, problems: &mut Problems) {
        let is_field = |place: &Place, name: &str| match place.column {
            Column::Field(field) => field.name() == name,
            _ => false,
        };
        let has_street = self.places.iter().any(|place| is_field(place, "street"));
        let mut found = None;
        for place in &mut self.places {
            if has_street
                && is_field(place, "address")
                && !place.profile.has_object
                && place.profile.is_filled
            {
                place.column = Column::Unknown;
                place.second_of = Some("street");
                found = Some(place.line);
            }
        }
        if let Some(line) = found
            && self.refused == 0
        {
            self.check_unknown(line, false, problems);
        }
    }

    /// All columns that fill records: those of the file, the joined ones and the constants.
    pub fn columns(&self) -> impl Iterator<Item = Column> {
        let columns = self.places.iter().map(|place| place.column);
        let constants = self.mapping.constants().iter();
        let constants = constants.map(|constant| constant.column());
        columns.chain(self.joins.iter().copied()).chain(constants)
    }

    /// The kinds of names that the columns need ids for.
    pub fn names_needed(&self) -> Vec<Names> {
        let mut needed: Vec<Names> = self.columns().filter_map(Column::names).collect();
        needed.sort();
        needed.dedup();
        needed
    }

    /// Returns true if custom fields are needed: to make values by their types, or to recognise a column.
    pub fn needs_custom_fields(&self) -> bool {
        self.places.iter().any(|place| {
            matches!(place.column, Column::Custom(_) | Column::Unknown)
                || place.rule == Rule::Synonym
        })
    }

    /// The order of day, month and year, if the columns of dates leave no doubt.
    pub fn date_order(&self) -> Option<DateOrder> {
        let has_dates = |place: &&Place| match place.column {
            Column::Field(field) => field.cell_type() == CellType::Date,
            Column::Custom(id) => self
                .directory
                .field_by_id(id)
                .is_some_and(|field| field.field_type == CustomFieldType::Date),
            _ => false,
        };
        let places = self.places.iter().filter(has_dates);
        let mut orders: Vec<DateOrder> = places.filter_map(|p| p.profile.dates.only()).collect();
        orders.dedup();
        match orders[..] {
            [order] => Some(order),
            _ => None,
        }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The joined column with this number.
    pub fn joined(&self, join: usize) -> Option<Column> {
        self.joins.get(join).copied()
    }

    /// The values for all rows, by column.
    pub fn constants(&self) -> impl Iterator<Item = (String, String)> {
        let constants = self.mapping.constants().iter();
        constants.map(|constant| (constant.column().to_string(), constant.value.clone()))
    }

    /// By field: the values that replace those of the file.
    pub fn values(&self) -> &BTreeMap<String, BTreeMap<String, String>> {
        self.mapping.values()
    }

    /// The name of a custom field in the account.
    pub fn custom_name(&self, id: i64) -> Option<&str> {
        self.directory
            .field_by_id(id)
            .map(|field| field.name.as_str())
    }

    /// The custom field of this name in the account.
    pub fn custom_id(&self, name: &str) -> Option<i64> {
        let own = normalized(name);
        let mut fields = self.directory.fields().iter();
        fields
            .find(|field| normalized(&field.name) == own)
            .map(|field| field.id.0)
    }

    /// The names of the account, if they are loaded.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The lists and the address of a record that an update replaces as a whole, each with the names of its
    /// columns.
    pub fn replaced_whole(&self) -> BTreeMap<&'static str, Vec<&str>> {
        let mut replaced: BTreeMap<_, Vec<&str>> = BTreeMap::new();
        for place in &self.places {
            if let Column::Field(field) = place.column
                && let Some(key) = field.replaced_whole()
            {
                replaced.entry(key).or_default().push(&place.name);
            }
        }
        replaced
    }

    /// The cells of a row in a rejects file, as they were written in the input.
    pub fn written(&self, row: &Row) -> StringRecord {
        let mut cells = vec![String::new(); self.names.len()];
        for (cell, place) in row.cells.iter().zip(&self.places) {
            if let Some(written) = place.written
                && let Some(written) = cells.get_mut(written)
                && *cell != Cell::EMPTY
            {
                *written = as_text(place.column, cell);
            }
        }
        cells.into()
    }

    /// The caller's key of a row; none if the row has none.
    pub fn reference(&self, row: &Row) -> Option<String> {
        let place = self.reference?;
        let cell = row.cells.get(place).filter(|cell| !cell.is_blank())?;
        let column = self.places.get(place)?.column;
        Some(as_text(column, cell).trim().to_owned())
    }

    /// Returns true if an earlier import left it unknown whether the record of this row is in Copper.
    pub fn is_in_doubt(&self, row: &Row) -> bool {
        row.cells.iter().zip(&self.places).any(|(cell, place)| {
            let is_outcome = place.column == Column::Added(Added::Outcome);
            let outcome = cell.as_text().filter(|_| is_outcome);
            outcome.is_some_and(|outcome| outcome.trim().eq_ignore_ascii_case(UNKNOWN))
        })
    }
}

impl Place {
    fn added(added: Added, line: u64) -> Self {
        Self {
            name: added.name().to_owned(),
            line,
            column: Column::Added(added),
            rule: Rule::Name,
            profile: Profile::default(),
            number: None,
            written: None,
            second_of: None,
        }
    }

    fn is_surveyed(&self) -> bool {
        match self.column {
            Column::Field(field) => !matches!(
                field.cell_type(),
                CellType::Plain | CellType::Email | CellType::Phone | CellType::Link
            ),
            Column::Custom(_) => true,
            _ => false,
        }
    }

    /// Returns true for the name of a record, or a part of it.
    pub fn is_name(&self) -> bool {
        match self.column {
            Column::Field(field) => {
                field.name() == NAME || matches!(field.place, FieldPlace::NamePart(_))
            }
            _ => false,
        }
    }
}

/// If there is a job title, a column `Title` is a form of address.
fn prefer_job_title(names: &[Name], candidates: &mut [Candidate]) {
    let is_title = |candidate: &Candidate| match candidate.column {
        Column::Field(field) => field.name() == "title" && candidate.rule >= Rule::Name,
        _ => false,
    };
    let has_job = names
        .iter()
        .zip(candidates.iter())
        .any(|(name, candidate)| is_title(candidate) && normalized(&name.text) == "jobtitle");
    if has_job {
        for (name, candidate) in names.iter().zip(candidates) {
            if is_title(candidate) && normalized(&name.text) == "title" {
                candidate.rule = Rule::Synonym;
                candidate.rank = usize::MAX;
            }
        }
    }
}

/// Two columns with one name are never both wanted, even if a record has room for two.
fn is_known_twice(column: Column, is_alike: bool) -> bool {
    is_alike && matches!(column, Column::Field(_) | Column::Custom(_))
}

fn column_name(column: Column) -> &'static str {
    match column {
        Column::Field(field) => Field::name(field),
        _ => "custom field",
    }
}

/// Two columns that are the same, with one name or two.
fn twice(name: &Name, place: usize, column: Column) -> String {
    let is_by_one_name = name.text.trim().eq_ignore_ascii_case(&column.to_string());
    let hint = format!("{HINT}, by its place as in --map '#{}='", place + 1);
    match is_by_one_name {
        true => format!("`{name}` is a column twice; {hint}"),
        false => format!("`{name}` is a second column `{column}`; {hint}"),
    }
}

fn as_text(column: Column, cell: &Cell) -> String {
    match (cell, column) {
        (Cell::Text(text), _) => text.clone(),
        (Cell::Typed(value), Column::Custom(_)) => custom::to_cell(value),
        (Cell::Typed(serde_json::Value::String(text)), _) => text.clone(),
        (Cell::Typed(value), _) => value.to_string(),
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Map => "--map",
            Self::File => "mapping file",
            Self::Name => "name",
            Self::Spelling => "spelling",
            Self::CustomField => "custom field",
            Self::Synonym => "synonym",
            Self::None => "",
        })
    }
}
