//! Snapshots of the generated text, the document and the derived JSON Schemas. They are also compared with
//! each other, so that none of them can change alone. `INSTA_UPDATE=always cargo test -p copper-crm
//! --all-features --test sdk contract::` renews them; the difference is what a change of the schema means.

use std::collections::{BTreeMap, BTreeSet};

use copper_crm::types;
use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::Value;

const DOCUMENT: &str = include_str!(concat!(env!("OUT_DIR"), "/copper.json"));

fn document() -> Value {
    serde_json::from_str(DOCUMENT).expect("the document is JSON")
}

macro_rules! schemas {
    ($($name:ident),* $(,)?) => {
        BTreeMap::from([$((stringify!($name), schemars::schema_for!(types::$name).to_value())),*])
    };
}

/// The derived JSON Schema of every public type.
fn derived() -> BTreeMap<&'static str, Value> {
    schemas![
        Account,
        AccountId,
        AccountSettings,
        Activity,
        ActivityId,
        ActivityQuery,
        ActivityType,
        ActivityTypeDefinition,
        ActivityTypeId,
        ActivityTypes,
        Address,
        BulkCreateActivities,
        BulkCreateCompanies,
        BulkCreateLeads,
        BulkCreateOpportunities,
        BulkCreatePeople,
        BulkFailure,
        BulkUpdateCompanies,
        BulkUpdateLeads,
        BulkUpdatePeople,
        Company,
        CompanyId,
        CompanySearch,
        CompanyUpdate,
        ContactType,
        ContactTypeId,
        ConvertCompany,
        ConvertDetails,
        ConvertLead,
        ConvertOpportunity,
        ConvertPerson,
        ConvertedLead,
        CustomField,
        CustomFieldDefinition,
        CustomFieldDefinitionId,
        CustomFieldFilter,
        CustomFieldOption,
        CustomerSource,
        CustomerSourceId,
        DeletedRecord,
        Email,
        Lead,
        LeadId,
        LeadMatch,
        LeadSearch,
        LeadStatus,
        LeadStatusId,
        LeadUpdate,
        LossReason,
        LossReasonId,
        NewActivity,
        NewCompany,
        NewLead,
        NewOpportunity,
        NewPerson,
        Opportunity,
        OpportunityId,
        Parent,
        Person,
        PersonId,
        PersonSearch,
        PersonUpdate,
        PhoneFilter,
        PhoneMatch,
        PhoneNumber,
        Pipeline,
        PipelineId,
        PipelineStage,
        PipelineStageId,
        Social,
        Tag,
        TagFilter,
        TagMatch,
        Timestamp,
        UpsertLead,
        User,
        UserGroup,
        UserGroupId,
        UserId,
        UserSearch,
        Website,
    ]
}

fn keys(value: Option<&Value>) -> BTreeSet<String> {
    value
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(key, _)| key.clone())
        .collect()
}

fn texts(value: Option<&Value>) -> BTreeSet<String> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_generated_types_are_as_reviewed() {
    assert_snapshot!("types", include_str!(concat!(env!("OUT_DIR"), "/types.rs")));
}

#[test]
fn the_generated_client_is_as_reviewed() {
    assert_snapshot!(
        "client",
        include_str!(concat!(env!("OUT_DIR"), "/client.rs"))
    );
}

#[test]
fn the_generated_endpoints_are_as_reviewed() {
    assert_snapshot!(
        "endpoints",
        include_str!(concat!(env!("OUT_DIR"), "/endpoints.rs"))
    );
}

#[test]
fn the_generated_constants_are_as_reviewed() {
    assert_snapshot!(
        "constants",
        include_str!(concat!(env!("OUT_DIR"), "/constants.rs"))
    );
}

/// Those have documentation with an example, which no document can give.
#[test]
fn every_operation_of_this_document_has_a_method_that_is_written_by_hand() {
    assert_eq!(include_str!(concat!(env!("OUT_DIR"), "/calls.rs")), "");
    let blocking = include_str!(concat!(env!("OUT_DIR"), "/blocking_calls.rs"));
    assert_eq!(blocking, "");
}

#[test]
fn the_document_is_as_reviewed() {
    assert_snapshot!("document", DOCUMENT);
}

#[test]
fn the_derived_schemas_are_as_reviewed() {
    for (name, schema) in derived() {
        assert_json_snapshot!(format!("schema_{name}"), schema);
    }
}

#[test]
fn every_type_of_the_document_has_its_derived_schema_with_the_same_fields() {
    let (document, derived) = (document(), derived());
    let described = document["components"]["schemas"]
        .as_object()
        .expect("schemas");
    // Where a handwritten type stands in its place, or an open set, it is no struct of the generator's.
    let generated: BTreeMap<_, _> = described
        .iter()
        .filter(|(_, schema)| {
            schema.get("x-rust-type").is_none() && schema.get("x-copper-open-set").is_none()
        })
        // Errors are described for other tools; here one handwritten decoder reads them.
        .filter(|(name, _)| *name != "ErrorBody")
        .collect();
    assert_eq!(
        generated.keys().map(|k| k.as_str()).collect::<Vec<_>>(),
        derived.keys().copied().collect::<Vec<_>>()
    );
    for (name, schema) in generated {
        let derived = &derived[name.as_str()];
        assert_eq!(
            keys(schema.get("properties")),
            keys(derived.get("properties")),
            "fields of {name}"
        );
        assert_eq!(
            texts(schema.get("required")),
            texts(derived.get("required")),
            "required fields of {name}"
        );
    }
}

#[test]
fn nothing_in_a_response_is_a_closed_set_and_unknown_fields_are_kept() {
    let document = document();
    for (name, schema) in document["components"]["schemas"]
        .as_object()
        .expect("schemas")
    {
        // The one enum is `null`, for a reference that can be `null`.
        let enums = schema.to_string().matches("\"enum\":").count();
        let nulls = schema.to_string().matches("\"enum\":[null]").count();
        assert_eq!(enums, nulls, "{name} holds an enum");
        let is_object = schema.get("type").and_then(Value::as_str) == Some("object");
        // What is only ever sent has nothing to keep.
        if is_object && !is_only_sent(name) {
            assert_eq!(
                schema.get("additionalProperties"),
                Some(&serde_json::json!({})),
                "{name}"
            );
        }
    }
}

fn is_only_sent(name: &str) -> bool {
    let parts = [
        "LeadMatch",
        "UpsertLead",
        "ConvertLead",
        "PhoneMatch",
        "TagMatch",
        "CustomFieldFilter",
    ];
    parts.contains(&name) || name.starts_with("BulkCreate") || name.starts_with("BulkUpdate")
}

#[test]
fn every_open_set_takes_a_member_that_nobody_knows() {
    let document = document();
    let sets = document["components"]["schemas"]
        .as_object()
        .expect("schemas");
    let sets: Vec<&String> = sets
        .iter()
        .filter(|(_, schema)| schema.get("x-copper-open-set").is_some())
        .map(|(name, _)| name)
        .collect();
    let unlisted = |set: &str| -> String {
        macro_rules! read { ($($name:ident),*) => { match set {
            $(stringify!($name) => types::$name::from("made up").to_string(),)*
            other => panic!("{other} is not in this test"),
        } } }
        read!(
            ActivityCategory,
            CompanySort,
            CustomFieldType,
            EmailCategory,
            LeadSort,
            MatchOption,
            PersonSort,
            PhoneCategory,
            RecordType,
            SocialCategory,
            SortDirection,
            TagSort,
            WebsiteCategory
        )
    };
    for set in sets {
        assert_eq!(unlisted(set), "made up");
    }
}

#[test]
fn only_the_id_of_a_record_is_required_of_a_response() {
    let document = document();
    for name in [
        "Account",
        "Activity",
        "ActivityTypeDefinition",
        "Company",
        "ContactType",
        "CustomFieldDefinition",
        "CustomFieldOption",
        "CustomerSource",
        "DeletedRecord",
        "Lead",
        "LeadStatus",
        "LossReason",
        "Opportunity",
        "Person",
        "Pipeline",
        "PipelineStage",
        "User",
        "UserGroup",
    ] {
        assert_eq!(
            document["components"]["schemas"][name]["required"],
            serde_json::json!(["id"]),
            "{name}"
        );
    }
}
