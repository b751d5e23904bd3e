//! Conversion of a row to a record, in the form of Copper's API.

use copper_crm::{
    directory::{DirectoryError, FieldInput},
    types::CustomFieldType,
};
use serde_json::{Map, Value, json};

use super::{
    amount,
    column::Column,
    date,
    header::{Header, Place},
    profile::Profile,
    settings::{UnknownColumns, UnknownValues},
    suspect::{self, Suspect},
};
use crate::{
    fields::{
        custom,
        field::{self, CUSTOM_FIELDS, CellType, Field, NAME, Names, Place as FieldPlace},
    },
    read::row::{Cell, Problem, Row},
};

/// The separator between several values in one cell, as some systems write them.
pub const SEVERAL: &str = ":::";

/// A row as a record.
#[derive(Debug, Default)]
pub struct Converted {
    /// In the form of Copper's API.
    pub record: Value,
    /// The reasons to reject it before it is sent.
    pub invalid: Vec<String>,
    /// The parts of the row that are not in the record, by kind.
    pub left_out: Vec<LeftOut>,
    /// Columns whose value is sent unchanged, and does not fit any form of their field.
    pub unfit: Vec<String>,
}

/// A part of a row that is not sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeftOut {
    /// A second e-mail address: a lead has one.
    FurtherAddress,
    /// A home address beside another address: a record has one.
    HomeAddress,
    /// A name of the user's account, which the sandbox does not have.
    NotChecked(String),
    /// A name that the account does not have, if the settings say so.
    UnknownValue(String),
}

/// A record in the making.
#[derive(Default)]
struct Draft {
    record: Map<String, Value>,
    problems: Vec<String>,
    refused: Vec<Column>,
    invalid: Vec<String>,
    left_out: Vec<LeftOut>,
    unfit: Vec<String>,
    /// First, middle and last name.
    name_parts: [String; 3],
    home: Map<String, Value>,
    /// Columns and values that are appended to the details.
    details: Vec<(String, String)>,
    /// The name of a stage, and that of its column: only the pipeline tells it from another of that name.
    stage: Option<(String, String)>,
}

/// A cell that is probably not meant as it is.
pub struct Suspected<'r> {
    pub place: &'r Place,
    pub suspect: Suspect,
    pub text: &'r str,
}

impl Suspected<'_> {
    /// The value after --fix; None if it is not changed.
    pub fn mended(&self) -> Option<String> {
        let cell_type = cell_type_of(self.place.column)?;
        let mended = suspect::unwrapped(self.text, cell_type);
        (self.suspect.is_fixed() && mended != self.text).then(|| mended.to_owned())
    }
}

/// The type of the cells of a column whose values are looked at.
fn cell_type_of(column: Column) -> Option<CellType> {
    match column {
        Column::Field(field) => Some(field.cell_type()),
        Column::Custom(_) | Column::Joined(_) => Some(CellType::Plain),
        _ => None,
    }
}

impl Header {
    /// The record of a row, or all its problems. A field whose column is missing is reported once, for the
    /// header.
    pub fn record(&self, row: &Row) -> Result<Converted, Vec<Problem>> {
        let mut draft = Draft::default();
        let mut joined: Vec<Vec<&str>> = vec![Vec::new(); self.joins.len()];
        let mut filled = match self.merges {
            true => vec![false; self.names.len()],
            false => Vec::new(),
        };
        let cells = || row.cells.iter().zip(&self.places);
        for (cell, place) in cells().filter(|(cell, _)| !cell.is_empty()) {
            let is_filled = place.written.and_then(|written| filled.get_mut(written));
            if is_filled.is_some_and(|is_filled| std::mem::replace(is_filled, true)) {
                draft
                    .problems
                    .push(format!("`{}` is there twice", place.name));
                continue;
            }
            match place.column {
                Column::Field(_) | Column::Custom(_) => {
                    let kind = place.number.and_then(|number| self.phone_kind(row, number));
                    self.set(&mut draft, place.column, cell, Some(place), kind);
                }
                Column::Joined(join) => {
                    if let (Some(texts), Some(text)) = (joined.get_mut(join), cell.as_text()) {
                        texts.push(text.trim());
                    }
                }
                Column::Unknown => {
                    if !cell.is_blank() && self.settings.unknown_columns == UnknownColumns::Details
                    {
                        draft.details.push((place.name.clone(), shown(cell)));
                    }
                }
                Column::Nameless if !cell.is_blank() => draft
                    .problems
                    .push("has something in a column without a name".to_owned()),
                Column::Added(_) | Column::PhoneKind | Column::LeftOut(_) | Column::Nameless => {}
            }
        }
        for (column, texts) in self.joins.iter().zip(joined) {
            let texts: Vec<&str> = texts.into_iter().filter(|text| !text.is_empty()).collect();
            if !texts.is_empty() {
                self.set(
                    &mut draft,
                    *column,
                    &Cell::Text(texts.join(" ")),
                    None,
                    None,
                );
            }
        }
        for constant in self.mapping.constants() {
            let cell = Cell::Text(constant.value.clone());
            self.set(&mut draft, constant.column(), &cell, None, None);
        }
        self.finish(draft, row.line)
    }

    /// The value of one cell as it is sent; None if it is blank, or not sent.
    pub fn value(&self, row: &Row, place: usize) -> Option<Value> {
        let (place, cell) = (self.places.get(place)?, row.cells.get(place)?);
        if cell.is_blank() {
            return None;
        }
        match place.column {
            Column::Field(_) | Column::Custom(_) => {
                let mut draft = Draft::default();
                let kind = place.number.and_then(|number| self.phone_kind(row, number));
                self.set(&mut draft, place.column, cell, Some(place), kind);
                if let Some((column, name)) = draft.stage.take() {
                    self.set_stage(&mut draft, &column, &name);
                }
                value_of(&draft, place.column)
            }
            Column::Joined(_) => Some(shown(cell).into()),
            Column::Unknown if self.settings.unknown_columns == UnknownColumns::Details => {
                Some(shown(cell).into())
            }
            _ => None,
        }
    }

    fn finish(&self, mut draft: Draft, line: u64) -> Result<Converted, Vec<Problem>> {
        if let Some((column, name)) = draft.stage.take() {
            self.set_stage(&mut draft, &column, &name);
        }
        let has_details = self.entity.field("details").is_some();
        if self.entity.field(NAME).is_some() {
            let has_parts = draft.name_parts.iter().any(|part| !part.is_empty());
            match draft.record.get_mut(NAME) {
                Some(Value::String(name)) if has_parts => {
                    *name = whole_name(name, &draft.name_parts);
                }
                Some(_) => {}
                None => {
                    let name = whole_name("", &draft.name_parts);
                    draft.record.insert(NAME.to_owned(), name.into());
                }
            }
        }
        if !draft.home.is_empty() {
            let home = Value::Object(std::mem::take(&mut draft.home));
            match draft.record.get("address") {
                None => {
                    draft.record.insert("address".to_owned(), home);
                }
                Some(_) => draft.left_out.push(LeftOut::HomeAddress),
            }
        }
        if has_details && !draft.details.is_empty() {
            let lines = draft.details.iter();
            let lines = lines.map(|(column, value)| format!("{column}: {value}"));
            let details = draft.record.entry("details").or_insert_with(|| "".into());
            if let Value::String(details) = details {
                let own = (!details.is_empty()).then(|| std::mem::take(details));
                *details = own.into_iter().chain(lines).collect::<Vec<_>>().join("\n");
            }
        }
        let record = Value::Object(draft.record);
        let mut is_whole = draft.refused.is_empty();
        let mut problems = draft.problems;
        for required in self.entity.required {
            let is_told = self.missing.contains(&required.column())
                || draft.refused.iter().any(|column| column.gives(required));
            if required.is_in(&record) {
                continue;
            }
            is_whole = false;
            if !is_told {
                problems.push(format!("`{}` is missing", required.column()));
            }
        }
        if is_whole && problems.is_empty() {
            return Ok(Converted {
                record,
                invalid: draft.invalid,
                left_out: draft.left_out,
                unfit: draft.unfit,
            });
        }
        Err(problems.into_iter().map(|what| (line, what)).collect())
    }

    /// The kind of the phone number with this number in its column's name.
    fn phone_kind(&self, row: &Row, number: u32) -> Option<&'static str> {
        let mut cells = row.cells.iter().zip(&self.places);
        let is_kind =
            |place: &Place| place.column == Column::PhoneKind && place.number == Some(number);
        let text = cells
            .find(|(_, place)| is_kind(place))?
            .0
            .as_text()?
            .to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        match () {
            () if has(&["fax"]) => Some("other"),
            () if has(&["mobil", "cell", "handy", "portable", "móvil"]) => Some("mobile"),
            () if has(&["home", "privat", "domicile", "casa"]) => Some("home"),
            () if has(&["work", "business", "main", "office", "arbeit", "travail"]) => Some("work"),
            () => (!text.trim().is_empty()).then_some("other"),
        }
    }

    fn set(
        &self,
        draft: &mut Draft,
        column: Column,
        cell: &Cell,
        place: Option<&Place>,
        kind: Option<&'static str>,
    ) {
        let plain = Profile::default();
        let profile = place.map_or(&plain, |place| &place.profile);
        let set = match column {
            Column::Field(field) => self.set_field(draft, field, cell, place, profile, kind),
            Column::Custom(id) => self.set_custom(draft, id, cell, place, profile),
            _ => Ok(()),
        };
        let Err(what) = set else { return };
        match self.settings.check {
            true => draft.invalid.push(format!("`{column}` {what}")),
            false => {
                draft.problems.push(format!("`{column}` {what}"));
                draft.refused.push(column);
            }
        }
    }

    /// Tells of a value that fits no form of its field, and is left out: a preview shows it as suspect.
    fn set_unfit(&self, draft: &mut Draft, name: &str, what: &str) -> Result<(), String> {
        match self.settings.is_preview && !self.settings.check {
            true => {
                draft.unfit.push(format!(
                    "`{name}` {what}; without --check, the file is refused"
                ));
                Ok(())
            }
            false => Err(what.to_owned()),
        }
    }

    fn set_field(
        &self,
        draft: &mut Draft,
        field: &'static Field,
        cell: &Cell,
        place: Option<&Place>,
        profile: &Profile,
        kind: Option<&'static str>,
    ) -> Result<(), String> {
        let name = place.map_or(field.name(), |place| place.name.as_str());
        let text = match cell {
            Cell::Text(text) | Cell::Typed(Value::String(text)) => text.trim(),
            Cell::Typed(value) => return field.set(&mut draft.record, value.clone()),
        };
        let text = self.mapping.value(field.name(), name, text);
        let text = self.fixed(text, CellType::Plain);
        if text.is_empty() {
            return field.set(&mut draft.record, text.into());
        }
        match field.place {
            FieldPlace::Named(names, key) => {
                self.set_named(draft, names, key, name, text);
                return Ok(());
            }
            FieldPlace::NamePart(part) => {
                if let Some(part) = draft.name_parts.get_mut(usize::from(part)) {
                    text.clone_into(part);
                }
                return Ok(());
            }
            FieldPlace::Home(part) => {
                draft.home.insert(part.to_owned(), text.into());
                return Ok(());
            }
            _ => {}
        }
        let is_json = text.starts_with(['{', '[']);
        match field.cell_type() {
            CellType::Email if !is_json => self.set_email(draft, field, text),
            CellType::Phone | CellType::Link if !is_json => {
                for part in parts(text) {
                    let part = self.fixed(part, field.cell_type());
                    field.set(&mut draft.record, part.into())?;
                }
                if let Some(kind) = kind.filter(|_| field.cell_type() == CellType::Phone) {
                    categorise(&mut draft.record, kind, parts(text).count());
                }
                Ok(())
            }
            CellType::Tags if !is_json => {
                let by_commas =
                    !profile.has_semicolon && matches!(cell, Cell::Text(_)) && place.is_some();
                let tags = text.replace(SEVERAL, ";");
                let tags = if by_commas {
                    tags.replace(',', ";")
                } else {
                    tags
                };
                field.set(&mut draft.record, tags.into())
            }
            CellType::Amount => match amount::parse(text, profile.amounts) {
                Ok(amount) => field.set(&mut draft.record, amount.into()),
                Err(what) => self.set_unfit(draft, name, what),
            },
            CellType::Date => {
                let order = self.settings.date_order.or(profile.dates.only());
                let date = date::parse(text, order).map(date::Day::american);
                match date {
                    Err(what) if self.settings.check => Err(what.to_owned()),
                    Ok(date) => field.set(&mut draft.record, date.into()),
                    // Copper decides.
                    Err(what) => {
                        draft.unfit.push(format!("`{name}` {what}"));
                        field.set(&mut draft.record, text.into())
                    }
                }
            }
            _ => field.set(&mut draft.record, text.into()),
        }
    }

    fn set_email(&self, draft: &mut Draft, field: &Field, text: &str) -> Result<(), String> {
        let fixed = |text: &str| self.fixed(text, CellType::Email).to_owned();
        if field.name() == "emails" {
            let all: Vec<String> = text.replace(SEVERAL, ";").split(';').map(fixed).collect();
            return field.set(&mut draft.record, all.join(";").into());
        }
        let mut all = parts(text);
        let first = all.next().map(fixed).unwrap_or_default();
        if all.next().is_some() {
            draft.left_out.push(LeftOut::FurtherAddress);
        }
        field.set(&mut draft.record, first.into())
    }

    /// A text without its harmless wrappings, if they are to be taken off.
    fn fixed<'t>(&self, text: &'t str, cell_type: CellType) -> &'t str {
        match self.settings.fix {
            true => suspect::unwrapped(text, cell_type),
            false => text,
        }
    }

    /// A stage by its name, in the pipeline of the row if that is known.
    fn set_stage(&self, draft: &mut Draft, column: &str, name: &str) {
        const KEY: &str = "pipeline_stage_id";
        let pipeline = draft.record.get("pipeline_id").and_then(Value::as_i64);
        let id = match pipeline {
            Some(pipeline) => self.directory.stage_of(pipeline, name),
            None => self.directory.stage(name),
        };
        match id {
            Ok(id) => {
                draft.record.entry(KEY).or_insert(id.0.into());
            }
            Err(error) => self.unknown_value(draft, column, name, &error),
        }
    }

    fn set_named(&self, draft: &mut Draft, names: Names, key: &str, column: &str, text: &str) {
        let directory = &self.directory;
        let id = match names {
            Names::Status => directory.status(text).map(|id| id.0),
            Names::Source => directory.source(text).map(|id| id.0),
            Names::Owner => directory.user(text).map(|id| id.0),
            Names::ContactType => directory.contact_type(text).map(|id| id.0),
            Names::Pipeline => directory.pipeline(text).map(|id| id.0),
            Names::Stage => {
                draft.stage = Some((column.to_owned(), text.to_owned()));
                return;
            }
            Names::LossReason => directory.loss_reason(text).map(|id| id.0),
        };
        match id {
            Ok(id) => {
                draft.record.entry(key).or_insert(id.into());
            }
            Err(error) => self.unknown_value(draft, column, text, &error),
        }
    }

    fn unknown_value(&self, draft: &mut Draft, column: &str, text: &str, error: &DirectoryError) {
        if !self.settings.is_live {
            return draft.left_out.push(LeftOut::NotChecked(column.to_owned()));
        }
        match self.settings.unknown_values {
            UnknownValues::Reject => draft.invalid.push(format!("{column}: {error}")),
            UnknownValues::Drop => {
                draft
                    .left_out
                    .push(LeftOut::UnknownValue(column.to_owned()));
            }
            UnknownValues::Details => {
                draft.details.push((column.to_owned(), text.to_owned()));
            }
        }
    }

    fn set_custom(
        &self,
        draft: &mut Draft,
        id: i64,
        cell: &Cell,
        place: Option<&Place>,
        profile: &Profile,
    ) -> Result<(), String> {
        if cell.is_blank() {
            return Ok(());
        }
        let field = self.directory.field_by_id(id);
        let name = match (place, field) {
            (Some(place), _) => place.name.clone(),
            (None, Some(field)) => field.name.clone(),
            (None, None) => Column::Custom(id).to_string(),
        };
        if let Some((field, input)) =
            field.and_then(|field| Some((field, self.input(&name, field, cell, profile)?)))
        {
            match input.and_then(|input| field.value(input)) {
                Ok(value) => {
                    let value = serde_json::to_value(value)
                        .map_err(|_| "is not of the form that Copper takes".to_owned())?;
                    return field::append(&mut draft.record, CUSTOM_FIELDS, value);
                }
                Err(error @ DirectoryError::Unfit { .. }) if self.settings.check => {
                    draft.invalid.push(format!("{name}: {error}"));
                    return Ok(());
                }
                // Copper decides.
                Err(DirectoryError::Unfit { rule, .. }) => {
                    draft.unfit.push(format!("`{name}` {rule}"));
                }
                Err(error) => {
                    let text = shown(cell);
                    self.unknown_value(draft, &name, &text, &error);
                    return Ok(());
                }
            }
        }
        let value = match cell {
            Cell::Text(text) => custom::from_cell(text.trim().to_owned()),
            Cell::Typed(value) => value.clone(),
        };
        if !custom::has_cell(&value) {
            return Err(
                "is too long a number to be written to a table; put it in quotes, as text"
                    .to_owned(),
            );
        }
        let value = json!({ "custom_field_definition_id": id, "value": value });
        field::append(&mut draft.record, CUSTOM_FIELDS, value)
    }

    /// A cell in the form of its custom field's type; None if it already has the form of the API.
    fn input(
        &self,
        name: &str,
        field: &copper_crm::directory::Field,
        cell: &Cell,
        profile: &Profile,
    ) -> Option<Result<FieldInput, DirectoryError>> {
        let text = match cell {
            Cell::Text(text) | Cell::Typed(Value::String(text)) => text.trim(),
            Cell::Typed(Value::Bool(value)) => return Some(Ok((*value).into())),
            Cell::Typed(Value::Number(number)) => {
                return Some(Ok(match (number.as_i64(), number.as_f64()) {
                    (Some(number), _) => number.into(),
                    (None, Some(number)) => number.into(),
                    (None, None) => return None,
                }));
            }
            Cell::Typed(_) => return None,
        };
        let text = self.mapping.value(name, name, text);
        let text = self.fixed(text, CellType::Plain);
        let unfit = |rule| DirectoryError::Unfit {
            field: name.to_owned(),
            field_type: field.field_type.clone(),
            value: text.to_owned(),
            rule,
        };
        Some(match &field.field_type {
            CustomFieldType::Date => {
                let order = self.settings.date_order.or(profile.dates.only());
                date::parse(text, order)
                    .map(|day| day.iso().into())
                    .map_err(unfit)
            }
            CustomFieldType::Float | CustomFieldType::Percentage | CustomFieldType::Currency => {
                amount::parse(text, profile.amounts)
                    .map(FieldInput::from)
                    .map_err(unfit)
            }
            CustomFieldType::Checkbox => Ok(match text.to_lowercase().as_str() {
                "1" | "x" | "on" | "y" | "ja" | "oui" | "si" | "sí" => true.into(),
                "0" | "off" | "n" | "nein" | "non" => false.into(),
                _ => text.into(),
            }),
            CustomFieldType::Multiselect => {
                let names = text.replace(SEVERAL, ";");
                let names: Vec<&str> = names
                    .split(';')
                    .map(str::trim)
                    .filter(|name| !name.is_empty())
                    .collect();
                Ok(names.into())
            }
            _ => Ok(text.into()),
        })
    }

    /// The cells of a row that are probably a mistake. The rest of a cell that --fix mends can be one as well.
    pub fn suspects<'r>(&'r self, row: &'r Row) -> impl Iterator<Item = Suspected<'r>> {
        let cells = row.cells.iter().zip(&self.places);
        cells.flat_map(|(cell, place)| {
            let [first, second] = self.suspects_of(cell, place);
            [first, second].into_iter().flatten()
        })
    }

    fn suspects_of<'r>(&'r self, cell: &'r Cell, place: &'r Place) -> [Option<Suspected<'r>>; 2] {
        let Some(cell_type) = cell_type_of(place.column) else {
            return [None, None];
        };
        let is_list = matches!(place.column, Column::Field(field) if field.name() == "emails");
        let Some(text) = cell
            .as_text()
            .map(str::trim)
            .filter(|text| !text.is_empty())
        else {
            return [None, None];
        };
        let of = |text: &str| suspect::of(text, place.is_name(), cell_type);
        // Few cells have a colon, and the search for one is quick.
        let is_several = text.contains(':') && text.contains(SEVERAL);
        let first = match is_several || is_list {
            false => of(text),
            true => {
                let separators = |c| is_list && c == ';';
                text.split(separators).flat_map(parts).find_map(of)
            }
        };
        let Some(first) = first else {
            return [None, None];
        };
        let suspected = |suspect| {
            Some(Suspected {
                place,
                suspect,
                text,
            })
        };
        let rest = match self.settings.fix && first.is_fixed() {
            true => of(suspect::unwrapped(text, cell_type)),
            false => None,
        };
        [suspected(first), rest.and_then(suspected)]
    }
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(SEVERAL)
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// Changes the kind of the last phone numbers of a record.
fn categorise(record: &mut Map<String, Value>, kind: &str, count: usize) {
    let numbers = record
        .get_mut("phone_numbers")
        .and_then(Value::as_array_mut);
    for number in numbers
        .into_iter()
        .flat_map(|numbers| numbers.iter_mut().rev().take(count))
    {
        if let Value::Object(number) = number {
            number.insert("category".to_owned(), kind.into());
        }
    }
}

/// The whole name: as it is given, or joined from its parts. If there is a first name which a given name does
/// not contain, the given name is the last name.
fn whole_name(name: &str, parts: &[String; 3]) -> String {
    let [first, middle, last] = parts;
    let join = |parts: &[&str]| {
        let parts: Vec<&str> = parts
            .iter()
            .copied()
            .filter(|part| !part.is_empty())
            .collect();
        parts.join(" ")
    };
    if name.trim().is_empty() {
        let joined = join(&[first, middle, last]);
        return if joined.is_empty() {
            name.to_owned()
        } else {
            joined
        };
    }
    let lacks_first = !name.to_lowercase().contains(&first.to_lowercase());
    match last.is_empty() && lacks_first {
        true => join(&[first, middle, name]),
        false => name.to_owned(),
    }
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Typed(Value::String(text)) => text.trim().to_owned(),
        Cell::Typed(value) => value.to_string(),
    }
}

/// The value that one column gave a record, for the table of columns.
fn value_of(draft: &Draft, column: Column) -> Option<Value> {
    let record = &draft.record;
    match column {
        Column::Field(field) => match field.place {
            FieldPlace::Key(key) | FieldPlace::List(key) | FieldPlace::Named(_, key) => {
                record.get(key).cloned()
            }
            FieldPlace::Within(key, part) => record.get(key)?.get(part).cloned(),
            FieldPlace::Home(part) => draft.home.get(part).cloned(),
            FieldPlace::NamePart(part) => {
                let part = draft.name_parts.get(usize::from(part))?;
                Some(part.as_str().into())
            }
        },
        Column::Custom(_) => {
            let fields = record.get(CUSTOM_FIELDS)?.as_array()?;
            fields.first()?.get("value").cloned()
        }
        _ => None,
    }
}
