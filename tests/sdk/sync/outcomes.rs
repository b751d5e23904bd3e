//! The outcome of each record, and the requests that are sent for it.

use std::error::Error;

use copper_crm::{
    Invalid, NewLead,
    bulk::{StoppedBy, from_try_stream},
    sync::{Empties, Lists, Policies, ReadBy, Sync, SyncField, SyncOutcome, SyncPhase},
    types::{CustomField, Lead, LeadSearch, LeadStatusId, LeadUpdate},
};
use copper_crm_sandbox::{Fault, Odd, Sandbox, When};
use futures_util::stream;
use serde_json::json;

use super::{all, lead, record, requests, sync, word};
use crate::support::sandbox::sandbox;

#[tokio::test]
async fn only_what_differs_is_sent_and_only_the_fields_that_differ() {
    let (sandbox, copper) = sandbox().await;
    let first = vec![
        record("jim").title("Clerk").tags(["paper"]),
        record("pam"),
        record("ryan"),
    ];
    assert_eq!(sync(&copper, first, Sync::by_email()).await, ["created"; 3]);
    let before = sandbox.arrivals().len();
    let second = vec![
        record("jim").title("Manager").tags(["paper"]),
        NewLead::named("pam").email(" PAM@example.com"),
        record("kelly"),
    ];
    let mut run = copper.sync_leads(second, Sync::by_email());
    let outcomes = all(&mut run).await;
    let words: Vec<_> = outcomes
        .iter()
        .map(|item| super::word(&item.outcome))
        .collect();
    assert_eq!(words, ["updated", "unchanged", "created"]);
    let SyncOutcome::Updated(updated) = &outcomes[0].outcome else {
        panic!("it is updated")
    };
    assert_eq!(updated.record.title.as_deref(), Some("Manager"));
    let changes: Vec<_> = updated.changes.iter().map(ToString::to_string).collect();
    assert_eq!(changes, [r#"title: "Clerk" → "Manager""#]);
    let sent = sandbox.arrivals();
    let update = sent[before..]
        .iter()
        .find(|arrival| arrival.operation == Some("bulk_update_leads"));
    let body: serde_json::Value = serde_json::from_slice(&update.expect("one").body).expect("JSON");
    let id = lead(&sandbox, "jim")["id"].clone();
    assert_eq!(body, json!({"leads": [{"id": id, "title": "Manager"}]}));
    // A lead that the second input does not have is left alone.
    assert_eq!(sandbox.leads().len(), 4);
    assert_eq!(
        run.summary().to_string(),
        "3 leads: 1 created, 1 updated, 1 unchanged, 0 rejected, 0 not sent, 0 unknown"
    );
    assert_eq!(run.progress().now().phase, SyncPhase::Over);
}

#[tokio::test]
async fn a_sync_of_what_is_there_sends_nothing() {
    let (sandbox, copper) = sandbox().await;
    let records: Vec<_> = (0..450)
        .map(|n| record(&format!("lead{n}")).title("Clerk"))
        .collect();
    assert_eq!(
        sync(&copper, records.clone(), Sync::by_email()).await,
        vec!["created"; 450]
    );
    let before = requests(&sandbox);
    let mut run = copper.sync_leads(records, Sync::by_email());
    all(&mut run).await;
    assert_eq!(run.summary().unchanged, 450);
    let reading = run.reading().expect("it has read");
    assert_eq!(reading.by, ReadBy::Whole);
    let after = requests(&sandbox);
    assert_eq!(after["bulk_create_leads"], before["bulk_create_leads"]);
    assert!(!after.contains_key("bulk_update_leads"));
    let searches = after["search_leads"] - before["search_leads"];
    // Three pages. Where leads of one second fill a page, that second is read twice.
    assert!(searches <= 9, "{searches}");
}

#[tokio::test]
async fn a_small_input_is_looked_up_key_by_key() {
    let (sandbox, copper) = sandbox().await;
    let many: Vec<_> = (0..650).map(|n| record(&format!("lead{n}"))).collect();
    sync(&copper, many, Sync::by_email()).await;
    let before = requests(&sandbox)["search_leads"];
    let few = vec![record("lead7"), record("new")];
    let mut run = copper.sync_leads(few, Sync::by_email());
    all(&mut run).await;
    assert_eq!((run.summary().unchanged, run.summary().created), (1, 1));
    assert_eq!(run.reading().expect("it has read").by, ReadBy::Key);
    // The first page contains the total number of leads.
    let searches = requests(&sandbox)["search_leads"] - before;
    assert!(searches <= 3, "{searches}");
}

#[tokio::test]
async fn several_leads_with_one_key_are_seen_although_only_one_is_on_the_first_page() {
    let (sandbox, copper) = sandbox().await;
    let many: Vec<_> = (0..650).map(|n| record(&format!("lead{n}"))).collect();
    sync(&copper, many, Sync::by_email()).await;
    let twin = NewLead::named("twin").email("lead7@example.com");
    copper.create_lead(&twin).await.expect("created");
    let few = vec![record("lead7").title("Manager"), record("lead8")];
    let mut run = copper.sync_leads(few, Sync::by_email());
    let outcomes = all(&mut run).await;
    assert_eq!(run.reading().expect("it has read").by, ReadBy::Key);
    let SyncOutcome::Rejected(why) = &outcomes[0].outcome else {
        panic!("{:?}", outcomes[0].outcome)
    };
    assert_eq!(why.matching_ids().len(), 2);
    assert_eq!(super::word(&outcomes[1].outcome), "unchanged");
    assert_eq!(lead(&sandbox, "lead7")["title"], json!(null));
}

#[tokio::test]
async fn leads_and_records_that_share_a_key_are_named_and_left_alone() {
    let (sandbox, copper) = sandbox().await;
    for name in ["jim", "Jim"] {
        copper
            .create_lead(&NewLead::named(name).email("jim@example.com"))
            .await
            .expect("created");
    }
    let ids: Vec<i64> = sandbox
        .leads()
        .iter()
        .map(|lead| lead["id"].as_i64().expect("an id"))
        .collect();
    let records = vec![
        record("jim").title("Manager"),
        record("pam"),
        NewLead::named("Pamela").email("PAM@example.com"),
        NewLead::named("nobody"),
    ];
    let mut run = copper.sync_leads(records, Sync::by_email());
    let outcomes = all(&mut run).await;
    let why: Vec<_> = outcomes
        .iter()
        .map(|item| match &item.outcome {
            SyncOutcome::Rejected(why) => (why.to_string(), why.matching_ids()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        why[0],
        (
            format!("email: 2 leads have it: {}, {}", ids[0], ids[1]),
            ids.clone()
        )
    );
    assert_eq!(
        why[1].0,
        "email: record 2 of the input, counted from 0, has it as well"
    );
    assert_eq!(
        why[2].0,
        "email: record 1 of the input, counted from 0, has it as well"
    );
    assert_eq!(
        why[3].0,
        "email: it is missing, and the lead is matched by it"
    );
    assert_eq!(sandbox.leads().len(), 2);
    assert!(!requests(&sandbox).contains_key("bulk_create_leads"));
}

#[tokio::test]
async fn policies_say_what_a_sync_may_change() {
    let (sandbox, copper) = sandbox().await;
    sync(
        &copper,
        vec![record("jim").title("Clerk").tags(["paper"]).details("x")],
        Sync::by_email(),
    )
    .await;
    let changed = || vec![record("jim").title("").tags(["sales"]).details("y")];
    let policies = Policies::default()
        .lists(Lists::Add)
        .never([SyncField::Details]);
    let by_email = || Sync::by_email().policies(policies.clone());
    assert_eq!(sync(&copper, changed(), by_email()).await, ["updated"]);
    let jim = lead(&sandbox, "jim");
    assert_eq!(
        (&jim["title"], &jim["tags"], &jim["details"]),
        (&json!("Clerk"), &json!(["paper", "sales"]), &json!("x"))
    );
    assert_eq!(sync(&copper, changed(), by_email()).await, ["unchanged"]);
    let clear = Sync::by_email().policies(Policies::default().empties(Empties::Clear));
    assert_eq!(sync(&copper, changed(), clear.clone()).await, ["updated"]);
    let jim = lead(&sandbox, "jim");
    assert_eq!(
        (&jim["title"], &jim["tags"], &jim["details"]),
        (&json!(null), &json!(["sales"]), &json!("y"))
    );
    assert_eq!(sync(&copper, changed(), clear).await, ["unchanged"]);
}

#[tokio::test]
async fn creates_or_updates_alone_leave_the_others() {
    let (sandbox, copper) = sandbox().await;
    sync(
        &copper,
        vec![record("jim"), record("same")],
        Sync::by_email(),
    )
    .await;
    let records = || vec![record("jim").title("Clerk"), record("same"), record("pam")];
    let words = sync(&copper, records(), Sync::by_email().create_only()).await;
    assert_eq!(words, ["not sent", "unchanged", "created"]);
    assert_eq!(lead(&sandbox, "jim")["title"], json!(null));
    let records = || {
        vec![
            record("jim").title("Clerk"),
            record("same"),
            record("kelly"),
        ]
    };
    let words = sync(&copper, records(), Sync::by_email().update_only()).await;
    assert_eq!(words, ["updated", "unchanged", "not sent"]);
    assert_eq!(sandbox.leads().len(), 3);
}

#[tokio::test]
async fn leads_that_the_input_does_not_have_are_told_and_kept() {
    let (sandbox, copper) = sandbox().await;
    sync(
        &copper,
        vec![record("jim"), record("pam")],
        Sync::by_email(),
    )
    .await;
    let pam = lead(&sandbox, "pam")["id"].as_i64().expect("an id");
    let mut run = copper.sync_leads([record("jim")], Sync::by_email().unmatched());
    all(&mut run).await;
    assert_eq!(run.unmatched(), [pam.into()]);
    assert_eq!(sandbox.leads().len(), 2);
    // The input has the lead of a record that is rejected.
    let mut run = copper
        .sync_leads([record("jim"), record("pam")], Sync::by_email().unmatched())
        .checked_by(|index, _| match index {
            1 => Err(Invalid::new("name", "it is wrong")),
            _ => Ok(()),
        });
    assert_eq!(word(&all(&mut run).await[1].outcome), "rejected");
    assert_eq!(run.unmatched(), []);
}

/// The id of a custom field in the sandbox that holds a number.
const RATING: i64 = 126_244;

#[tokio::test]
async fn a_custom_field_or_a_key_of_ones_own_tells_leads_apart() {
    let (sandbox, copper) = sandbox().await;
    let row = |name: &str, row: i64| {
        NewLead::named(name).custom_field(CustomField::new(RATING).value(row))
    };
    let by_row = || Sync::by_custom_field(RATING);
    assert_eq!(
        sync(&copper, vec![row("jim", 1), row("pam", 2)], by_row()).await,
        ["created"; 2]
    );
    assert_eq!(
        sync(&copper, vec![row("james", 1), row("pam", 2)], by_row()).await,
        ["updated", "unchanged"]
    );
    lead(&sandbox, "james");
    let by_name = Sync::by(
        LeadSearch::default(),
        |record: &NewLead| Some(record.name.clone()),
        |lead: &Lead| lead.name.clone(),
    );
    assert_eq!(
        sync(&copper, vec![NewLead::named("pam").title("Clerk")], by_name).await,
        ["updated"]
    );
    assert_eq!(lead(&sandbox, "pam")["title"], "Clerk");
}

#[tokio::test]
async fn a_lead_that_others_change_meanwhile_is_compared_again_before_it_is_changed() {
    let (sandbox, copper) = sandbox().await;
    let names = ["same", "jim", "pam", "ryan"];
    sync(&copper, names.map(record).to_vec(), Sync::by_email()).await;
    let titled = |name: &str| record(name).title("Clerk");
    let records = vec![
        record("same"),
        titled("jim"),
        titled("pam"),
        titled("ryan").details("x"),
    ];
    let mut run = copper.sync_leads(records, Sync::by_email());
    // Copper has been read, but nothing is sent yet.
    assert!(matches!(
        run.next().await.expect("one").outcome,
        SyncOutcome::Unchanged { .. }
    ));
    let id = |name| lead(&sandbox, name)["id"].as_i64().expect("an id");
    let others = sandbox.copper().build().expect("a client");
    others
        .update_lead(id("jim"), &LeadUpdate::default().title("Clerk"))
        .await
        .expect("updated");
    others.delete_lead(id("pam")).await.expect("deleted");
    others
        .update_lead(
            id("ryan"),
            &LeadUpdate::default().title("Clerk").tags(["theirs"]),
        )
        .await
        .expect("updated");
    let rest = {
        let mut rest = Vec::new();
        while let Some(item) = run.next().await {
            rest.push(item.outcome);
        }
        rest
    };
    assert!(
        matches!(rest[0], SyncOutcome::Unchanged { .. }),
        "{:?}",
        rest[0]
    );
    assert!(matches!(&rest[1], SyncOutcome::NotSent(why) if why.to_string().contains("deleted")));
    let SyncOutcome::Updated(updated) = &rest[2] else {
        panic!("{:?}", rest[2])
    };
    assert_eq!(updated.changes.len(), 1, "only the details differ by now");
    assert_eq!(lead(&sandbox, "ryan")["tags"], json!(["theirs"]));
}

#[tokio::test]
async fn a_lead_that_others_move_out_of_what_is_read_is_left_alone() {
    let (sandbox, copper) = sandbox().await;
    let names = ["same", "jim", "pam"];
    sync(&copper, names.map(record).to_vec(), Sync::by_email()).await;
    let titled = |name: &str| record(name).title("Clerk");
    let records = vec![record("same"), titled("jim"), titled("pam")];
    let new = lead(&sandbox, "jim")["status_id"].as_i64().expect("an id");
    let within = LeadSearch::default().status_ids([new]);
    let mut run = copper.sync_leads(records, Sync::by_email().within(within));
    // Copper has been read, but nothing is sent yet.
    run.next().await.expect("one");
    let others = sandbox.copper().build().expect("a client");
    let id = lead(&sandbox, "jim")["id"].as_i64().expect("an id");
    let contacted = LeadUpdate::default().status_id(LeadStatusId(208_235));
    others.update_lead(id, &contacted).await.expect("updated");
    let jim = run.next().await.expect("one").outcome;
    assert!(
        matches!(&jim, SyncOutcome::NotSent(why) if why.to_string().contains("left what the sync reads")),
        "{jim:?}"
    );
    let pam = run.next().await.expect("one").outcome;
    assert!(matches!(pam, SyncOutcome::Updated(_)), "{pam:?}");
    assert_eq!(lead(&sandbox, "jim")["title"], json!(null));
}

#[tokio::test]
async fn a_create_in_doubt_is_looked_up() {
    let (sandbox, copper) = sandbox().await;
    sandbox.inject(Fault::ResetAfter, When::nth(1).of("bulk_create_leads"));
    assert_eq!(
        sync(
            &copper,
            vec![record("jim"), record("pam")],
            Sync::by_email()
        )
        .await,
        ["created"; 2]
    );
    assert_eq!(sandbox.leads().len(), 2);
}

#[tokio::test]
async fn a_lookup_is_read_no_further_than_its_first_ambiguity() {
    let (sandbox, copper) = sandbox().await;
    sandbox.inject(Fault::ResetAfter, When::nth(1).of("bulk_create_leads"));
    let mut run = copper.sync_leads(vec![record("jim")], Sync::by_email());
    run.ready().await;
    for _ in 0..1_000 {
        let alike = json!({ "name": "jim", "email": { "email": "jim@example.com" } });
        sandbox.put("leads", &alike).expect("it is put there");
    }
    let before = requests(&sandbox)["search_leads"];
    let outcomes = all(&mut run).await;
    let SyncOutcome::Unknown(why) = &outcomes[0].outcome else {
        panic!("{:?}", outcomes[0])
    };
    assert!(why.to_string().contains("can't be told apart"), "{why}");
    let pages = requests(&sandbox)["search_leads"] - before;
    assert!(pages <= 2, "{pages} of six pages");
}

#[tokio::test]
async fn an_update_in_doubt_is_sent_again() {
    let (sandbox, copper) = sandbox().await;
    sync(&copper, vec![record("jim")], Sync::by_email()).await;
    sandbox.inject(Fault::ResetAfter, When::nth(1).of("bulk_update_leads"));
    assert_eq!(
        sync(
            &copper,
            vec![record("jim").title("Clerk")],
            Sync::by_email()
        )
        .await,
        ["updated"]
    );
    assert_eq!(requests(&sandbox)["bulk_update_leads"], 2);
}

#[tokio::test]
async fn nothing_is_sent_when_copper_can_not_be_read() {
    let (sandbox, copper) = sandbox().await;
    sandbox.inject(Fault::Refusal(403), When::always().of("search_leads"));
    let mut run = copper.sync_leads([record("jim"), record("pam")], Sync::by_email());
    let outcomes = all(&mut run).await;
    for item in &outcomes {
        let SyncOutcome::NotSent(why) = &item.outcome else {
            panic!("{:?}", item.outcome)
        };
        assert_eq!(why.error().and_then(|error| error.status()), Some(403));
    }
    assert!(matches!(run.stopped_by(), Some(StoppedBy::Error(_))));
    assert!(sandbox.leads().is_empty());
}

#[tokio::test]
async fn nothing_is_sent_when_the_input_fails() {
    let (sandbox, copper) = sandbox().await;
    let records = [
        Ok(record("jim")),
        Err("the database is gone"),
        Ok(record("pam")),
    ];
    let mut run = copper.sync_leads(from_try_stream(stream::iter(records)), Sync::by_email());
    let outcomes = all(&mut run).await;
    assert_eq!(outcomes.len(), 1);
    assert!(matches!(&outcomes[0].outcome, SyncOutcome::NotSent(_)));
    assert!(matches!(run.stopped_by(), Some(StoppedBy::Input(_))));
    assert!(sandbox.arrivals().is_empty());
}

#[tokio::test]
async fn a_stop_settles_what_is_in_flight_and_leaves_the_rest() {
    let (sandbox, copper) = sandbox().await;
    sync(
        &copper,
        (0..30).map(|n| record(&format!("old{n}"))).collect(),
        Sync::by_email(),
    )
    .await;
    let records = (0..30).flat_map(|n| {
        [
            record(&format!("new{n}")),
            record(&format!("old{n}")).title("Clerk"),
        ]
    });
    let mut run = copper.sync_leads(records, Sync::by_email());
    let mut words = vec![super::word(&run.next().await.expect("one").outcome)];
    run.stop();
    while let Some(item) = run.next().await {
        words.push(super::word(&item.outcome));
    }
    assert_eq!(words.len(), 60);
    assert!(matches!(run.stopped_by(), Some(StoppedBy::Caller)));
    let created = words.iter().filter(|word| **word == "created").count();
    assert_eq!(sandbox.leads().len(), 30 + created);
    let titled = sandbox
        .leads()
        .iter()
        .filter(|lead| lead["title"] == "Clerk")
        .count();
    assert_eq!(
        words.iter().filter(|word| **word == "updated").count(),
        titled
    );
    assert_eq!(run.summary().total(), 60);
}

#[tokio::test]
async fn a_plan_tells_what_would_be_done_and_sends_nothing() -> Result<(), Box<dyn Error>> {
    let (sandbox, copper) = sandbox().await;
    sync(
        &copper,
        vec![record("jim"), record("pam"), record("same")],
        Sync::by_email(),
    )
    .await;
    copper.create_lead(&record("pam")).await?;
    let before = requests(&sandbox);
    let records = [
        record("new"),
        record("jim").title("Clerk"),
        record("pam"),
        record("same"),
        NewLead::named("none"),
    ];
    let plan = copper.sync_leads(records, Sync::by_email()).plan().await?;
    let ids: Vec<_> = sandbox
        .leads()
        .iter()
        .filter(|lead| lead["name"] == "pam")
        .map(|lead| lead["id"].to_string())
        .collect();
    assert_eq!(
        plan.to_string(),
        format!(
            "+ 1 new\n  new\n~ 1 changed\n  jim\n    title: null → \"Clerk\"\n= 1 unchanged\n\
             ! 1 ambiguous\n  pam: leads {} have its email\nx 1 rejected\n  none: it has no email\n",
            ids.join(", ")
        )
    );
    let json = serde_json::to_value(&plan)?;
    assert_eq!(json["version"], 1);
    assert_eq!(json["plan"][1]["action"], "update");
    assert_eq!(
        json["plan"][1]["changes"],
        json!([{"field": "title", "old": null, "new": "Clerk"}])
    );
    let after = requests(&sandbox);
    assert_eq!(after["bulk_create_leads"], before["bulk_create_leads"]);
    assert!(!after.contains_key("bulk_update_leads"));
    Ok(())
}

#[tokio::test]
async fn an_item_that_copper_refuses_costs_one_record() {
    let (sandbox, copper) = sandbox().await;
    sync(
        &copper,
        vec![record("jim"), record("pam")],
        Sync::by_email(),
    )
    .await;
    let records = vec![
        record("jim").status_id(9),
        record("pam").title("Clerk"),
        record("new").status_id(9),
        record("more"),
    ];
    let words = sync(&copper, records, Sync::by_email()).await;
    assert_eq!(words, ["rejected", "updated", "rejected", "created"]);
    assert_eq!(sandbox.leads().len(), 3);
}

#[tokio::test]
async fn a_lead_whose_key_can_not_be_read_keeps_a_sync_from_guessing() -> Result<(), Box<dyn Error>>
{
    let sandbox = Sandbox::start().await?;
    let copper = sandbox.copper().build()?;
    sandbox.put(
        "leads",
        &json!({"name": "odd", "email": ["jim@example.com"]}),
    )?;
    let words = sync(
        &copper,
        vec![record("jim"), record("pam")],
        Sync::by_email(),
    )
    .await;
    assert_eq!(words, ["not sent"; 2]);
    assert_eq!(sandbox.leads().len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_new_record_without_a_name_is_rejected_in_the_plan_as_in_the_sync() {
    let (sandbox, copper) = sandbox().await;
    let nameless = |email: &str| NewLead::named(" ").email(format!("{email}@example.com"));
    sync(&copper, vec![record("pam")], Sync::by_email()).await;
    let records = || vec![nameless("jim"), nameless("pam").title("Clerk")];
    let plan = copper.sync_leads(records(), Sync::by_email()).plan().await;
    assert_eq!(
        plan.expect("a plan").to_string(),
        "+ 0 new\n~ 1 changed\n  (no name)\n    title: null → \"Clerk\"\n= 0 unchanged\nx 1 rejected\n  \
         (no name): name: it is blank, and a new lead needs one\n"
    );
    let words = sync(&copper, records(), Sync::by_email()).await;
    assert_eq!(words, ["rejected", "updated"]);
    assert_eq!(requests(&sandbox)["bulk_create_leads"], 1);
    assert_eq!(lead(&sandbox, "pam")["title"], "Clerk");
}

#[tokio::test]
async fn a_lead_that_can_not_be_read_at_all_is_not_taken_for_absent() {
    let (sandbox, copper) = sandbox().await;
    let names = ["jim", "pam", "ryan"].map(record);
    sync(&copper, names.to_vec(), Sync::by_email()).await;
    for odd in [
        Odd::Id(json!(null)),
        Odd::Item(json!({})),
        Odd::FailureWithId,
    ] {
        sandbox.clear_faults();
        let fault = Fault::OddItem { at: 1, odd };
        sandbox.inject(fault, When::always().of("search_leads"));
        let mut run = copper.sync_leads(names.clone(), Sync::by_email());
        let words: Vec<_> = all(&mut run)
            .await
            .iter()
            .map(|item| super::word(&item.outcome))
            .collect();
        assert_eq!(words, ["not sent"; 3]);
        let mut leads = copper.all_leads(LeadSearch::default());
        let error = leads.next().await.expect("one").expect_err("an error");
        assert!(error.to_string().contains("can't be read"), "{error}");
    }
    assert_eq!(sandbox.leads().len(), 3);
}

#[tokio::test]
async fn all_leads_come_once_each_in_the_order_of_their_creation() -> Result<(), Box<dyn Error>> {
    let (sandbox, copper) = sandbox().await;
    let ids: Vec<i64> = (0..1_000_i64)
        .map(|n| {
            sandbox.put(
                "leads",
                &json!({"name": format!("lead{n}"), "date_created": 1_000 + n / 70}),
            )
        })
        .collect::<Result<_, _>>()?;
    let mut all = copper.all_leads(LeadSearch::default());
    let mut found = Vec::new();
    while let Some(lead) = all.next().await {
        found.push(lead?.id.0);
    }
    assert_eq!(found, ids);
    let searches = requests(&sandbox)["search_leads"];
    assert!(searches <= 8, "{searches}");
    Ok(())
}
