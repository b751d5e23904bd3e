//! The columns of an export, and the cells of a record. Import and sync read the same record back from them.

use copper_crm::{
    bulk::Record,
    directory::{Directory, Field},
    types::{CustomField, Email},
};
use serde::Serialize;

use super::shown::{Emails, Parts, Shown};
use crate::{columns::convert::SEVERAL, fields::custom};

/// The category that import gives to a plain address, number or web site.
const WORK: &str = "work";

/// Phone numbers with a column of their own.
const PHONES: [(&str, &str); 4] = [
    ("phone", WORK),
    ("mobile_phone", "mobile"),
    ("home_phone", "home"),
    ("other_phone", "other"),
];

/// Social profiles with a column of their own.
const SOCIALS: [(&str, &str); 4] = [
    ("linkedin", "linkedin"),
    ("twitter", "twitter"),
    ("facebook", "facebook"),
    ("youtube", "youtube"),
];

/// The columns of an export.
pub struct Columns<'d> {
    directory: &'d Directory,
    names: &'static [&'static str],
    /// The custom fields of this kind of record.
    fields: Vec<&'d Field>,
}

/// An unfinished row: cells by the names of their columns.
struct Cells(Vec<(&'static str, String)>);

impl Cells {
    fn add(&mut self, column: &'static str, cell: impl Into<String>) {
        self.0.push((column, cell.into()));
    }

    fn json(&mut self, column: &'static str, value: &impl Serialize) {
        // Plain data always has a JSON form.
        self.add(column, serde_json::to_string(value).unwrap_or_default());
    }

    /// Puts the entries of a list into the columns of their categories. If an entry has no column, or two entries share
    /// one, the whole list goes into one column as JSON.
    fn list<T: Serialize>(
        &mut self,
        whole: &'static str,
        list: &[T],
        columns: &[(&'static str, &str)],
        entry: impl Fn(&T) -> (&str, Option<&str>),
    ) {
        let mut places: Vec<(&'static str, &str)> = Vec::new();
        for member in list {
            let (value, category) = entry(member);
            let column = columns.iter().find(|(_, of)| category == Some(of));
            let plain = !value.trim().is_empty() && is_one(value);
            match column {
                Some((column, _)) if plain && places.iter().all(|(taken, _)| taken != column) => {
                    places.push((column, value));
                }
                _ => return self.json(whole, &list),
            }
        }
        for (column, value) in places {
            self.add(column, value);
        }
    }
}

/// The fields with a column that may be unreadable.
const READ: [&str; 18] = [
    "name",
    "email",
    "emails",
    "email_domain",
    "phone_numbers",
    "company_name",
    "company_id",
    "title",
    "details",
    "address",
    "tags",
    "status_id",
    "customer_source_id",
    "assignee_id",
    "contact_type_id",
    "monetary_value",
    "websites",
    "socials",
];

impl<'d> Columns<'d> {
    pub fn new<T: Shown>(directory: &'d Directory) -> Self {
        let fields = directory.fields().iter();
        let fields = fields.filter(|field| field.is_on(&T::TYPE));
        Self {
            directory,
            names: T::COLUMNS,
            fields: fields.collect(),
        }
    }

    /// Returns the names of the columns.
    pub fn names(&self) -> Vec<String> {
        let names = self.names.iter();
        let fields = self.fields.iter().map(|field| format!("cf_{}", field.id));
        names.map(|name| (*name).to_owned()).chain(fields).collect()
    }

    /// Returns the cells of a record, one for each column.
    pub fn row(&self, record: &impl Shown) -> Vec<String> {
        let parts = record.parts();
        let mut cells = Cells(Vec::new());
        match parts.emails {
            Emails::None | Emails::List([]) => {}
            Emails::One(email) if is_plain(email) => cells.add("email", email.email.clone()),
            Emails::One(email) => cells.json("email", email),
            Emails::List([email]) if is_plain(email) && !email.email.contains(';') => {
                cells.add("emails", email.email.clone())
            }
            Emails::List(emails) => cells.json("emails", &emails),
        }
        cells.list("phone_numbers", parts.phone_numbers, &PHONES, |phone| {
            let category = phone.category.as_ref();
            (&phone.number, category.map(|of| of.as_str()))
        });
        cells.list("websites", parts.websites, &[("website", WORK)], |site| {
            (&site.url, site.category.as_ref().map(|of| of.as_str()))
        });
        cells.list("socials", parts.socials, &SOCIALS, |social| {
            (&social.url, social.category.as_ref().map(|of| of.as_str()))
        });
        for (column, text) in [
            ("name", parts.name),
            ("email_domain", parts.email_domain),
            ("company", parts.company_name),
            ("title", parts.title),
            ("details", parts.details),
        ] {
            cells.add(column, text.unwrap_or_default());
        }
        if let Some(address) = parts.address {
            for (column, part) in [
                ("street", &address.street),
                ("city", &address.city),
                ("state", &address.state),
                ("postal_code", &address.postal_code),
                ("country", &address.country),
            ] {
                cells.add(column, part.clone().unwrap_or_default());
            }
        }
        self.add_tags(&mut cells, parts.tags);
        self.add_ids(&mut cells, &parts);
        if let Some(value) = parts.monetary_value {
            cells.add("monetary_value", value.to_string());
        }
        self.add_custom_fields(cells, parts.custom_fields)
    }

    /// Returns true if a field that has a column can't be read.
    pub fn lacks(&self, record: &impl Record) -> bool {
        let mut fields = READ.iter().chain(&["custom_fields"]);
        fields.any(|field| record.extra().contains_key(*field))
    }

    fn add_tags(&self, cells: &mut Cells, tags: &[String]) {
        // Import takes a comma for a separator, unless a cell of the column has a semicolon.
        let plain = |tag: &String| {
            !tag.contains([';', ',']) && tag.trim() == tag && !tag.is_empty() && is_one(tag)
        };
        if tags.iter().all(plain) {
            cells.add("tags", tags.join("; "));
        } else {
            cells.json("tags", &tags);
        }
    }

    /// Writes names in place of ids. If a name does not lead back to its id, the id is written.
    fn add_ids(&self, cells: &mut Cells, parts: &Parts<'_>) {
        let directory = self.directory;
        if let Some(id) = parts.status {
            let name = directory
                .status_name(id)
                .filter(|name| directory.status(name) == Ok(id));
            match name {
                Some(name) => cells.add("status", name),
                None => cells.add("status_id", id.to_string()),
            }
        }
        if let Some(id) = parts.source {
            let name = directory
                .source_name(id)
                .filter(|name| directory.source(name) == Ok(id));
            match name {
                Some(name) => cells.add("source", name),
                None => cells.add("customer_source_id", id.to_string()),
            }
        }
        if let Some(id) = parts.owner {
            let user = directory.user_by_id(id);
            let names = user.map(|user| [user.email.as_deref(), Some(user.name.as_str())]);
            let mut names = names.into_iter().flatten().flatten();
            match names.find(|name| directory.user(name) == Ok(id)) {
                Some(name) => cells.add("owner", name),
                None => cells.add("assignee_id", id.to_string()),
            }
        }
        if let Some(id) = parts.contact_type {
            let name = directory
                .contact_type_name(id)
                .filter(|name| directory.contact_type(name) == Ok(id));
            match name {
                Some(name) => cells.add("contact_type", name),
                None => cells.add("contact_type_id", id.to_string()),
            }
        }
        if let Some(id) = parts.company_id {
            cells.add("company_id", id.to_string());
        }
    }

    /// Finishes the row with a cell for each custom field. Values of unknown fields go into one column together, as
    /// JSON.
    fn add_custom_fields(&self, mut cells: Cells, values: &[CustomField]) -> Vec<String> {
        let of = |field: &&Field| {
            let mut values = values.iter();
            values.find(|value| value.custom_field_definition_id == field.id)
        };
        let is_set = |value: &&CustomField| {
            let json = serde_json::to_value(&value.value).unwrap_or_default();
            !(json.is_null() || json == serde_json::json!([]) || json == serde_json::json!(false))
        };
        let unknown: Vec<&CustomField> = values
            .iter()
            .filter(is_set)
            .filter(|value| {
                let mut fields = self.fields.iter();
                fields.all(|field| field.id != value.custom_field_definition_id)
            })
            .collect();
        if !unknown.is_empty() {
            cells.json("custom_fields", &unknown);
        }
        let fixed = self.names.iter().map(|name| {
            let mut cells = cells.0.iter();
            let cell = cells.find(|(column, _)| column == name);
            cell.map(|(_, cell)| cell.clone()).unwrap_or_default()
        });
        let custom = self
            .fields
            .iter()
            .map(|field| match of(field).filter(is_set) {
                Some(value) => cell(field, value),
                None => String::new(),
            });
        fixed.chain(custom).collect()
    }
}

/// True if import takes this text for one value, and not for JSON or several values.
fn is_one(text: &str) -> bool {
    !text.trim_start().starts_with(['[', '{']) && !text.contains(SEVERAL)
}

/// True if import makes the same address from its text alone.
fn is_plain(email: &Email) -> bool {
    let category = email.category.as_ref().map(|category| category.as_str());
    is_one(&email.email) && category == Some(WORK) && email.extra.is_empty()
}

/// The cell of a custom value. The cell is easy to read if it leads back to the value; otherwise it is JSON.
fn cell(field: &Field, value: &CustomField) -> String {
    let Some(held) = &value.value else {
        return String::new();
    };
    let shown = field.read(held).to_string();
    let back = field.value(shown.as_str()).ok().and_then(|back| back.value);
    let is_date = held.as_date().is_some() && field.field_type.as_str() == "Date";
    if back.as_ref() == Some(held) || (is_date && back.is_some()) {
        return shown;
    }
    custom::to_cell(&serde_json::to_value(held).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use copper_crm::types::{Lead, LeadStatusId, Person};
    use serde_json::{Value, json};

    use super::*;

    fn row(lead: Value, directory: &Directory) -> Vec<(String, String)> {
        let mut lead = lead;
        lead["id"] = json!(7);
        let lead: Lead = serde_json::from_value(lead).expect("a lead");
        let columns = Columns::new::<Lead>(directory);
        let cells = columns.names().into_iter().zip(columns.row(&lead));
        cells.filter(|(_, cell)| !cell.is_empty()).collect()
    }

    fn cells(cells: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |(name, cell): &(&str, &str)| ((*name).to_owned(), (*cell).to_owned());
        cells.iter().map(own).collect()
    }

    #[test]
    fn what_has_a_column_goes_there_and_all_else_is_json() {
        let directory = Directory::default();
        let found = row(
            json!({
                "name": "Jim", "email": {"email": "jim@x", "category": "work"},
                "phone_numbers": [{"number": "1", "category": "work"}, {"number": "2", "category": "mobile"}],
                "websites": [{"url": "a", "category": "work"}, {"url": "b", "category": "work"}],
                "tags": ["a", "b c"],
            }),
            &directory,
        );
        let websites = r#"[{"category":"work","url":"a"},{"category":"work","url":"b"}]"#;
        assert_eq!(
            found,
            cells(&[
                ("name", "Jim"),
                ("email", "jim@x"),
                ("phone", "1"),
                ("mobile_phone", "2"),
                ("tags", "a; b c"),
                ("websites", websites)
            ])
        );
        let found = row(
            json!({"name": "Jim", "email": {"email": "jim@x", "category": "personal"}, "tags": ["a;b"]}),
            &directory,
        );
        let found_again = row(
            json!({"name": "Jim", "tags": ["high value, new"], "websites": [{"url": "a ::: b", "category": "work"}]}),
            &directory,
        );
        let website = r#"[{"category":"work","url":"a ::: b"}]"#;
        assert_eq!(
            found_again,
            cells(&[
                ("name", "Jim"),
                ("tags", r#"["high value, new"]"#),
                ("websites", website)
            ])
        );
        let email = r#"{"category":"personal","email":"jim@x"}"#;
        assert_eq!(
            found,
            cells(&[("name", "Jim"), ("email", email), ("tags", r#"["a;b"]"#)])
        );
    }

    #[test]
    fn a_name_stands_for_an_id_only_if_it_leads_back_to_it() {
        let directory = Directory::default().with_statuses([
            (LeadStatusId(1), "New"),
            (LeadStatusId(2), "Same"),
            (LeadStatusId(3), "Same"),
        ]);
        for (id, column, cell) in [
            (1, "status", "New"),
            (2, "status_id", "2"),
            (9, "status_id", "9"),
        ] {
            let found = row(json!({"name": "Jim", "status_id": id}), &directory);
            assert_eq!(found, cells(&[("name", "Jim"), (column, cell)]));
        }
    }

    #[test]
    fn custom_values_are_written_as_people_read_them() {
        let directory = Directory::default().with_fields([
            Field::new(1, "Size", "Dropdown").options([(8, "Large")]),
            Field::new(2, "Since", "Date"),
            Field::new(3, "Code", "String"),
            Field::new(4, "Done", "Checkbox"),
        ]);
        let value =
            |id: i64, value: Value| json!({"custom_field_definition_id": id, "value": value});
        let values = [
            value(1, json!(8)),
            value(2, json!(1_518_595_200)),
            value(3, json!("007")),
            value(4, json!(false)),
            value(5, json!("of a field that is gone")),
        ];
        let found = row(json!({"name": "Jim", "custom_fields": values}), &directory);
        let unknown = r#"[{"custom_field_definition_id":5,"value":"of a field that is gone"}]"#;
        assert_eq!(
            found,
            cells(&[
                ("name", "Jim"),
                ("custom_fields", unknown),
                ("cf_1", "Large"),
                ("cf_2", "2018-02-14"),
                ("cf_3", "007")
            ])
        );
    }

    #[test]
    fn the_addresses_of_a_person_are_one_cell() {
        let directory = Directory::default();
        let columns = Columns::new::<Person>(&directory);
        let place = columns.names().iter().position(|name| name == "emails");
        let place = place.expect("a column");
        for (emails, cell) in [
            (json!([]), ""),
            (json!([{"email": "pam@x", "category": "work"}]), "pam@x"),
            (
                json!([{"email": "pam@x", "category": "work"}, {"email": "p@y", "category": "personal"}]),
                r#"[{"category":"work","email":"pam@x"},{"category":"personal","email":"p@y"}]"#,
            ),
        ] {
            let json = json!({"id": 7, "name": "Pam", "emails": emails});
            let person: Person = serde_json::from_value(json).expect("a person");
            assert_eq!(columns.row(&person)[place], cell);
        }
    }
}
