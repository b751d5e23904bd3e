//! People and companies are synced as leads are, with their own keys.

use copper_crm::{
    bulk::StoppedBy,
    sync::{Lists, Policies, ReadBy, Sync, SyncOutcome},
    types::{CompanySearch, CustomField, NewCompany, NewPerson, PersonSearch},
};
use copper_crm_sandbox::{Fault, Sandbox, When};
use serde_json::{Value, json};

use super::{all, requests, word};
use crate::support::{folder::Folder, sandbox::sandbox};

fn person(name: &str, emails: &[&str]) -> NewPerson {
    NewPerson::named(name).emails(emails.iter().copied())
}

/// Returns the only record with this name.
fn held(sandbox: &Sandbox, kind: &str, name: &str) -> Value {
    let records = sandbox.records(kind);
    let mut of_it = records.into_iter().filter(|record| record["name"] == name);
    let record = of_it.next().expect("it is there");
    assert!(of_it.next().is_none(), "{name} is there twice");
    record
}

#[tokio::test]
async fn people_are_matched_by_any_of_their_addresses() {
    let (sandbox, copper) = sandbox().await;
    let first = [
        person("pam", &["pam@example.com"]),
        person("jim", &["jim@example.com"]),
    ];
    let mut run = copper.sync_people(first, Sync::by_email());
    let words: Vec<_> = all(&mut run)
        .await
        .iter()
        .map(|item| word(&item.outcome))
        .collect();
    assert_eq!(words, ["created", "created"]);
    let second = || {
        [
            person("pam", &["beesly@example.com", "PAM@example.com"]).title("Manager"),
            person("jim", &["jim@example.com"]),
            person("ryan", &["ryan@example.com"]),
            NewPerson::named("nobody"),
        ]
    };
    let sync = || Sync::by_email().policies(Policies::default().lists(Lists::Add));
    let mut run = copper.sync_people(second(), sync());
    let outcomes = all(&mut run).await;
    let words: Vec<_> = outcomes.iter().map(|item| word(&item.outcome)).collect();
    assert_eq!(words, ["updated", "unchanged", "created", "rejected"]);
    let SyncOutcome::Updated(updated) = &outcomes[0].outcome else {
        panic!("it is updated")
    };
    let changed: Vec<_> = updated
        .changes
        .iter()
        .map(|change| change.field.to_string())
        .collect();
    assert_eq!(changed, ["emails", "title"]);
    let pam = held(&sandbox, "people", "pam");
    assert_eq!(pam["emails"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        run.summary().to_string(),
        "4 people: 1 created, 1 updated, 1 unchanged, 1 rejected, 0 not sent, 0 unknown"
    );
    let mut run = copper.sync_people(second(), sync());
    all(&mut run).await;
    assert_eq!(run.summary().unchanged, 3);
    assert!(requests(&sandbox)["bulk_update_people"] == 1);
}

#[tokio::test]
async fn records_that_mean_one_person_and_people_that_one_record_means_are_left_alone() {
    let (sandbox, copper) = sandbox().await;
    for (name, emails) in [
        (
            "both",
            json!([{"email": "a@example.com"}, {"email": "b@example.com"}]),
        ),
        ("one", json!([{"email": "c@example.com"}])),
        ("two", json!([{"email": "d@example.com"}])),
    ] {
        sandbox
            .put("people", &json!({"name": name, "emails": emails}))
            .expect("put");
    }
    let records = [
        person("x", &["a@example.com"]),
        person("y", &["b@example.com"]),
        person("z", &["c@example.com", "d@example.com"]),
    ];
    let mut run = copper.sync_people(records, Sync::by_email());
    let outcomes = all(&mut run).await;
    let why: Vec<String> = outcomes
        .iter()
        .map(|item| match &item.outcome {
            SyncOutcome::Rejected(why) => why.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    let id = |name| held(&sandbox, "people", name)["id"].clone();
    assert_eq!(
        why[0],
        format!(
            "emails: person {} has it, and also that of record 1 of the input, counted from 0",
            id("both")
        )
    );
    assert!(why[1].contains("record 0 of the input"), "{}", why[1]);
    assert_eq!(
        why[2],
        format!("emails: 2 people have it: {}, {}", id("one"), id("two"))
    );
    assert!(!requests(&sandbox).contains_key("bulk_update_people"));
}

#[tokio::test]
async fn companies_are_matched_by_name_by_domain_or_by_a_custom_field() {
    let (sandbox, copper) = sandbox().await;
    let of = |name: &str| NewCompany::named(name);
    let words = async |records: Vec<NewCompany>, sync| {
        let mut run = copper.sync_companies(records, sync);
        let outcomes = all(&mut run).await;
        outcomes
            .iter()
            .map(|item| word(&item.outcome))
            .collect::<Vec<_>>()
    };
    let first = vec![
        of("Dunder Mifflin").email_domain("example.com"),
        of("Sabre"),
    ];
    assert_eq!(words(first, Sync::by_name()).await, ["created", "created"]);
    let again = vec![of("dunder  MIFFLIN").details("Paper"), of("Sabre")];
    let never = Policies::default().never([copper_crm::sync::SyncField::Name]);
    assert_eq!(
        words(again, Sync::by_name().policies(never)).await,
        ["updated", "unchanged"]
    );
    assert_eq!(
        held(&sandbox, "companies", "Dunder Mifflin")["details"],
        "Paper"
    );
    let by_domain = vec![
        of("Dunder Mifflin Inc.").email_domain("Example.com"),
        of("None"),
    ];
    assert_eq!(
        words(by_domain, Sync::by_email_domain()).await,
        ["updated", "rejected"]
    );
    held(&sandbox, "companies", "Dunder Mifflin Inc.");
    let row = |name: &str, row: i64| of(name).custom_field(CustomField::new(126_244).value(row));
    let by_row = || Sync::by_custom_field(126_244);
    assert_eq!(words(vec![row("Athlead", 1)], by_row()).await, ["created"]);
    assert_eq!(words(vec![row("Athleap", 1)], by_row()).await, ["updated"]);
    assert_eq!(sandbox.records("companies").len(), 3);
}

#[tokio::test]
async fn what_is_read_can_be_narrowed_and_chosen_for_people_as_well() {
    let (sandbox, copper) = sandbox().await;
    for n in 0..450 {
        let person = json!({
            "name": format!("person{n}"), "date_created": 1_000 + n,
            "emails": [{"email": format!("person{n}@example.com"), "category": "work"}],
        });
        sandbox.put("people", &person).expect("put");
    }
    let one = || [person("person300", &["person300@example.com"])];
    let mut run = copper.sync_people(one(), Sync::by_email());
    all(&mut run).await;
    assert_eq!(run.reading().expect("it has read").by, ReadBy::Key);
    let mut run = copper.sync_people(one(), Sync::by_email().unmatched());
    all(&mut run).await;
    assert_eq!((run.summary().unchanged, run.unmatched().len()), (1, 449));
    let within = PersonSearch::default().name("person7");
    let mut run = copper.sync_people(one(), Sync::by_email().within(within).update_only());
    assert_eq!(word(&all(&mut run).await[0].outcome), "not sent");
    let mut all_of_them = copper.all_people(PersonSearch::default());
    let mut count = 0;
    while let Some(person) = all_of_them.next().await {
        person.expect("a person");
        count += 1;
    }
    assert_eq!(count, 450);
    assert!(
        copper
            .all_companies(CompanySearch::default())
            .next()
            .await
            .is_none()
    );
}

#[tokio::test]
async fn creates_of_people_in_doubt_are_looked_up_and_a_journal_ends_what_was_begun() {
    let (sandbox, copper) = sandbox().await;
    let folder = Folder::new();
    let journal = folder.file("people.journal");
    let records = || (0..25).map(|n| person(&format!("p{n}"), &[&format!("p{n}@example.com")]));
    sandbox.inject(Fault::Refusal(401), When::from(3).of("bulk_create_people"));
    let mut run = copper
        .sync_people(records(), Sync::by_email())
        .journal(&journal);
    all(&mut run).await;
    assert_eq!((run.summary().created, run.summary().not_sent), (20, 5));
    assert!(matches!(run.stopped_by(), Some(StoppedBy::Error(_))));
    sandbox.clear_faults();
    sandbox.inject(Fault::ResetAfter, When::nth(1).of("bulk_create_people"));
    let mut run = copper
        .sync_people(records(), Sync::by_email())
        .journal(&journal);
    let outcomes = all(&mut run).await;
    assert_eq!(run.summary().created, 25);
    assert_eq!(outcomes.iter().filter(|item| item.from_journal).count(), 20);
    assert_eq!(sandbox.records("people").len(), 25);
}

#[tokio::test]
async fn the_plan_of_a_sync_of_people_says_people() {
    let (sandbox, copper) = sandbox().await;
    for name in ["pam", "pamela"] {
        let person = json!({"name": name, "emails": [{"email": "pam@example.com"}]});
        sandbox.put("people", &person).expect("put");
    }
    let plan = copper.sync_people([person("pam", &["pam@example.com"])], Sync::by_email());
    let plan = plan.plan().await.expect("a plan");
    let ids: Vec<_> = sandbox
        .records("people")
        .iter()
        .map(|one| one["id"].to_string())
        .collect();
    assert_eq!(
        plan.to_string(),
        format!(
            "+ 0 new\n~ 0 changed\n= 0 unchanged\n! 1 ambiguous\n  pam: people {} have its emails\n",
            ids.join(", ")
        )
    );
    assert_eq!(
        serde_json::to_value(&plan).expect("JSON")["records"],
        "people"
    );
}
