//! Names are loaded from the account: one request for each kind, and only for the kinds that are needed.

use copper_crm::{
    NewLead,
    directory::{Directory, DirectoryKind},
    types::RecordType,
};
use copper_crm_sandbox::{Fault, Sandbox, When};

use crate::support::sandbox::sandbox;

#[tokio::test]
async fn every_name_of_the_account_is_turned_into_its_id_and_back() {
    let (_sandbox, copper) = sandbox().await;
    let directory = copper.directory().await.expect("loaded");
    assert!(!directory.statuses().is_empty() && !directory.fields().is_empty());
    for status in directory.statuses() {
        assert_eq!(directory.status(&status.name.to_uppercase()), Ok(status.id));
        assert_eq!(directory.status_name(status.id), Some(status.name.as_str()));
    }
    for source in directory.sources() {
        assert_eq!(
            directory.source(&format!(" {} ", source.name)),
            Ok(source.id)
        );
        assert_eq!(directory.source_name(source.id), Some(source.name.as_str()));
    }
    for user in directory.users() {
        let email = user.email.as_deref().expect("an address");
        assert_eq!(directory.user(email), Ok(user.id));
        assert_eq!(directory.user_by_id(user.id), Some(user));
    }
    for entry in directory.contact_types() {
        assert_eq!(directory.contact_type(&entry.name), Ok(entry.id));
        assert_eq!(
            directory.contact_type_name(entry.id),
            Some(entry.name.as_str())
        );
    }
    for entry in directory.pipelines() {
        assert_eq!(directory.pipeline(&entry.name), Ok(entry.id));
        assert_eq!(directory.pipeline_name(entry.id), Some(entry.name.as_str()));
    }
    for stage in directory.stages() {
        assert_eq!(
            directory.stage_of(stage.pipeline.id, &stage.name),
            Ok(stage.id)
        );
        assert_eq!(directory.stage_by_id(stage.id), Some(stage));
    }
    for entry in directory.loss_reasons() {
        assert_eq!(directory.loss_reason(&entry.name), Ok(entry.id));
        assert_eq!(
            directory.loss_reason_name(entry.id),
            Some(entry.name.as_str())
        );
    }
    for entry in directory.activity_types() {
        let found = directory.activity_type(&entry.name).expect("it is there");
        assert_eq!(found.id, entry.id);
        assert_eq!(
            directory.activity_type_name(&found),
            Some(entry.name.as_str())
        );
    }
    for field in directory.fields() {
        let found = directory
            .custom_field_on(&RecordType::Lead, &field.name)
            .expect("it is there");
        assert_eq!(found, field);
        for option in &field.options {
            assert_eq!(directory.option(&field.name, &option.name), Ok(option.id));
            assert_eq!(field.option_name(option.id), Some(option.name.as_str()));
        }
    }
}

#[tokio::test]
async fn only_the_kinds_that_are_asked_for_are_loaded_once_each() {
    let (sandbox, copper) = sandbox().await;
    let kinds = [
        DirectoryKind::Stage,
        DirectoryKind::Pipeline,
        DirectoryKind::FieldOption,
    ];
    let directory = copper.directory().only(kinds).await.expect("loaded");
    let asked: Vec<_> = sandbox
        .arrivals()
        .iter()
        .filter_map(|arrival| arrival.operation)
        .collect();
    assert_eq!(asked, ["list_custom_field_definitions", "list_pipelines"]);
    assert!(directory.pipeline("Sales").is_ok());
    assert!(directory.status("New").is_err());
    let all = copper.directory().await.expect("loaded");
    assert_eq!(
        sandbox.arrivals().len() - asked.len(),
        DirectoryKind::ALL.len()
    );
    let kept = serde_json::to_string(&all).expect("plain data");
    assert_eq!(
        serde_json::from_str::<Directory>(&kept).expect("it reads back"),
        all
    );
}

#[tokio::test]
async fn values_of_every_type_are_stored_and_read_by_their_names() {
    let (_sandbox, copper) = sandbox().await;
    let directory = copper
        .directory()
        .only([DirectoryKind::CustomField])
        .await
        .expect("loaded");
    let values = [
        ("Reference", "A-7"),
        ("Size", "Very Large"),
        ("Interests", "Paper; Service"),
        ("Contract End", "2026-11-26"),
        ("Newsletter", "true"),
        ("Rating", "4.5"),
        ("Profile", "https://example.com/jim"),
        ("Discount", "50"),
        ("Budget", "1000.25"),
        ("Notes", "two\nlines"),
    ];
    let mut lead = NewLead::named("Jim");
    for (field, value) in values {
        lead = lead.custom_field(
            directory
                .custom_value(field, value)
                .expect("it can hold it"),
        );
    }
    let created = copper.create_lead(&lead).await.expect("created");
    for (name, value) in values {
        let id = directory.custom_field(name).expect("it is there").id;
        let mut fields = created.custom_fields.iter().flatten();
        let field = fields.find(|field| field.custom_field_definition_id == id);
        let read = field
            .and_then(|field| directory.read(field))
            .expect("it is set");
        assert_eq!(read.to_string(), value, "{name}");
    }
    assert!(directory.custom_value("Parent Account", "Acme").is_err());
}

#[tokio::test]
async fn users_are_read_over_all_pages() {
    let mut builder = Sandbox::builder().scale(0.01);
    for n in 0..250 {
        builder = builder.user(
            1_000 + n,
            format!("User {n}"),
            format!("user{n}@example.com"),
        );
    }
    let sandbox = builder.start().await.expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    let directory = copper
        .directory()
        .only([DirectoryKind::User])
        .await
        .expect("loaded");
    assert_eq!(directory.user("user249@example.com"), Ok(1_249.into()));
}

#[tokio::test]
async fn a_refused_lookup_is_an_error_and_not_an_empty_list() {
    let (sandbox, copper) = sandbox().await;
    sandbox.inject(Fault::Refusal(403), When::always().of("list_lead_statuses"));
    let error = copper.directory().await.expect_err("it is refused");
    assert_eq!(error.status(), Some(403));
    let others = copper.directory().only([DirectoryKind::Source]).await;
    assert!(others.is_ok());
}
