//! The promises of a comparison, tried on records of random content against a plain model of what Copper
//! does with an update.

use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Value, json};

use crate::{
    CustomValue, NewLead, Patch,
    sync::{Empties, Lists, Policies, SyncField},
    types::{
        Address, CustomField, Email, EmailCategory, Lead, LeadUpdate, PhoneCategory, PhoneNumber,
        Website, WebsiteCategory,
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

/// Values of the custom field with this id, each of which is of one type.
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

fn record() -> impl Strategy<Value = NewLead> {
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
    (rules, fields(), fields(), any::<bool>()).prop_map(
        |((lists, empties), never, named, by_default)| {
            let mut policies = Policies::default().lists(lists).empties(empties);
            if by_default {
                policies = policies.default_category("work");
            }
            policies.never(never).naming(named)
        },
    )
}

/// A lead as Copper would have made it of a record.
fn lead(record: &NewLead) -> Lead {
    let empty: Lead = serde_json::from_value(json!({"id": 7})).expect("a lead");
    let mut update = LeadUpdate::default();
    let set = |text: &Option<String>| text.clone().map_or(Patch::Keep, Patch::Set);
    update.name = Patch::Set(record.name.clone());
    update.title = set(&record.title);
    update.details = set(&record.details);
    update.assignee_id = record.assignee_id.map_or(Patch::Keep, Patch::Set);
    update.status_id = record.status_id.map_or(Patch::Keep, Patch::Set);
    let number = record.monetary_value.filter(|number| number.is_finite());
    update.monetary_value = number.map_or(Patch::Keep, Patch::Set);
    update.tags = Patch::Set(record.tags.clone());
    update.phone_numbers = Patch::Set(record.phone_numbers.clone());
    update.websites = Patch::Set(record.websites.clone());
    update.custom_fields = Patch::Set(record.custom_fields.clone());
    update.email = record.email.clone().map_or(Patch::Keep, Patch::Set);
    update.address = record.address.clone().map_or(Patch::Keep, Patch::Set);
    update.extra = record.extra.clone();
    applied(empty, &update)
}

fn patched<T: Clone>(there: &mut Option<T>, patch: &Patch<T>) {
    match patch {
        Patch::Keep => {}
        Patch::Clear => *there = None,
        Patch::Set(value) => *there = Some(value.clone()),
    }
}

/// A lead after an update, as Copper stores it: texts trimmed, addresses in lower case, options in the
/// form of their field, categories filled in.
fn applied(mut lead: Lead, update: &LeadUpdate) -> Lead {
    patched(&mut lead.name, &update.name);
    patched(&mut lead.title, &update.title);
    patched(&mut lead.details, &update.details);
    patched(&mut lead.assignee_id, &update.assignee_id);
    patched(&mut lead.status_id, &update.status_id);
    patched(&mut lead.monetary_value, &update.monetary_value);
    patched(&mut lead.tags, &update.tags);
    patched(&mut lead.phone_numbers, &update.phone_numbers);
    patched(&mut lead.websites, &update.websites);
    patched(&mut lead.email, &update.email);
    patched(&mut lead.address, &update.address);
    for text in [&mut lead.name, &mut lead.title, &mut lead.details] {
        *text = text.take().map(|text| text.trim().replace("\r\n", "\n"));
    }
    if let Some(email) = &mut lead.email {
        email.email = email.email.trim().to_lowercase();
        email.category.get_or_insert("work".into());
    }
    for phone in lead.phone_numbers.iter_mut().flatten() {
        phone.category.get_or_insert("work".into());
    }
    if let Patch::Set(fields) = &update.custom_fields {
        let mut held = lead.custom_fields.take().unwrap_or_default();
        for field in fields {
            let id = field.custom_field_definition_id;
            held.retain(|held| held.custom_field_definition_id != id);
            let value = field.value.clone().map(|value| match (id.0, value) {
                (2, CustomValue::Text(text)) => text
                    .trim()
                    .parse()
                    .map_or(CustomValue::Other(json!(null)), CustomValue::Number),
                (3, CustomValue::Integer(option)) => CustomValue::Options(vec![option]),
                (4, CustomValue::Other(_)) => CustomValue::Bool(false),
                (_, value) => value,
            });
            held.push(CustomField {
                value,
                ..CustomField::new(id)
            });
        }
        lead.custom_fields = Some(held);
    }
    lead.extra.extend(update.extra.clone());
    lead
}

/// The fields that a record or the policies name.
fn named(record: &NewLead, policies: &Policies, field: &SyncField) -> bool {
    let custom = |id| {
        record
            .custom_fields
            .iter()
            .any(|field| field.custom_field_definition_id == id)
    };
    let by_record = match field {
        SyncField::Name => true,
        SyncField::Title => record.title.is_some(),
        SyncField::Details => record.details.is_some(),
        SyncField::Email => record.email.is_some(),
        SyncField::Address => record.address.is_some(),
        SyncField::AssigneeId => record.assignee_id.is_some(),
        SyncField::StatusId => record.status_id.is_some(),
        SyncField::MonetaryValue => record.monetary_value.is_some(),
        SyncField::Tags => !record.tags.is_empty(),
        SyncField::PhoneNumbers => !record.phone_numbers.is_empty(),
        SyncField::Websites => !record.websites.is_empty(),
        SyncField::Custom(id) => custom(*id),
        SyncField::Extra(name) => record.extra.contains_key(name),
        _ => false,
    };
    by_record || policies.names(field)
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn applying_an_update_makes_the_next_comparison_empty(
        before in record(), record in record(), policies in policies(),
    ) {
        let before = lead(&before);
        let update = LeadUpdate::between(&before, &record, &policies);
        let after = applied(before, &update);
        let next = LeadUpdate::between(&after, &record, &policies);
        prop_assert!(next.changes_nothing(), "{next:?}\nafter {update:?}");
    }

    #[test]
    fn nothing_that_the_input_does_not_name_changes(
        before in record(), record in record(), policies in policies(),
    ) {
        let before = lead(&before);
        let update = LeadUpdate::between(&before, &record, &policies);
        for change in update.changes(&before) {
            prop_assert!(named(&record, &policies, &change.field), "{change}");
            prop_assert!(policies.may_change(&change.field), "{change}");
        }
        // The parts of an address and the category of an e-mail address that are not named stay.
        if let (Patch::Set(address), Some(there)) = (&update.address, &before.address) {
            let wanted = record.address.clone().unwrap_or_default();
            for (wanted, sent, there) in [
                (&wanted.street, &address.street, &there.street),
                (&wanted.city, &address.city, &there.city),
                (&wanted.country, &address.country, &there.country),
            ] {
                prop_assert!(wanted.is_some() || sent == there);
            }
        }
        if let (Patch::Set(email), Some(there)) = (&update.email, &before.email) {
            let wanted = record.email.as_ref().and_then(|email| email.category.clone());
            let named = policies.named_category(wanted.as_ref().map(EmailCategory::as_str)).is_some();
            let kept = there.category.clone();
            let expected = if named { wanted } else { kept.or(wanted) };
            prop_assert_eq!(&email.category, &expected);
        }
    }

    #[test]
    fn nothing_is_erased_unless_the_policies_say_so(
        before in record(), record in record(), policies in policies(),
    ) {
        let policies = policies.empties(Empties::Keep);
        let before = lead(&before);
        let update = LeadUpdate::between(&before, &record, &policies);
        for change in update.changes(&before) {
            // A checkbox that the record names as false is no empty value.
            let unchecks = change.new == json!(false);
            prop_assert!(is_empty(&change.old) || !is_empty(&change.new) || unchecks, "{change}");
        }
        let adding = LeadUpdate::between(&before, &record, &policies.lists(Lists::Add));
        for change in adding.changes(&before) {
            for entry in change.old.as_array().into_iter().flatten() {
                prop_assert!(has(&change.new, entry), "{change}");
            }
        }
    }

    #[test]
    fn a_record_is_the_same_as_the_lead_that_was_made_of_it(
        record in record(), policies in policies(),
    ) {
        let update = LeadUpdate::between(&lead(&record), &record, &policies.empties(Empties::Keep));
        prop_assert!(update.changes_nothing(), "{update:?}");
    }
}
