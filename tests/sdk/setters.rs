//! Records made of what programs have: nullable columns, pairs, numbers of any type; and updates that set, keep or clear.

use copper_crm::{
    CustomValue, NewLead, Patch,
    types::{
        CompanyUpdate, CustomField, CustomFieldDefinitionId, Email, EmailCategory, Lead,
        LeadUpdate, PersonUpdate, PhoneNumber,
    },
};
use serde_json::{Value, json};

fn as_json(value: impl serde::Serialize) -> Value {
    serde_json::to_value(value).expect("JSON")
}

#[test]
fn a_nullable_column_sets_its_field_or_changes_nothing() {
    /// A row of a database.
    struct Row {
        title: Option<String>,
        email: Option<&'static str>,
        phone: Option<String>,
        tags: Option<Vec<String>>,
        owner: Option<i64>,
    }
    let lead = |row: Row| {
        NewLead::named("Jim")
            .tag("imported")
            .maybe_title(row.title)
            .maybe_email(row.email)
            .maybe_phone_number(row.phone)
            .maybe_tags(row.tags)
            .maybe_assignee_id(row.owner)
    };
    let none = Row {
        title: None,
        email: None,
        phone: None,
        tags: None,
        owner: None,
    };
    assert_eq!(lead(none), NewLead::named("Jim").tag("imported"));
    let all = Row {
        title: Some("Clerk".to_owned()),
        email: Some("jim@example.com"),
        phone: Some("570".to_owned()),
        tags: Some(vec!["a".to_owned()]),
        owner: Some(7),
    };
    let expected = NewLead::named("Jim")
        .title("Clerk")
        .email("jim@example.com")
        .phone_number("570")
        .tags(["a"])
        .assignee_id(7);
    assert_eq!(lead(all), expected);

    let update = LeadUpdate::default()
        .title("Clerk")
        .maybe_title(None::<&str>);
    assert_eq!(update.title, Patch::Set("Clerk".to_owned()));
    let update = LeadUpdate::default().maybe_email(Some("jim@example.com"));
    assert_eq!(
        as_json(update),
        json!({ "email": { "email": "jim@example.com" } })
    );
}

#[test]
fn a_patch_of_an_option_sets_or_keeps_or_sets_or_clears() {
    let update = |title: Option<String>, details: Option<String>| {
        LeadUpdate::default()
            .title(Patch::set_or_keep(title))
            .details(Patch::set_or_clear(details))
    };
    assert_eq!(as_json(update(None, None)), json!({ "details": null }));
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        as_json(update(some("Clerk"), some("x"))),
        json!({ "title": "Clerk", "details": "x" })
    );
}

#[test]
fn an_update_is_empty_until_it_changes_something() {
    assert!(LeadUpdate::default().is_empty());
    assert!(PersonUpdate::default().is_empty());
    assert!(CompanyUpdate::default().is_empty());
    assert!(!LeadUpdate::default().title("Clerk").is_empty());
    assert!(!LeadUpdate::default().details(Patch::Clear).is_empty());
    assert!(!LeadUpdate::default().tags(Vec::<String>::new()).is_empty());
    let mut update = LeadUpdate::default();
    update.extra.insert("nickname".to_owned(), json!("Jimbo"));
    assert!(!update.is_empty());
}

#[test]
fn no_field_of_an_update_is_overlooked() {
    let properties = |schema: &str| {
        let document: Value = serde_json::from_str(copper_crm::schema::DOCUMENT).expect("JSON");
        let properties = &document["components"]["schemas"][schema]["properties"];
        properties.as_object().expect("properties").clone()
    };
    for field in properties("LeadUpdate").keys() {
        let update: LeadUpdate = serde_json::from_value(json!({ field: null })).expect(field);
        assert!(!update.is_empty(), "{field}");
    }
}

#[test]
fn a_pair_is_what_is_required_and_the_one_thing_beside_it() {
    let lead = NewLead::named("Jim")
        .custom_field((7, "seven"))
        .custom_field((CustomFieldDefinitionId(8), 8))
        .custom_field((9, true))
        .email(("jim@example.com", "work"))
        .phone_number(("570", "mobile"));
    let field = |id: i64, value| CustomField {
        value: Some(value),
        ..CustomField::new(id)
    };
    assert_eq!(
        lead.custom_fields,
        [
            field(7, CustomValue::Text("seven".to_owned())),
            field(8, CustomValue::Integer(8)),
            field(9, CustomValue::Bool(true)),
        ]
    );
    let work = Email::new("jim@example.com").category(EmailCategory::Work);
    assert_eq!(lead.email, Some(work));
    assert_eq!(
        lead.phone_numbers,
        [PhoneNumber::new("570").category("mobile")]
    );
    let update = LeadUpdate::default()
        .email(("jim@example.com", "work"))
        .custom_fields([(7, "seven")]);
    assert_eq!(
        as_json(update),
        json!({
            "email": { "email": "jim@example.com", "category": "work" },
            "custom_fields": [{ "custom_field_definition_id": 7, "value": "seven" }],
        })
    );
}

#[test]
fn integers_turn_into_custom_values_and_larger_ones_where_they_fit() {
    let seven = CustomValue::Integer(7);
    for value in [
        CustomValue::from(7_i8),
        7_i16.into(),
        7_i32.into(),
        7_i64.into(),
        7_u8.into(),
        7_u16.into(),
        7_u32.into(),
    ] {
        assert_eq!(value, seven);
    }
    assert_eq!(CustomValue::from(i64::MIN), CustomValue::Integer(i64::MIN));
    assert_eq!(
        CustomValue::from(u32::MAX),
        CustomValue::Integer(4_294_967_295)
    );
    assert_eq!(CustomValue::try_from(7_u64).as_ref(), Ok(&seven));
    assert_eq!(CustomValue::try_from(7_usize).as_ref(), Ok(&seven));
    assert_eq!(CustomValue::try_from(7_isize).as_ref(), Ok(&seven));
    assert_eq!(CustomValue::try_from(7_i128).as_ref(), Ok(&seven));
    assert_eq!(CustomValue::try_from(7_u128).as_ref(), Ok(&seven));
    assert!(CustomValue::try_from(u64::MAX).is_err());
    assert!(CustomValue::try_from(i128::from(i64::MAX) + 1).is_err());
    assert!(CustomValue::try_from(u128::MAX).is_err());
}

#[test]
fn a_custom_field_of_a_lead_is_read_by_its_id() {
    let lead = json!({ "id": 1, "custom_fields": [
        { "custom_field_definition_id": 7, "value": "seven" },
        { "custom_field_definition_id": 8, "value": null },
        { "custom_field_definition_id": 9, "value": [1, 2] },
    ] });
    let lead: Lead = serde_json::from_value(lead).expect("a lead");
    assert_eq!(
        lead.custom_field(7),
        Some(&CustomValue::Text("seven".to_owned()))
    );
    assert_eq!(lead.custom_field(8), None);
    let options = CustomValue::Options(vec![1, 2]);
    assert_eq!(
        lead.custom_field(CustomFieldDefinitionId(9)),
        Some(&options)
    );
    assert_eq!(lead.custom_field(10), None);
    let bare: Lead = serde_json::from_value(json!({ "id": 1 })).expect("a lead");
    assert_eq!(bare.custom_field(7), None);
}
