//! The JSON forms of this crate's own types: outcomes, their reasons, counts, limits. They are stable, and
//! contain no credentials.

use std::time::Duration;

use copper_crm::{
    NewLead,
    bulk::{Reconcile, from_try_stream},
    limit::Limit,
};
use copper_crm_sandbox::{Fault, Sandbox, When};
use futures_util::stream;
use serde_json::{Value, json};

use crate::support::clock::in_virtual_time;

const IMPORT: &str = "bulk_create_leads";

async fn outcomes(sandbox: &Sandbox, leads: impl IntoIterator<Item = NewLead>) -> Vec<Value> {
    let copper = sandbox.copper().build().expect("a client");
    let leads: Vec<NewLead> = leads.into_iter().collect();
    let mut run = copper.bulk_create_leads(leads).checked();
    let mut outcomes = Vec::new();
    while let Some(item) = run.next().await {
        outcomes.push(serde_json::to_value(item).expect("JSON"));
    }
    outcomes
}

#[test]
fn an_outcome_says_which_it_is_and_why() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let leads = [NewLead::named("Jim"), NewLead::named("")];
        let mut settled = outcomes(&sandbox, leads).await;
        let done = settled.remove(0);
        assert_eq!(done["detail"]["name"], "Jim");
        assert!(done["detail"]["id"].is_i64());
        for (field, value) in [
            ("index", json!(0)),
            ("input", json!({"name": "Jim"})),
            ("outcome", json!("done")),
            ("from_journal", json!(false)),
        ] {
            assert_eq!(done[field], value);
        }
        assert_eq!(
            settled,
            [json!({
                "index": 1,
                "input": {"name": ""},
                "outcome": "rejected",
                "detail": {
                    "advice": "correct",
                    "reason": "name: it is blank",
                    "kind": "unsendable",
                    "advice": "correct",
                    "fields": {"name": ["it is blank"]},
                },
                "from_journal": false,
            })]
        );
        sandbox.inject(Fault::ResetAfter, When::nth(1));
        let unknown = outcomes(&sandbox, [NewLead::named("Pam")]).await.remove(0);
        assert_eq!(unknown["outcome"], "unknown");
        let error = &unknown["detail"]["error"];
        assert_eq!(error["may_have_taken_effect"], true);
        assert_eq!(error["text"], unknown["detail"]["reason"]);
        sandbox.clear_faults();
        sandbox.inject(Fault::Refusal(401), When::always());
        let unsent = outcomes(&sandbox, [NewLead::named("Pam")]).await.remove(0);
        assert_eq!(unsent["outcome"], "not_sent");
        let error = unsent["detail"]["error"].as_object().expect("an error");
        let asked: Vec<&str> = error.keys().map(String::as_str).collect();
        assert_eq!(
            asked,
            [
                "advice",
                "cause",
                "fields",
                "kind",
                "may_have_taken_effect",
                "message",
                "operation",
                "request_id",
                "retry_after",
                "status",
                "text"
            ]
        );
        assert_eq!(
            (&error["kind"], &error["advice"]),
            (&json!("unauthorized"), &json!("correct"))
        );
        assert_eq!(
            (&error["status"], &error["operation"]),
            (&json!(401), &json!("bulk_create_leads"))
        );
    });
}

#[test]
fn what_was_looked_for_says_when() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        sandbox.inject(Fault::ErrorBefore(500), When::always().of(IMPORT));
        let copper = sandbox.copper().build().expect("a client");
        let by_email = Reconcile::by_email();
        for (how, outcome, said) in [
            (by_email.clone(), "unknown", "looked_until"),
            (
                by_email.absent_after(Duration::ZERO).into(),
                "not_sent",
                "absent_at",
            ),
        ] {
            let lead = NewLead::named("Jim").email("jim@example.com");
            let mut run = copper.bulk_create_leads([lead]).reconcile(how);
            let item = json!(run.next().await.expect("an outcome"));
            assert_eq!(item["outcome"], outcome);
            assert!(item["detail"][said].is_i64(), "{item}");
        }
    });
}

#[test]
fn counts_progress_and_the_end_are_flat() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        let input = [Ok(NewLead::named("Jim")), Err("line 2 is torn")];
        let mut run = copper.bulk_create_leads(from_try_stream(stream::iter(input)));
        while run.next().await.is_some() {}
        let summary =
            json!({"records": "leads", "done": 1, "rejected": 0, "not_sent": 0, "unknown": 0});
        assert_eq!(json!(run.summary()), summary);
        let stopped = json!({"by": "input", "reason": "the input failed: line 2 is torn"});
        assert_eq!(json!(run.stopped_by()), stopped);
        let mut progress = json!(run.progress().now());
        let progress = progress.as_object_mut().expect("an object");
        for (name, value) in summary.as_object().expect("an object") {
            assert_eq!(progress.remove(name).as_ref(), Some(value));
        }
        assert!(progress["elapsed"].is_f64() && progress["per_second"].is_f64());
        let rest: Vec<&str> = progress.keys().map(String::as_str).collect();
        assert_eq!(
            rest,
            [
                "elapsed",
                "is_over",
                "per_second",
                "taken",
                "time_left",
                "total"
            ]
        );
    });
}

#[test]
fn a_limit_is_written_as_in_the_schema() {
    let text = r#"{"applies_to":"bulk","requests":3,"seconds":1.0}"#;
    let limit: Limit = serde_json::from_str(text).expect("a limit");
    assert_eq!(serde_json::to_string(&limit).expect("JSON"), text);
    for nonsense in ["-1", "1e300", "null"] {
        let text = format!(r#"{{"applies_to":"all","requests":1,"seconds":{nonsense}}}"#);
        assert!(serde_json::from_str::<Limit>(&text).is_err(), "{text}");
    }
}
