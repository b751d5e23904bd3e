//! Property tests of the comparison: they use random records, and a simple model of Copper's updates.

use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Value, json};

use crate::{
    CustomValue, NewLead, Patch,
    sync::{Empties, Lists, Policies, SyncField, SyncRecord},
    types::{
        Address, CustomField, Email, EmailCategory, LeadUpdate, NewCompany, NewPerson,
        PhoneCategory, PhoneNumber, Website, WebsiteCategory,
    },
};

fn text() -> impl Strategy<Value = String> {
    select(vec![
        "",
        " ",
        "a",
        " a ",
        "A",
        "b",
        "a\nb",
        "a\r\nb",
        "two  words",
    ])
    .prop_map(str::to_owned)
}

fn email() -> impl Strategy<Value = Email> {
    let address = select(vec!["", "a@x.example", " A@X.example", "b@x.example"]);
    let category = option::of(select(vec!["work", "personal"]));
    (address, category).prop_map(|(address, category)| Email {
        category: category.map(EmailCategory::from),
        ..Email::new(address)
    })
}

fn phone() -> impl Strategy<Value = PhoneNumber> {
    let category = option::of(select(vec!["work", "home"]));
    (select(vec!["", "1", " 1 ", "2", "3"]), category).prop_map(|(number, category)| PhoneNumber {
        category: category.map(PhoneCategory::from),
        ..PhoneNumber::new(number)
    })
}

fn website() -> impl Strategy<Value = Website> {
    let category = option::of(select(vec!["work", "other"]));
    (select(vec!["x.example", "y.example"]), category).prop_map(|(url, category)| Website {
        category: category.map(WebsiteCategory::from),
        ..Website::new(url)
    })
}

fn address() -> impl Strategy<Value = Address> {
    (option::of(text()), option::of(text()), option::of(text())).prop_map(
        |(street, city, country)| Address {
            street,
            city,
            country,
            ..Address::default()
        },
    )
}

/// Values of the custom field with this id. Each field has one type.
fn custom_value(id: i64) -> BoxedStrategy<Option<Value>> {
    let values = match id {
        1 => vec![json!("a"), json!(" a "), json!(""), json!("b"), json!(null)],
        2 => vec![
            json!(1),
            json!(1.0),
            json!("1.0"),
            json!(2.5),
            json!("2.50"),
            json!(null),
        ],
        3 => vec![
            json!([]),
            json!([1]),
            json!(1),
            json!([2, 1]),
            json!([1, 2, 2]),
            json!(null),
        ],
        _ => vec![json!(true), json!(false), json!(null)],
    };
    option::weighted(0.9, select(values)).boxed()
}

fn custom_fields() -> impl Strategy<Value = Vec<CustomField>> {
    let field = (1..=4_i64).prop_flat_map(|id| (Just(id), custom_value(id)));
    vec(field, 0..5).prop_map(|fields| {
        let field = |(id, value): (i64, Option<Value>)| CustomField {
            value: value.map(CustomValue::from),
            ..CustomField::new(id)
        };
        fields.into_iter().map(field).collect()
    })
}

fn lead() -> impl Strategy<Value = NewLead> {
    let texts = (text(), option::of(text()), option::of(text()));
    let values = (
        option::of(1..3_i64),
        option::of(1..3_i64),
        option::of(select(vec![0.0, -0.0, 1.0, 2.5, f64::NAN])),
    );
    let lists = (
        vec(select(vec!["", "a", " a", "b", "c"]), 0..4),
        vec(phone(), 0..4),
        vec(website(), 0..3),
        custom_fields(),
    );
    let extra = option::of(select(vec![json!(1), json!(1.0), json!("x"), json!(null)]));
    (
        texts,
        values,
        lists,
        option::of(email()),
        option::of(address()),
        extra,
    )
        .prop_map(|(texts, values, lists, email, address, extra)| NewLead {
            name: texts.0,
            title: texts.1,
            details: texts.2,
            assignee_id: values.0.map(Into::into),
            status_id: values.1.map(Into::into),
            monetary_value: values.2,
            tags: lists.0.into_iter().map(str::to_owned).collect(),
            phone_numbers: lists.1,
            websites: lists.2,
            custom_fields: lists.3,
            email,
            address,
            extra: extra
                .map(|value| ("mood".to_owned(), value))
                .into_iter()
                .collect(),
            ..NewLead::named("")
        })
}

fn person() -> impl Strategy<Value = NewPerson> {
    let texts = (text(), option::of(text()), option::of(text()));
    let ids = (option::of(1..3_i64), option::of(1..3_i64));
    let lists = (vec(email(), 0..4), vec(phone(), 0..4), custom_fields());
    (texts, ids, lists, option::of(address())).prop_map(|(texts, ids, lists, address)| NewPerson {
        name: texts.0,
        title: texts.1,
        company_name: texts.2,
        company_id: ids.0.map(Into::into),
        contact_type_id: ids.1.map(Into::into),
        emails: lists.0,
        phone_numbers: lists.1,
        custom_fields: lists.2,
        address,
        ..NewPerson::named("")
    })
}

fn company() -> impl Strategy<Value = NewCompany> {
    let texts = (text(), option::of(text()), option::of(text()));
    let lists = (
        vec(select(vec!["", "a", " a", "b", "c"]), 0..4),
        vec(website(), 0..3),
        custom_fields(),
    );
    let owner = option::of(1..3_i64);
    (texts, lists, owner, option::of(address())).prop_map(|(texts, lists, owner, address)| {
        NewCompany {
            name: texts.0,
            details: texts.1,
            email_domain: texts.2,
            tags: lists.0.into_iter().map(str::to_owned).collect(),
            websites: lists.1,
            custom_fields: lists.2,
            assignee_id: owner.map(Into::into),
            address,
            ..NewCompany::named("")
        }
    })
}

fn policies() -> impl Strategy<Value = Policies> {
    let fields = || {
        vec(
            select(vec![
                SyncField::Title,
                SyncField::Details,
                SyncField::Email,
                SyncField::Tags,
                SyncField::PhoneNumbers,
                SyncField::Address,
                SyncField::AssigneeId,
                SyncField::StatusId,
                SyncField::MonetaryValue,
                SyncField::Emails,
                SyncField::EmailDomain,
                SyncField::CompanyId,
                SyncField::Websites,
                SyncField::Custom(1.into()),
                SyncField::Custom(3.into()),
                SyncField::Custom(4.into()),
            ]),
            0..4,
        )
    };
    let rules = (
        select(vec![Lists::Replace, Lists::Add]),
        select(vec![Empties::Keep, Empties::Clear]),
    );
    let switches = (any::<bool>(), any::<bool>());
    (rules, fields(), fields(), switches).prop_map(
        |((lists, empties), never, named, (by_default, by_category))| {
            let mut policies = Policies::default().lists(lists).empties(empties);
            if by_default {
                policies = policies.default_category("work");
            }
            if by_category {
                policies = policies
                    .by_category(SyncField::PhoneNumbers, ["work", "mobile"])
                    .by_category(SyncField::Websites, ["work"]);
            }
            policies.never(never).naming(named)
        },
    )
}

/// A record that can be sent.
trait Sendable: SyncRecord {
    /// The same record without numbers that JSON does not have.
    fn finite(&self) -> Self {
        self.clone()
    }

    fn as_sent(&self) -> Value {
        serde_json::to_value(self.finite()).expect("JSON")
    }
}

impl Sendable for NewLead {
    fn finite(&self) -> Self {
        let number = self.monetary_value.filter(|number| number.is_finite());
        Self {
            monetary_value: number,
            ..self.clone()
        }
    }
}

impl Sendable for NewPerson {}
impl Sendable for NewCompany {}

/// The record in Copper that a record of the input would create.
fn made<R: Sendable>(record: &R) -> R::Found {
    stored::<R>(json!({"id": 7}), record.as_sent())
}

/// A record in Copper after an update.
fn applied<R: SyncRecord>(found: &R::Found, changes: &R::Changes) -> R::Found {
    let json = |value: Result<Value, _>| value.expect("JSON");
    stored::<R>(
        json(serde_json::to_value(found)),
        json(serde_json::to_value(changes)),
    )
}

/// A model of Copper's update on plain JSON: it trims texts, puts addresses into lower case and options into the form
/// of their field, and adds default categories.
fn stored<R: SyncRecord>(mut found: Value, update: Value) -> R::Found {
    let Value::Object(update) = update else {
        panic!("an update is an object")
    };
    for (name, value) in update {
        match name.as_str() {
            "custom_fields" => merge(&mut found, &value),
            _ => found[name] = value,
        }
    }
    for field in ["name", "title", "details", "company_name", "email_domain"] {
        if let Some(text) = found[field].as_str() {
            found[field] = text.trim().replace("\r\n", "\n").into();
        }
    }
    if let Some(domain) = found["email_domain"].as_str() {
        found["email_domain"] = domain.to_lowercase().into();
    }
    for list in ["emails", "phone_numbers"] {
        let entries = found.get_mut(list).and_then(Value::as_array_mut);
        entries.into_iter().flatten().for_each(complete);
    }
    if let Some(email) = found.get_mut("email").filter(|email| email.is_object()) {
        complete(email);
    }
    serde_json::from_value(found).expect("a record")
}

fn complete(entry: &mut Value) {
    if let Some(address) = entry["email"].as_str() {
        entry["email"] = address.trim().to_lowercase().into();
    }
    if entry["category"].is_null() {
        entry["category"] = "work".into();
    }
}

fn merge(found: &mut Value, sent: &Value) {
    const ID: &str = "custom_field_definition_id";
    let held = found["custom_fields"].as_array();
    let mut held = held.cloned().unwrap_or_default();
    for field in sent.as_array().into_iter().flatten() {
        held.retain(|held| held[ID] != field[ID]);
        let value = match (field[ID].as_i64(), &field["value"]) {
            (Some(2), Value::String(text)) => json!(text.trim().parse::<f64>().ok()),
            (Some(3), Value::Number(option)) => json!([option]),
            (Some(4), Value::Null) => json!(false),
            (_, value) => value.clone(),
        };
        held.push(json!({ID: field[ID], "value": value}));
    }
    found["custom_fields"] = held.into();
}

/// True if the record or the policies name the field.
fn named<R: Sendable>(record: &R, policies: &Policies, field: &SyncField) -> bool {
    let json = record.as_sent();
    let by_record = match field {
        SyncField::Name => true,
        SyncField::Custom(id) => {
            let mut fields = record.custom_fields().iter();
            fields.any(|field| field.custom_field_definition_id == *id)
        }
        field => json.get(field.to_string()).is_some(),
    };
    by_record || policies.names(field) || policies.columns_of(field).is_some()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.iter().all(is_empty),
        Value::Object(fields) => fields
            .iter()
            .all(|(name, value)| name == "category" || is_empty(value)),
        _ => false,
    }
}

fn has(list: &Value, entry: &Value) -> bool {
    list.as_array().is_some_and(|list| list.contains(entry))
}

type Tried = Result<(), TestCaseError>;

/// An entry of a list stays if its category has a column, and the record has no entry of it.
fn leaves_other_categories_alone(before: &NewLead, record: &NewLead, policies: Policies) -> Tried {
    let policies = policies.empties(Empties::Keep);
    let policies = policies.by_category(SyncField::PhoneNumbers, ["work", "mobile", "home"]);
    if policies.names(&SyncField::PhoneNumbers) {
        return Ok(());
    }
    let before = made(before);
    let update = LeadUpdate::between(&before, record, &policies);
    let Patch::Set(after) = update.phone_numbers else {
        return Ok(());
    };
    let filled = |phone: &&PhoneNumber| !phone.number.trim().is_empty();
    let of = |phone: &PhoneNumber| phone.category.clone();
    let named: Vec<_> = record.phone_numbers.iter().filter(filled).map(of).collect();
    for phone in before.phone_numbers.iter().flatten() {
        let is_named = named.contains(&phone.category) || named.contains(&None);
        prop_assert!(is_named || after.contains(phone), "{phone:?}");
    }
    Ok(())
}

fn settles<R: Sendable>(before: &R, record: &R, policies: &Policies) -> Tried {
    let before = made(before);
    let changes = record.between(&before, policies);
    let after = applied::<R>(&before, &changes);
    let next = record.between(&after, policies);
    let told = R::changes(&next, &after);
    prop_assert!(R::is_nothing(&next), "{told:?}");
    Ok(())
}

fn keeps_to_what_is_named<R: Sendable>(before: &R, record: &R, policies: &Policies) -> Tried {
    let before = made(before);
    let changes = record.between(&before, policies);
    for change in R::changes(&changes, &before) {
        prop_assert!(named(record, policies, &change.field), "{change}");
        prop_assert!(policies.may_change(&change.field), "{change}");
        // Parts of an address that the record does not name stay.
        if change.field == SyncField::Address && change.new.is_object() && change.old.is_object() {
            let wanted = record.as_sent()["address"].clone();
            for part in ["street", "city", "country"] {
                let stays = change.new[part] == change.old[part];
                prop_assert!(!wanted[part].is_null() || stays, "{change}");
            }
        }
    }
    Ok(())
}

fn erases_nothing<R: Sendable>(before: &R, record: &R, policies: Policies) -> Tried {
    let policies = policies.empties(Empties::Keep);
    let before = made(before);
    let changes = record.between(&before, &policies);
    for change in R::changes(&changes, &before) {
        // A checkbox that the record sets to false is not an empty value.
        let unchecks = change.new == json!(false);
        let erases = is_empty(&change.new) && !is_empty(&change.old);
        prop_assert!(!erases || unchecks, "{change}");
    }
    let adding = record.between(&before, &policies.lists(Lists::Add));
    for change in R::changes(&adding, &before) {
        for entry in change.old.as_array().into_iter().flatten() {
            prop_assert!(has(&change.new, entry), "{change}");
        }
    }
    Ok(())
}

fn agrees_with_what_was_made_of_it<R: Sendable>(record: &R, policies: Policies) -> Tried {
    let found = made(record);
    let changes = record.between(&found, &policies.empties(Empties::Keep));
    let told = R::changes(&changes, &found);
    prop_assert!(R::is_nothing(&changes), "{told:?}");
    Ok(())
}

/// Writes the property tests for each kind of record.
macro_rules! promises {
    ($($module:ident $record:ident;)*) => {$(
        mod $module {
            use super::*;

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(2_000))]

                #[test]
                fn applying_an_update_makes_the_next_comparison_empty(
                    before in $record(), record in $record(), policies in policies(),
                ) {
                    settles(&before, &record, &policies)?;
                }

                #[test]
                fn nothing_that_the_input_does_not_name_changes(
                    before in $record(), record in $record(), policies in policies(),
                ) {
                    keeps_to_what_is_named(&before, &record, &policies)?;
                }

                #[test]
                fn nothing_is_erased_unless_the_policies_say_so(
                    before in $record(), record in $record(), policies in policies(),
                ) {
                    erases_nothing(&before, &record, policies)?;
                }

                #[test]
                fn a_record_is_the_same_as_what_was_made_of_it(
                    record in $record(), policies in policies(),
                ) {
                    agrees_with_what_was_made_of_it(&record, policies)?;
                }
            }
        }
    )*};
}

promises! {
    leads lead;
    people person;
    companies company;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_column_for_one_category_erases_no_other(
        before in lead(), record in lead(), policies in policies(),
    ) {
        leaves_other_categories_alone(&before, &record, policies)?;
    }

    #[test]
    fn the_category_of_an_address_stays_unless_the_record_names_one(
        before in lead(), record in lead(), policies in policies(),
    ) {
        let before = made(&before);
        let update = LeadUpdate::between(&before, &record, &policies);
        if let (Patch::Set(email), Some(there)) = (&update.email, &before.email) {
            let wanted = record.email.as_ref().and_then(|email| email.category.clone());
            let named = policies.named_category(wanted.as_ref().map(EmailCategory::as_str)).is_some();
            let kept = there.category.clone();
            let expected = if named { wanted } else { kept.or(wanted) };
            prop_assert_eq!(&email.category, &expected);
        }
    }
}
