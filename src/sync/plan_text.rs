//! The plan of a sync as people read it, with names for ids.

use std::{borrow::Cow, collections::BTreeSet, fmt};

use serde_json::Value;

use super::{FieldChange, PlanCounts, PlannedAction, SyncField, SyncPlan};
use crate::{
    CustomValue,
    directory::{Directory, DirectoryKind, Field, FieldValue},
    escape::escaped,
};

impl<Id: fmt::Display> fmt::Display for SyncPlan<Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_names(&Directory::default()).fmt(f)
    }
}

impl<Id: fmt::Display> SyncPlan<Id> {
    /// The kinds of names that its changes need: those of statuses if a status changes, and so on.
    #[must_use]
    pub fn needs(&self) -> BTreeSet<DirectoryKind> {
        let updates = self.plan.iter().filter_map(|record| match &record.action {
            PlannedAction::Update { changes, .. } => Some(changes),
            _ => None,
        });
        let fields = updates.flatten().map(|change| &change.field);
        fields.filter_map(kind_of_names).collect()
    }

    /// Returns the plan as people read it, with the names of this directory: statuses, sources, owners, contact types,
    /// custom fields and their options. An id without a name is shown alone.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::{NewLead, directory::DirectoryKind, sync::Sync};
    ///
    /// let names = copper.directory().only([DirectoryKind::Status]).await?;
    /// let pam = NewLead::named("Pam").email("pam@example.com");
    /// copper.create_lead(&pam.clone().status_id(names.status("New")?)).await?;
    /// let records = [pam.status_id(names.status("Contacted")?)];
    /// let plan = copper.sync_leads(records, Sync::by_email()).plan().await?;
    /// let directory = copper.directory().only(plan.needs()).await?;
    /// let text = plan.with_names(&directory).to_string();
    /// assert!(text.contains("status_id: New (208231) → Contacted (208235)"), "{text}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_names<'p>(&'p self, directory: &'p Directory) -> impl fmt::Display + 'p {
        PlanText {
            plan: self,
            directory,
        }
    }
}

impl<Id> SyncPlan<Id> {
    /// The name of the record at this place, as people read it.
    fn name_at(&self, index: u64) -> Cow<'_, str> {
        let place = usize::try_from(index).ok();
        let record = place.and_then(|place| self.plan.get(place));
        shown(record.map_or("", |record| &record.name))
    }
}

/// A name as people read it. A record may have none, such as a row without one.
fn shown(name: &str) -> Cow<'_, str> {
    match name.trim().is_empty() {
        true => Cow::Borrowed("(no name)"),
        false => escaped(name),
    }
}

/// The kind of the names that people use for the values of a field.
fn kind_of_names(field: &SyncField) -> Option<DirectoryKind> {
    match field {
        SyncField::StatusId => Some(DirectoryKind::Status),
        SyncField::CustomerSourceId => Some(DirectoryKind::Source),
        SyncField::AssigneeId => Some(DirectoryKind::User),
        SyncField::ContactTypeId => Some(DirectoryKind::ContactType),
        SyncField::Custom(_) => Some(DirectoryKind::CustomField),
        _ => None,
    }
}

/// A plan, and the names for the ids in it.
struct PlanText<'p, Id> {
    plan: &'p SyncPlan<Id>,
    directory: &'p Directory,
}

/// One change, likewise.
struct ChangeText<'p> {
    change: &'p FieldChange,
    directory: &'p Directory,
}

impl ChangeText<'_> {
    /// The definition of the field, if it is a custom field whose name is known.
    fn custom_field(&self) -> Option<&Field> {
        match &self.change.field {
            SyncField::Custom(id) => self.directory.field_by_id(*id),
            _ => None,
        }
    }

    /// A value with its name, if it has one, or else as it is on the wire.
    fn value(&self, value: &Value) -> String {
        self.named(value)
            .unwrap_or_else(|| escaped(&value.to_string()).into_owned())
    }

    fn named(&self, value: &Value) -> Option<String> {
        if let Some(entries) = value.as_array().filter(|entries| !entries.is_empty()) {
            let entries: Option<Vec<String>> = entries.iter().map(entry).collect();
            if let Some(entries) = entries {
                return Some(entries.join(", "));
            }
        }
        if let Some(field) = self.custom_field() {
            return match field.read(&CustomValue::from(value.clone())) {
                FieldValue::Option(name) => Some(escaped(&name).into_owned()),
                FieldValue::Options(names) => Some(escaped(&names.join("; ")).into_owned()),
                date @ FieldValue::Date(_) => Some(date.to_string()),
                _ => None,
            };
        }
        let id = value.as_i64()?;
        let name = match &self.change.field {
            SyncField::StatusId => self.directory.status_name(id),
            SyncField::CustomerSourceId => self.directory.source_name(id),
            SyncField::AssigneeId => {
                let user = self.directory.user_by_id(id)?;
                Some(user.name.as_str())
            }
            SyncField::ContactTypeId => self.directory.contact_type_name(id),
            _ => None,
        };
        Some(format!("{} ({id})", escaped(name?)))
    }
}

impl fmt::Display for ChangeText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FieldChange { field, old, new } = self.change;
        match self.custom_field() {
            Some(known) => write!(f, "{} ({field}): ", escaped(&known.name))?,
            None => write!(f, "{field}: ")?,
        }
        write!(f, "{} → {}", self.value(old), self.value(new))
    }
}

/// An entry of a list with its category, such as a phone number.
fn entry(value: &Value) -> Option<String> {
    let entry = value.as_object()?;
    let text = ["number", "email", "url"]
        .iter()
        .find_map(|name| entry.get(*name));
    let text = escaped(text?.as_str()?);
    Some(match entry.get("category").and_then(Value::as_str) {
        Some(category) => format!("{text} ({})", escaped(category)),
        None => text.into_owned(),
    })
}

/// A number with commas between thousands.
struct Grouped(u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (n, digit) in digits.chars().enumerate() {
            if n > 0 && (digits.len() - n).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

impl<Id: fmt::Display> fmt::Display for PlanText<'_, Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plan, directory } = self;
        let PlanCounts {
            create,
            update,
            unchanged,
            ambiguous,
            rejected,
            left,
        } = plan.counts;
        let of = |wanted: fn(&PlannedAction<Id>) -> bool| {
            plan.plan
                .iter()
                .filter(move |record| wanted(&record.action))
        };
        writeln!(f, "+ {} new", Grouped(create))?;
        for record in of(|action| matches!(action, PlannedAction::Create)) {
            writeln!(f, "  {}", shown(&record.name))?;
        }
        writeln!(f, "~ {} changed", Grouped(update))?;
        for record in &plan.plan {
            let PlannedAction::Update { changes, .. } = &record.action else {
                continue;
            };
            writeln!(f, "  {}", shown(&record.name))?;
            for change in changes {
                writeln!(f, "    {}", ChangeText { change, directory })?;
            }
        }
        writeln!(f, "= {} unchanged", Grouped(unchanged))?;
        if ambiguous > 0 {
            writeln!(f, "! {} ambiguous", Grouped(ambiguous))?;
            for record in &plan.plan {
                match &record.action {
                    PlannedAction::SeveralFound { ids } => {
                        let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
                        let name = shown(&record.name);
                        writeln!(
                            f,
                            "  {name}: {} {} have its {}",
                            plan.records,
                            ids.join(", "),
                            plan.key
                        )?;
                    }
                    PlannedAction::SeveralRecords { other, .. } => {
                        let name = shown(&record.name);
                        let other = plan.name_at(*other);
                        writeln!(f, "  {name}: shares its {} with {other}", plan.key)?;
                    }
                    PlannedAction::Shared { id, other } => {
                        let name = shown(&record.name);
                        let other = plan.name_at(*other);
                        writeln!(f, "  {name}: it matches {id}, and so does {other}")?;
                    }
                    _ => {}
                }
            }
        }
        if rejected > 0 {
            writeln!(f, "x {} rejected", Grouped(rejected))?;
            for record in &plan.plan {
                if let PlannedAction::Rejected { reason } = &record.action {
                    let (name, reason) = (shown(&record.name), escaped(reason));
                    writeln!(f, "  {name}: {reason}")?;
                }
            }
        }
        if left > 0 {
            writeln!(f, ". {} left alone", Grouped(left))?;
        }
        if !plan.unmatched.is_empty() {
            let count = Grouped(plan.unmatched.len() as u64);
            writeln!(f, "? {count} in Copper that the input does not have")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        directory::UserEntry,
        types::{ContactTypeId, CustomerSourceId, LeadStatusId, UserId},
    };

    fn text(field: &str, old: Value, new: Value) -> String {
        let size = Field::new(7, "Size", "Dropdown").options([(1, "Small"), (2, "Lar\nge")]);
        let ann = UserEntry {
            id: UserId(5),
            name: "Ann".to_owned(),
            email: Some("ann@example.com".to_owned()),
        };
        let directory = Directory::default()
            .with_statuses([(LeadStatusId(5), "New"), (LeadStatusId(6), "Junk")])
            .with_sources([(CustomerSourceId(5), "Fair")])
            .with_contact_types([(ContactTypeId(5), "Customer")])
            .with_users([ann])
            .with_fields([size, Field::new(8, "Since", "Date")]);
        let field = field.parse().expect("a field");
        let change = FieldChange { field, old, new };
        let change = ChangeText {
            change: &change,
            directory: &directory,
        };
        change.to_string()
    }

    #[test]
    fn a_change_shows_the_names_of_ids() {
        for (field, old, new, expected) in [
            (
                "status_id",
                json!(5),
                json!(6),
                "status_id: New (5) → Junk (6)",
            ),
            ("status_id", json!(9), json!(5), "status_id: 9 → New (5)"),
            (
                "customer_source_id",
                json!(null),
                json!(5),
                "customer_source_id: null → Fair (5)",
            ),
            (
                "contact_type_id",
                json!(5),
                json!(null),
                "contact_type_id: Customer (5) → null",
            ),
            (
                "assignee_id",
                json!(null),
                json!(5),
                "assignee_id: null → Ann (5)",
            ),
            ("cf_7", json!(1), json!(2), r"Size (cf_7): Small → Lar\nge"),
            ("cf_7", json!(null), json!(3), "Size (cf_7): null → 3"),
            (
                "cf_8",
                json!(null),
                json!(1_798_718_400),
                "Since (cf_8): null → 2026-12-31",
            ),
            ("cf_9", json!(5), json!(true), "cf_9: 5 → true"),
            (
                "title",
                json!("5"),
                json!("Clerk"),
                r#"title: "5" → "Clerk""#,
            ),
            (
                "phone_numbers",
                json!([{"number": "1", "category": "work"}, {"number": "\n2"}]),
                json!([]),
                r"phone_numbers: 1 (work), \n2 → []",
            ),
            ("tags", json!(["a"]), json!([]), r#"tags: ["a"] → []"#),
            (
                "monetary_value",
                json!(5),
                json!(6),
                "monetary_value: 5 → 6",
            ),
        ] {
            assert_eq!(text(field, old, new), expected);
        }
    }
}
