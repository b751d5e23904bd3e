//! The table of an account's names: one group for each kind, with the parts of an entry below the entry.

use std::fmt::{self, Display};

use copper_crm::directory::{Directory, DirectoryKind, Entry};

use crate::display::escape::escaped;

/// The most characters that a cell shows.
const LONGEST: usize = 60;
const INDENT: &str = "    ";
const NONE: &str = "(none)";

/// Rows of a name, an id, a type, and the kinds of records that have it.
pub struct Table {
    rows: Vec<[String; 4]>,
}

impl Table {
    /// The names of these kinds, as a table.
    pub fn new(directory: &Directory, kinds: &[DirectoryKind]) -> Self {
        let mut table = Self { rows: Vec::new() };
        table
            .rows
            .push(["name", "id", "type", "records"].map(str::to_owned));
        for kind in kinds {
            table.group(directory, *kind);
        }
        table
    }

    fn group(&mut self, directory: &Directory, kind: DirectoryKind) {
        self.rows.push(row(0, heading(kind), "", "", ""));
        let before = self.rows.len();
        match kind {
            DirectoryKind::CustomField => self.custom_fields(directory),
            DirectoryKind::Status => self.entries(directory.statuses()),
            DirectoryKind::Source => self.entries(directory.sources()),
            DirectoryKind::ContactType => self.entries(directory.contact_types()),
            DirectoryKind::LossReason => self.entries(directory.loss_reasons()),
            DirectoryKind::User => {
                let users = directory.users().iter();
                self.rows.extend(users.map(|user| {
                    row(
                        1,
                        &user.name,
                        user.id,
                        user.email.as_deref().unwrap_or_default(),
                        "",
                    )
                }));
            }
            DirectoryKind::Pipeline => self.pipelines(directory),
            DirectoryKind::ActivityType => {
                let types = directory.activity_types().iter();
                self.rows
                    .extend(types.map(|of| row(1, &of.name, of.id, &of.category, "")));
            }
            // Options and stages are listed below their field or pipeline.
            _ => {}
        }
        if self.rows.len() == before {
            self.rows.push(row(1, NONE, "", "", ""));
        }
    }

    fn entries<Id: Display>(&mut self, entries: &[Entry<Id>]) {
        let entries = entries.iter();
        self.rows
            .extend(entries.map(|entry| row(1, &entry.name, &entry.id, "", "")));
    }

    fn custom_fields(&mut self, directory: &Directory) {
        for field in directory.fields() {
            let on = field.available_on.iter().map(ToString::to_string);
            let on = on.collect::<Vec<_>>().join(", ");
            self.rows
                .push(row(1, &field.name, field.id, &field.field_type, on));
            let options = field.options.iter();
            self.rows
                .extend(options.map(|option| row(2, &option.name, option.id, "option", "")));
        }
    }

    fn pipelines(&mut self, directory: &Directory) {
        for pipeline in directory.pipelines() {
            self.rows.push(row(1, &pipeline.name, pipeline.id, "", ""));
            let stages = directory.stages().iter();
            let stages = stages.filter(|stage| stage.pipeline.id == pipeline.id);
            self.rows
                .extend(stages.map(|stage| row(2, &stage.name, stage.id, "stage", "")));
        }
    }
}

/// A row with texts from outside, which are escaped.
fn row(
    level: usize,
    name: impl Display,
    id: impl Display,
    of_type: impl Display,
    records: impl Display,
) -> [String; 4] {
    let name = format!("{}{}", INDENT.repeat(level), cut(name));
    [name, id.to_string(), cut(of_type), cut(records)]
}

fn cut(text: impl Display) -> String {
    let text = escaped(text).to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn heading(kind: DirectoryKind) -> &'static str {
    match kind {
        DirectoryKind::CustomField => "custom fields",
        DirectoryKind::Status => "statuses of leads",
        DirectoryKind::Source => "sources",
        DirectoryKind::User => "users",
        DirectoryKind::ContactType => "contact types",
        DirectoryKind::Pipeline => "pipelines and their stages",
        DirectoryKind::LossReason => "loss reasons",
        DirectoryKind::ActivityType => "activity types",
        _ => "",
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |n: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(n));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths = [width(0), width(1), width(2), 0];
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(widths) {
                line += &format!("{cell:width$}  ");
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use copper_crm::{
        directory::{Field, StageEntry, UserEntry},
        types::{PipelineId, PipelineStageId, UserId},
    };

    use super::*;

    #[test]
    fn what_belongs_to_an_entry_is_below_it_and_text_from_outside_is_escaped() {
        let sales = || Entry::new(PipelineId(5), "Sales");
        let directory = Directory::default()
            .with_fields([Field::new(7, "Size\u{1b}[2J", "Dropdown")
                .options([(8, "Large")])
                .available_on(["lead", "person"])])
            .with_users([UserEntry {
                id: UserId(1),
                name: "Ann".to_owned(),
                email: Some("ann@example.com".to_owned()),
            }])
            .with_pipelines([(PipelineId(5), "Sales")])
            .with_stages([StageEntry {
                id: PipelineStageId(6),
                name: "Won\u{202e}".to_owned(),
                pipeline: sales(),
            }]);
        let kinds = [
            DirectoryKind::CustomField,
            DirectoryKind::User,
            DirectoryKind::Pipeline,
            DirectoryKind::LossReason,
        ];
        let expected = "\
name                        id  type             records
custom fields
    Size\\u{1b}[2J           7   Dropdown         lead, person
        Large               8   option
users
    Ann                     1   ann@example.com
pipelines and their stages
    Sales                   5
        Won\\u{202e}         6   stage
loss reasons
    (none)
";
        assert_eq!(Table::new(&directory, &kinds).to_string(), expected);
    }
}
