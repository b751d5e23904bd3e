//! The contents of an error: its kind, its cause, the host, whether it may have taken effect, and what to do.
//! Text from outside can't control a terminal.

use std::{
    future::IntoFuture,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use copper_crm::{
    Advice, Copper, CustomValue, Error, ErrorKind, NewLead, Outcome,
    sync::{Sync, SyncOutcome},
    types::{CustomField, CustomFieldDefinitionId, LeadMatch, LeadSearch, LeadUpdate},
};
use copper_crm_sandbox::{Fault, Sandbox, When};
use futures_util::FutureExt;
use serde_json::json;

use crate::support::wire::{Wire, answer};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const OWNER: &str = "owner@example.com";

fn client(url: &str) -> Copper {
    let builder = Copper::builder(TOKEN, OWNER).base_url(url);
    builder.limits([]).build().expect("a client")
}

async fn create(url: &str) -> Error {
    let made = client(url)
        .create_lead(&NewLead::named("Jim Halpert"))
        .await;
    made.expect_err("it is no lead")
}

#[tokio::test]
async fn an_empty_success_says_that_it_is_empty() {
    let wire = Wire::answering(answer("200 Status", "", "")).await;
    let error = create(&wire.url).await;
    assert_eq!(
        (error.kind(), error.advice()),
        (ErrorKind::Unreadable, Advice::LookUp)
    );
    assert!(error.to_string().contains("it is empty"), "{error}");
}

#[tokio::test]
async fn a_wrong_base_url_is_hinted_at_with_itself() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let right = sandbox.copper().build().expect("a client");
    let wrong = format!("{}/wrong", right.base_url());
    let copper = sandbox.copper().base_url(&wrong).build().expect("a client");
    let error = copper.create_lead(&NewLead::named("Jim")).await;
    let error = error.expect_err("nothing is there");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(
        error
            .to_string()
            .contains(&format!("is the base URL {wrong} right?")),
        "{error}"
    );
}

#[tokio::test]
async fn an_error_is_the_same_in_json() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    let error = copper
        .create_lead(&NewLead::named(""))
        .await
        .expect_err("it has no name");
    let said = json!(error);
    assert_eq!(error.operation(), Some("create_lead"));
    assert!(error.fields().contains_key("name"), "{said}");
    for (field, value) in [
        ("kind", json!("invalid")),
        ("advice", json!("correct")),
        ("operation", json!("create_lead")),
        ("status", json!(422)),
        ("fields", json!(error.fields())),
        ("may_have_taken_effect", json!(false)),
    ] {
        assert_eq!(said[field], value, "{said}");
    }
}

#[tokio::test]
async fn what_only_reads_never_claims_to_have_taken_effect() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    let id = copper
        .create_lead(&NewLead::named("Jim"))
        .await
        .expect("a lead")
        .id;
    for operation in ["search_leads", "list_lead_activities", "get_lead"] {
        sandbox.inject(Fault::ErrorAfter(500), When::always().of(operation));
    }
    let errors = [
        copper
            .search_leads(LeadSearch::default())
            .next()
            .await
            .and_then(Result::err),
        copper.search_leads_page(&LeadSearch::default()).await.err(),
        copper
            .list_lead_activities(id, &Default::default())
            .await
            .err(),
        copper.get_lead(id).await.err(),
    ];
    for error in errors {
        let error = error.expect("it fails");
        assert_eq!(
            (error.kind(), error.advice()),
            (ErrorKind::Server, Advice::Retry)
        );
        assert!(!error.may_have_taken_effect(), "{error}");
    }
}

#[test]
fn outside_of_a_runtime_a_call_is_a_sentence_and_no_panic() {
    let copper = Copper::builder(TOKEN, OWNER).build().expect("a client");
    let lead = NewLead::named("Jim");
    let error = copper
        .create_lead(&lead)
        .now_or_never()
        .expect("nothing to wait for");
    let error = error.expect_err("there is no runtime");
    assert!(error.is_config() && !error.may_have_taken_effect());
    let text = error.to_string();
    assert!(
        text.starts_with("a call must be made within a tokio runtime"),
        "{text}"
    );
}

#[test]
fn outside_of_a_runtime_searches_lookups_and_syncs_are_sentences_too() {
    let copper = Copper::builder(TOKEN, OWNER).build().expect("a client");
    let told = "must be made within a tokio runtime";
    let mut found = copper.search_leads(LeadSearch::default());
    let found = found.next().now_or_never().expect("nothing to wait for");
    let error = found.and_then(Result::err).expect("there is no runtime");
    assert!(error.to_string().contains(told), "{error}");
    let loaded = copper.directory().into_future().now_or_never();
    let error = loaded.expect("nothing to wait for").expect_err("likewise");
    assert!(error.to_string().contains(told), "{error}");

    let lead = || [NewLead::named("Jim").email("jim@example.com")];
    let mut sync = copper.sync_leads(lead(), Sync::by_email());
    let item = sync.next().now_or_never().expect("nothing to wait for");
    let item = item.expect("an outcome");
    assert!(matches!(item.outcome, SyncOutcome::NotSent(_)), "{item:?}");
    let why = sync.stopped_by().expect("a reason").to_string();
    assert!(why.contains(told), "{why}");
    let mut sync = copper
        .sync_leads(lead(), Sync::by_email())
        .journal("journal");
    let item = sync.next().now_or_never().expect("nothing to wait for");
    // Nobody has asked the journal what an earlier start has sent.
    let item = item.expect("an outcome");
    assert!(matches!(item.outcome, SyncOutcome::Unknown(_)), "{item:?}");
    let why = sync.stopped_by().expect("a reason").to_string();
    assert!(
        why.contains("a sync must be polled within a tokio runtime"),
        "{why}"
    );
}

#[tokio::test]
async fn no_number_leaves_that_json_cant_hold() {
    let wire = Wire::answering(answer("500 Status", "", "{}")).await;
    let copper = client(&wire.url);
    let custom = CustomField::new(7).value(CustomValue::from(f64::INFINITY));
    for (lead, field) in [
        (
            NewLead::named("Jim").monetary_value(f64::NAN),
            "monetary_value",
        ),
        (
            NewLead::named("Jim").custom_field(custom),
            "custom_fields[0].value",
        ),
    ] {
        let error = copper.create_lead(&lead).await.expect_err("it is no JSON");
        assert_eq!(error.kind(), ErrorKind::Unsendable);
        assert!(error.to_string().contains(field), "{error}");
        let mut run = copper.bulk_create_leads([lead]);
        let item = run.next().await.expect("an outcome");
        let Outcome::Rejected(why) = item.outcome else {
            panic!("{:?}", item.outcome)
        };
        assert_eq!(
            why.to_string(),
            format!("{field}: it is a number that JSON can't hold")
        );
    }
    let search = LeadSearch::default().minimum_monetary_value(f64::NAN);
    assert!(copper.search_leads_page(&search).await.is_err());
    let update = LeadUpdate::default().monetary_value(f64::NAN);
    assert!(copper.update_lead(7, &update).await.is_err());
    let jim = NewLead::named("Jim");
    for by in [
        LeadMatch::custom_field(CustomFieldDefinitionId(7), f64::NAN),
        LeadMatch::email(" "),
    ] {
        let error = copper.upsert_lead(&jim, by).await.expect_err("no match");
        assert!(error.to_string().contains("match.field_value"), "{error}");
    }
    assert_eq!(wire.arrived().len(), 0);
}

#[tokio::test]
async fn a_bad_number_costs_no_other_record_nor_the_journal() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    let folder = crate::support::folder::Folder::new();
    let leads = [1.0, f64::NAN, 3.0].map(|value| NewLead::named("Jim").monetary_value(value));
    let mut run = copper
        .bulk_create_leads(leads)
        .journal(folder.file("journal"));
    let mut kinds = String::new();
    while let Some(item) = run.next().await {
        kinds.push(if item.outcome.is_done() { 'D' } else { 'R' });
    }
    assert_eq!((kinds.as_str(), sandbox.leads().len()), ("DRD", 2));
}

#[tokio::test]
async fn text_of_a_server_acts_on_no_terminal() {
    let body = "no\u{1b}[2K\r\n1 done\u{202e}";
    let wire = Wire::answering(answer("401 Status", "", body)).await;
    let error = create(&wire.url).await;
    let shown = format!("{error} {error:?} {}", json!(error));
    assert!(
        !shown.contains(char::is_control) && !shown.contains('\u{202e}'),
        "{shown:?}"
    );
    let item = json!([{"success": false, "message": {"na\u{1b}me": [{"error": body}]}}]);
    let wire = Wire::answering(answer("200 Status", "", &item.to_string())).await;
    let mut run = client(&wire.url).bulk_create_leads([NewLead::named("Jim")]);
    let item = run.next().await.expect("an outcome");
    let Outcome::Rejected(why) = item.outcome else {
        panic!("{:?}", item.outcome)
    };
    let shown = format!("{why} {:?}", why.fields());
    assert!(
        !shown.contains(char::is_control) && !shown.contains('\u{202e}'),
        "{shown:?}"
    );
}

#[tokio::test]
async fn a_success_that_quotes_the_credentials_shows_none_of_them() {
    let encoded = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
    for said in [TOKEN, OWNER, encoded, "owner%40example.com"] {
        let failure = json!({"success": false, "message": {said: [{"error": said}]}, "at": said});
        let odd = json!({"id": said});
        for item in [failure, odd] {
            let wire = Wire::answering(answer("200 Status", "", &json!([item]).to_string())).await;
            let mut run = client(&wire.url).bulk_create_leads([NewLead::named("Jim")]);
            let item = run.next().await.expect("an outcome");
            let raw = match &item.outcome {
                Outcome::Rejected(why) => format!("{:?} {:?}", why.raw(), why.fields()),
                Outcome::Unknown(why) => {
                    format!("{:?}", why.raw().map(|raw| raw.as_str().to_owned()))
                }
                other => panic!("{other:?}"),
            };
            let shown = format!("{:?} {raw} {}", item.outcome, json!(item)).to_lowercase();
            assert!(!shown.contains(&said.to_lowercase()), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_persons_taken_address_is_told_with_a_hint() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    let pam = || copper_crm::types::NewPerson::named("Pam").email("pam@example.com");
    let mut run = copper.bulk_create_people([pam(), pam()]);
    let mut told = Vec::new();
    while let Some(item) = run.next().await {
        if let Outcome::Rejected(why) = item.outcome {
            told.push(why.to_string());
        }
    }
    let hint = "emails: invalid (another person may have one of these addresses)";
    assert!(
        !told.is_empty() && told.iter().all(|told| told == hint),
        "{told:?}"
    );
}

#[test]
fn a_runtime_that_was_blocked_loses_no_answer_that_has_arrived() {
    let limit = Duration::from_millis(300);
    // The sandbox has a runtime of its own, which goes on.
    let other = tokio::runtime::Runtime::new().expect("a runtime");
    let sandbox = other.block_on(Sandbox::start()).expect("a sandbox");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        let copper = sandbox
            .copper()
            .request_timeout(limit)
            .build()
            .expect("a client");
        let mut run = copper.bulk_create_leads((0..30).map(|n| NewLead::named(format!("{n}"))));
        let mut done = 0;
        while let Some(item) = run.next().await {
            done += usize::from(item.outcome.is_done());
            if item.index % 10 == 0 {
                // A caller that blocks for longer than the timeout, with requests in flight.
                std::thread::sleep(limit * 3);
            }
        }
        assert_eq!((done, sandbox.leads().len()), (30, 30));
    });
}

#[tokio::test]
async fn an_observer_is_told_of_each_attempt_and_headers_are_added() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    sandbox.inject(Fault::ErrorBefore(503), When::nth(1));
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&told);
    let copper = sandbox
        .copper()
        .on_attempt(move |attempt| {
            assert!(attempt.ended() >= attempt.started);
            let line = (
                attempt.operation,
                attempt.attempt,
                attempt.status,
                attempt.failure,
            );
            log.lock().expect("the log").push(line);
        })
        .on_attempt(|_| panic!("an observer's panic costs nothing"))
        .build()
        .expect("a client");
    copper.list_lead_statuses().await.expect("the second time");
    let told = told.lock().expect("the log").clone();
    let operation = "list_lead_statuses";
    assert_eq!(
        told,
        [
            (operation, 1, Some(503), None),
            (operation, 2, Some(200), None)
        ]
    );

    let wire = Wire::answering(answer("200 Status", "", "[]")).await;
    let copper = Copper::builder(TOKEN, OWNER)
        .base_url(&wire.url)
        .add_headers(|outgoing| {
            let trace = format!("{}-{}", outgoing.operation, outgoing.attempt);
            [
                ("traceparent", trace.as_str()),
                ("x-pw-accesstoken", "theirs"),
                ("host", "theirs"),
                ("user-agent", "theirs"),
                ("accept", "theirs"),
            ]
            .into_iter()
            .filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)))
            .collect()
        })
        .build()
        .expect("a client");
    copper.list_lead_statuses().await.expect("a list");
    let request = wire.arrived().remove(0);
    assert!(
        request.contains("traceparent: list_lead_statuses-1"),
        "{request}"
    );
    assert!(
        request.contains(TOKEN) && !request.contains("theirs"),
        "{request}"
    );
}

/// The variable that makes the test program the child below.
const CHILD: &str = "ERRORS_CHILD";

#[test]
fn a_child_builds_a_client_as_its_environment_says() {
    if std::env::var_os(CHILD).is_some() {
        match Copper::builder(TOKEN, OWNER).build() {
            Ok(_) => println!("SAID built"),
            Err(error) => println!("SAID {error}"),
        }
    }
}

/// The error of a client of the real base URL with these variables.
fn built_with(variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    for name in [
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    ] {
        command.env_remove(name);
    }
    let test = "errors::a_child_builds_a_client_as_its_environment_says";
    let output = command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .envs(variables.iter().copied())
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = said
        .lines()
        .find_map(|line| line.split_once("SAID "))
        .map(|(_, said)| said.to_owned());
    line.unwrap_or(said)
}

#[cfg(feature = "rustls-ring")]
#[test]
fn variables_that_cant_be_followed_are_refused_by_name() {
    assert_eq!(built_with(&[]), "built");
    assert_eq!(built_with(&[("HTTPS_PROXY", "http://proxy:3128")]), "built");
    for (name, value, why) in [
        (
            "HTTPS_PROXY",
            "sock5://user:secret@proxy:1080",
            "has a scheme that no proxy has",
        ),
        ("https_proxy", "what is this", "is not the URL of a proxy"),
        ("ALL_PROXY", "ftp://proxy", "has a scheme that no proxy has"),
        (
            "SSL_CERT_FILE",
            "/nonexistent.pem",
            "names /nonexistent.pem, which can't be read",
        ),
        (
            "SSL_CERT_FILE",
            "/dev/null",
            "names /dev/null, which holds no certificate in PEM",
        ),
        (
            "SSL_CERT_DIR",
            "/nonexistent",
            "names /nonexistent, which can't be read",
        ),
    ] {
        let said = built_with(&[(name, value)]);
        assert!(
            said.starts_with(&format!("the environment variable {name} {why}")),
            "{said}"
        );
        assert!(!said.contains("secret"), "{said}");
    }
}
