//! The handle: what it refuses before anything is sent, what it adds to every request, and what it never
//! shows.

use std::{env, process::Command, time::Duration};

use copper_crm::{
    Copper, Error, NewLead, Outcome,
    limit::{AppliesTo, Limit},
    schema::Idempotency,
    types::LeadId,
};
use copper_crm_sandbox::{Fault, Sandbox, When};
use reqwest::Method;
use serde_json::Value;
use tokio::{
    net::TcpListener,
    time::{sleep, timeout},
};

use crate::support::{
    clock::in_virtual_time,
    wire::{Wire, answer},
};

const TOKEN: &str = "a-token-nobody-may-see";
const EMAIL: &str = "owner-nobody-may-see@example.com";

fn refusal(builder: copper_crm::Builder) -> String {
    let error = builder.build().expect_err("it is refused");
    assert!(error.is_config() && !error.may_have_taken_effect());
    let shown = format!("{error} {error:?}");
    assert!(
        !shown.contains(TOKEN) && !shown.contains("nobody-may-see"),
        "{shown}"
    );
    error.to_string()
}

#[test]
fn empty_or_illegal_credentials_are_refused() {
    assert_eq!(
        refusal(Copper::builder("", EMAIL)),
        "the access token is empty"
    );
    assert_eq!(
        refusal(Copper::builder(" \n", EMAIL)),
        "the access token is empty"
    );
    assert_eq!(
        refusal(Copper::builder(TOKEN, "")),
        "the user e-mail is empty"
    );
    assert_eq!(refusal(Copper::oauth("")), "the access token is empty");
    let illegal = "has characters that an HTTP header can't carry";
    assert_eq!(
        refusal(Copper::builder(format!("{TOKEN}\r\nX: y"), EMAIL)),
        format!("the access token {illegal}")
    );
    assert_eq!(
        refusal(Copper::builder(TOKEN, format!("{EMAIL}\u{1F600}"))),
        format!("the user e-mail {illegal}")
    );
    assert_eq!(
        refusal(Copper::oauth(format!("{TOKEN}\0"))),
        format!("the access token {illegal}")
    );
}

#[test]
fn a_url_that_would_leak_or_go_astray_is_refused() {
    let refusal_of = |url: &str| refusal(Copper::builder(TOKEN, EMAIL).base_url(url));
    assert!(refusal_of("http://api.copper.com/v1").contains("http is only for loopback addresses"));
    assert!(
        refusal_of("http://127.0.0.1.example.com/").contains("http is only for loopback addresses")
    );
    assert!(refusal_of("ftp://127.0.0.1/").contains("must start with https://"));
    assert!(refusal_of("").contains("can't be read"));
    assert!(refusal_of("api.copper.com").contains("can't be read"));
    assert!(
        refusal_of("https://user:nobody-may-see@api.copper.com/").contains("holds credentials")
    );
    assert!(refusal_of("https://api.copper.com/?key=nobody-may-see").contains("has a query"));
}

#[test]
fn https_anywhere_and_http_on_loopback_are_taken() {
    for url in [
        "https://example.com/x/",
        "http://127.0.0.1:1/x",
        "http://[::1]:1/x",
        "http://localhost:1/x",
    ] {
        let copper = Copper::builder(TOKEN, EMAIL)
            .base_url(url)
            .build()
            .expect(url);
        assert_eq!(copper.base_url(), url.trim_end_matches('/'));
    }
}

#[test]
fn neither_the_handle_nor_its_parts_show_a_secret() {
    let builder = Copper::builder(TOKEN, EMAIL);
    let mut shown = format!("{builder:?}");
    let copper = builder.build().expect("the settings are good");
    let run = copper.bulk_create_leads([NewLead::named("nobody-may-see")]);
    shown.push_str(&format!("{copper:?} {run:?} {:?}", copper.limiter()));
    assert!(!shown.contains("nobody-may-see"), "{shown}");
}

#[tokio::test]
async fn every_request_carries_the_documented_headers_and_no_api_version() {
    let wire = Wire::answering(answer("200 OK", "", r#"{"id":7}"#)).await;
    let copper = Copper::builder(TOKEN, EMAIL)
        .base_url(format!("{}/v1/", wire.url))
        .build()
        .expect("built");
    copper.get_lead(LeadId(7)).await.expect("a lead");
    copper
        .create_lead(&NewLead::named("Jim"))
        .await
        .expect("a lead");
    let arrived = wire.arrived();
    assert!(
        arrived[0].starts_with("GET /v1/leads/7 HTTP/1.1\r\n"),
        "{}",
        arrived[0]
    );
    assert!(
        arrived[1].starts_with("POST /v1/leads HTTP/1.1\r\n"),
        "{}",
        arrived[1]
    );
    assert!(
        arrived[1].contains("content-type: application/json\r\n")
            && arrived[1].ends_with(r#"{"name":"Jim"}"#)
    );
    for request in arrived {
        for header in [
            format!("x-pw-accesstoken: {TOKEN}\r\n"),
            format!("x-pw-useremail: {EMAIL}\r\n"),
            "x-pw-application: developer_api\r\n".to_owned(),
            format!("user-agent: copper-crm/{}\r\n", env!("CARGO_PKG_VERSION")),
        ] {
            assert_eq!(request.matches(&header).count(), 1, "{header}");
        }
        assert!(
            !request.contains("api-version") && !request.contains("referer"),
            "{request}"
        );
    }
}

#[tokio::test]
async fn oauth_sends_the_bearer_token_and_no_key() {
    let wire = Wire::answering(answer("200 OK", "", "[]")).await;
    let copper = Copper::oauth(TOKEN)
        .base_url(&wire.url)
        .build()
        .expect("built");
    copper.list_lead_statuses().await.expect("no statuses");
    let request = &wire.arrived()[0];
    assert!(
        request.contains(&format!("authorization: Bearer {TOKEN}\r\n"))
            && !request.contains("x-pw-"),
        "{request}"
    );
}

#[tokio::test]
async fn a_request_that_is_answered_with_nothing_is_done_and_not_sent_again() {
    for status in ["204 No Content", "200 OK"] {
        let wire = Wire::answering(answer(status, "", "")).await;
        let copper = Copper::builder(TOKEN, EMAIL).base_url(&wire.url);
        let copper = copper.build().expect("built");
        let deleted = copper
            .request(Method::DELETE, "/webhooks/7", None, Idempotency::Idempotent)
            .await;
        assert_eq!(deleted.expect("it is done"), Value::Null, "{status}");
        assert_eq!(wire.arrived().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn runs_beside_each_other_take_no_more_connections_than_one() {
    let leads = [r#"{"id":1000000}"#; 10].join(",");
    let leads = answer("200 OK", "", &format!("[{leads}]"));
    let wire = Wire::answering_with_new_ids(leads).await;
    let copper = Copper::builder(TOKEN, EMAIL)
        .base_url(&wire.url)
        .limits([])
        .build()
        .expect("built");
    let runs = (0..5).map(|_| {
        let mut run = copper.bulk_create_leads((0..300).map(|n| NewLead::named(format!("{n}"))));
        async move {
            while run.next().await.is_some() {}
            run.summary().done
        }
    });
    let done = futures_util::future::join_all(runs).await;
    assert_eq!(done, [300; 5]);
    assert_eq!(wire.arrived().len(), 5 * 30);
    let connections = wire.connections();
    assert!((1..=16).contains(&connections), "{connections}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_even_if_the_user_asks_for_it() {
    let other = Wire::answering(answer("200 OK", "", r#"{"id":7}"#)).await;
    let away = format!("Location: {}/leads\r\n", other.url);
    for status in [
        "301 Moved",
        "302 Found",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let wire = Wire::answering(answer(status, &away, "")).await;
        let copper = Copper::builder(TOKEN, EMAIL)
            .base_url(&wire.url)
            .http(|client| client.redirect(reqwest::redirect::Policy::limited(5)))
            .build()
            .expect("built");
        let error = copper
            .create_lead(&NewLead::named("Jim"))
            .await
            .expect_err("no redirects");
        assert_eq!(
            error.status(),
            status.split(' ').next().and_then(|code| code.parse().ok())
        );
        assert_eq!(wire.arrived().len(), 1, "{status} is not sent again");
    }
    assert!(other.arrived().is_empty(), "nothing reaches another host");
}

#[tokio::test]
async fn without_a_server_a_call_says_that_nothing_was_done() {
    let free = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port")
        .local_addr()
        .expect("an address");
    tokio::time::pause();
    let copper = Copper::builder(TOKEN, EMAIL)
        .base_url(format!("http://{free}"))
        .build()
        .expect("built");
    let error = copper
        .create_lead(&NewLead::named("Jim"))
        .await
        .expect_err("nobody listens");
    assert!(error.is_not_connected() && !error.may_have_taken_effect());
    let text = error.to_string();
    assert!(
        text.starts_with("create_lead: no connection to Copper could be made: Connection refused")
            && text.ends_with(&format!(
                " ({free}); nothing was done, and it may be sent again"
            )),
        "{text}"
    );
}

#[test]
fn what_never_left_takes_nothing_of_the_limits() {
    let once_a_year = Limit {
        applies_to: AppliesTo::All,
        requests: 1,
        window: Duration::from_secs(365 * 24 * 60 * 60),
    };
    in_virtual_time(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let free = listener.local_addr().expect("an address");
        drop(listener);
        let copper = Copper::builder(TOKEN, EMAIL)
            .base_url(format!("http://{free}"))
            .limits([once_a_year])
            .build()
            .expect("built");
        let lead = NewLead::named("Jim");
        let call = copper.create_lead(&lead);
        let error = timeout(Duration::from_secs(600), call)
            .await
            .expect("no attempt waits for a year")
            .expect_err("nobody listens");
        assert!(error.is_not_connected());
    });
}

#[test]
fn a_single_call_that_was_limited_holds_back_all_others() {
    in_virtual_time(async {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        let retry_after = Some("30".to_owned());
        sandbox.inject(Fault::TooManyRequests { retry_after }, When::nth(1));
        let (first, later) = (NewLead::named("first"), NewLead::named("later"));
        let call_later = async {
            sleep(Duration::from_secs(10)).await;
            copper.create_lead(&later).await
        };
        let (first, later) = tokio::join!(copper.create_lead(&first), call_later);
        assert!(first.expect("created").id < later.expect("created").id);
    });
}

#[test]
fn a_run_outside_of_a_runtime_sends_nothing_and_says_why() {
    let copper = Copper::builder(TOKEN, EMAIL)
        .base_url("http://127.0.0.1:1")
        .build()
        .expect("built");
    let mut run = copper.bulk_create_leads([NewLead::named("Jim"), NewLead::named("Pam")]);
    let items = futures_executor(&mut run);
    assert_eq!(items, 2);
    assert_eq!(run.summary().not_sent, 2);
    let why = run.stopped_by().expect("it was stopped").to_string();
    assert!(
        why.contains("must be polled within a tokio runtime"),
        "{why}"
    );
}

/// Polls a run to its end without a runtime.
fn futures_executor(
    run: &mut copper_crm::bulk::Run<'_, copper_crm::types::BulkCreateLeads>,
) -> usize {
    use futures_util::StreamExt;
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut items = 0;
    while let std::task::Poll::Ready(Some(_)) = run.poll_next_unpin(&mut context) {
        items += 1;
    }
    items
}

/// The result of `from_env` with these variables, in a separate process.
fn from_env(variables: &[(&str, &str)]) -> String {
    let output = Command::new(env::current_exe().expect("this program"))
        .args([
            "--exact",
            "handle::say_what_from_env_makes_of_the_environment",
            "--nocapture",
        ])
        .env_remove("COPPER_ACCESS_TOKEN")
        .env_remove("COPPER_USER_EMAIL")
        .env_remove("COPPER_OAUTH_TOKEN")
        .env_remove("COPPER_BASE_URL")
        .envs(variables.iter().copied())
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.lines()
        .find_map(|line| Some(line.split_once("from_env: ")?.1.to_owned()))
        .expect("an answer")
}

#[test]
fn say_what_from_env_makes_of_the_environment() {
    match Copper::from_env() {
        Ok(copper) => println!("from_env: {}", copper.base_url()),
        Err(error) => println!("from_env: {error}"),
    }
}

#[test]
fn the_environment_names_the_account_and_where_it_is() {
    let (token, email) = (("COPPER_ACCESS_TOKEN", TOKEN), ("COPPER_USER_EMAIL", EMAIL));
    assert_eq!(
        from_env(&[token, email]),
        "https://api.copper.com/developer_api/v1"
    );
    assert_eq!(
        from_env(&[
            token,
            email,
            ("COPPER_BASE_URL", "http://127.0.0.1:8080/v1")
        ]),
        "http://127.0.0.1:8080/v1"
    );
    let missing =
        |name| format!("the environment variable {name} is missing, empty or not Unicode");
    assert_eq!(from_env(&[email]), missing("COPPER_ACCESS_TOKEN"));
    assert_eq!(from_env(&[token]), missing("COPPER_USER_EMAIL"));
    assert_eq!(
        from_env(&[("COPPER_ACCESS_TOKEN", " "), email]),
        missing("COPPER_ACCESS_TOKEN")
    );
}

#[test]
fn an_oauth_token_in_the_environment_stands_in_place_of_the_key() {
    let (token, email) = (("COPPER_ACCESS_TOKEN", TOKEN), ("COPPER_USER_EMAIL", EMAIL));
    let oauth = ("COPPER_OAUTH_TOKEN", TOKEN);
    let url = "https://api.copper.com/developer_api/v1";
    assert_eq!(from_env(&[oauth]), url);
    assert_eq!(from_env(&[oauth, email]), url);
    assert_eq!(
        from_env(&[oauth, token, email]),
        "the environment variables COPPER_ACCESS_TOKEN and COPPER_OAUTH_TOKEN are both set; unset one"
    );
    assert_eq!(from_env(&[("COPPER_OAUTH_TOKEN", " "), token, email]), url);
}

#[test]
fn http_to_another_machine_must_be_allowed() {
    let url = "http://sandbox:8080/developer_api/v1";
    let builder = || Copper::builder(TOKEN, EMAIL).base_url(url);
    assert!(refusal(builder()).contains("`allow_http`"));
    let copper = builder().allow_http().build().expect("allowed");
    assert_eq!(copper.base_url(), url);
    let ftp = Copper::builder(TOKEN, EMAIL).base_url("ftp://sandbox/v1");
    assert!(refusal(ftp.allow_http()).contains("must start with https://"));
}

#[test]
fn what_callers_hold_can_cross_threads() {
    fn can_cross<T: Send + 'static>() {}
    can_cross::<Copper>();
    can_cross::<Error>();
    can_cross::<copper_crm::bulk::Run<'static, copper_crm::types::BulkCreateLeads>>();
    can_cross::<Outcome<copper_crm::types::Lead>>();
    can_cross::<copper_crm::bulk::Progress>();
    can_cross::<copper_crm::bulk::Reconcile>();
    can_cross::<copper_crm::Found<copper_crm::types::Lead>>();
}

#[test]
fn what_waits_for_a_run_can_be_a_task_of_its_own() {
    use copper_crm::bulk::{MatchBy, Progress, Reconcile};
    fn can_cross(_: impl Future + Send + 'static) {}
    fn loads(copper: Copper, leads: Vec<NewLead>) -> impl Future + Send + 'static {
        async move {
            let run = copper.bulk_create_leads(leads).checked().journal("journal");
            run.reconcile(Reconcile::by_email()).next().await
        }
    }
    async fn syncs(copper: Copper, leads: Vec<NewLead>) {
        let mut run = copper.upsert_leads(leads, MatchBy::Email).checked();
        run.next().await;
    }
    async fn watches(mut progress: Progress) {
        progress.changed().await;
    }
    let copper = Copper::oauth("a token").build().expect("a client");
    let progress = copper.bulk_create_leads([]).progress();
    can_cross(loads(copper.clone(), Vec::new()));
    can_cross(syncs(copper, Vec::new()));
    can_cross(watches(progress));
}
