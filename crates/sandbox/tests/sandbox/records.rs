//! Credentials, and the record of the requests that arrived.

use copper_crm_sandbox::Sandbox;
use reqwest::Method;
use serde_json::json;

use crate::{Program, names, reply};

#[tokio::test]
async fn the_three_headers_or_a_bearer_token_open_the_door() {
    let sandbox = Sandbox::start().await.unwrap();
    let program = Program::of(&sandbox);
    let lower = program
        .bare(Method::GET, "/lead_statuses")
        .header("x-pw-accesstoken", &program.token)
        .header("x-pw-application", "developer_api")
        .header("x-pw-useremail", &program.email)
        .header("x-anything-else", "is fine");
    assert_eq!(reply(lower).await.unwrap().status, 200);
    let bearer = program
        .bare(Method::GET, "/lead_statuses")
        .bearer_auth(&program.token);
    assert_eq!(reply(bearer).await.unwrap().status, 200);
}

#[tokio::test]
async fn missing_or_wrong_credentials_are_refused_and_use_up_no_limit() {
    let sandbox = Sandbox::start().await.unwrap();
    let program = Program::of(&sandbox);
    let (token, email) = (
        ("X-PW-AccessToken", program.token.as_str()),
        ("X-PW-UserEmail", program.email.as_str()),
    );
    let application = ("X-PW-Application", "developer_api");
    let wrong: [&[(&str, &str)]; 7] = [
        &[],
        &[token, email],
        &[token, application],
        &[email, application],
        &[("X-PW-AccessToken", "another"), email, application],
        &[
            token,
            ("X-PW-UserEmail", "another@example.com"),
            application,
        ],
        &[token, email, ("X-PW-Application", "another")],
    ];
    for _ in 0..30 {
        for headers in wrong {
            let bare = program.bare(Method::POST, "/leads").body(r#"{"name":"x"}"#);
            let request = headers
                .iter()
                .fold(bare, |request, (name, value)| request.header(*name, *value));
            assert_eq!(reply(request).await.unwrap().status, 401, "{headers:?}");
        }
    }
    assert!(names(&sandbox).is_empty());
    assert_eq!(program.get("/lead_statuses").await.status, 200);
}

#[tokio::test]
async fn what_arrives_is_remembered_and_shown_without_secrets() {
    let sandbox = Sandbox::builder()
        .credentials("s3cret-token", "owner@private.example")
        .start()
        .await
        .unwrap();
    let program = Program::of(&sandbox);
    program.bulk(&["Ada Lovelace", "B"]).await;
    program.get("/leads/1").await;
    let arrivals = sandbox.arrivals();
    let seen: Vec<_> = arrivals
        .iter()
        .map(|a| {
            (
                a.method.as_str(),
                a.path.as_str(),
                a.operation,
                a.items,
                a.status,
            )
        })
        .collect();
    let expected = [
        (
            "POST",
            "/leads/bulk_create",
            Some("bulk_create_leads"),
            2,
            Some(200),
        ),
        ("GET", "/leads/1", Some("get_lead"), 0, Some(404)),
    ];
    assert_eq!(seen, expected);
    assert!(arrivals[0].at <= arrivals[1].at);
    assert!(
        arrivals[0].contains("Ada Lovelace")
            && arrivals[0].contains("s3cret-token")
            && !arrivals[1].contains("Ada")
    );
    let shown = format!(
        "{sandbox:?} {arrivals:?} {:?}",
        Sandbox::builder().credentials("s3cret-token", "owner@private.example")
    );
    assert!(
        ["s3cret", "private", "Ada"]
            .iter()
            .all(|secret| !shown.contains(secret)),
        "{shown}"
    );
}

#[tokio::test]
async fn the_summary_is_served_beside_the_api_and_counts_for_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    let program = Program::of(&sandbox);
    program.bulk(&["a", "b"]).await;
    let url = sandbox.base_url().replace("/developer_api/v1", "/sandbox");
    let report = reply(program.http.get(url)).await.unwrap();
    assert_eq!(
        report.json(),
        json!({ "leads": 2, "requests": 1, "bulk_requests": 1, "limited": 0, "faults": 0 })
    );
    assert_eq!(
        sandbox.summary().to_string(),
        "2 leads; 1 requests, 1 of them bulk, 0 answered with 429, 0 met a fault"
    );
}
