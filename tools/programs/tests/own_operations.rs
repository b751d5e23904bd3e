//! Operations that a user adds to a copy of the schema. `tests/sdk/regenerating.rs` of the SDK makes the copy and runs
//! these tests with it. Here Copper is a few routes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, RawQuery},
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use copper_crm::{
    Builder, Copper, ErrorKind, NewLead, Outcome,
    limit::{AppliesTo, Limit},
    types::{LeadMatch, NewWebhook, UpsertLead, WebhookId},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Serves these routes, and returns the settings of a client of them.
async fn served(routes: Router) -> Builder {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Copper::builder("the-token", "owner@example.com").base_url(format!("http://{address}"))
}

/// Counts its calls.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

impl Count {
    fn next(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn calls(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_read_takes_its_path_and_its_query_and_is_sent_again_when_its_answer_is_lost() {
    let count = Count::default();
    let counted = count.clone();
    let webhook = move |Path(id): Path<i64>, RawQuery(query): RawQuery, headers: HeaderMap| async move {
        assert_eq!(headers["x-pw-accesstoken"], "the-token");
        assert!(!headers.contains_key("api-version"));
        match counted.next() {
            1 => (StatusCode::BAD_GATEWAY, Json(json!({}))),
            _ => (
                StatusCode::OK,
                Json(json!({ "id": id, "target": query, "mood": "good" })),
            ),
        }
    };
    let routes = Router::new().route("/webhooks/{id}", get(webhook));
    let copper = served(routes).await.build().expect("a client");
    let found = copper
        .get_webhook(7, Some("new"))
        .await
        .expect("it is found");
    assert_eq!(found.id, WebhookId(7));
    assert_eq!(found.target.as_deref(), Some("event=new"));
    assert_eq!(found.extra["mood"], "good");
    assert_eq!(count.calls(), 2);
    let found = copper
        .get_webhook(WebhookId(8), None)
        .await
        .expect("it is found");
    assert_eq!((found.id, found.target), (WebhookId(8), None));
}

#[tokio::test]
async fn a_create_sends_its_body_once_and_its_error_is_ours_without_what_it_carried() {
    const SECRET: &str = "https://hooks.example.com/secret-path";
    let count = Count::default();
    let counted = count.clone();
    let create = move |Json(body): Json<Value>| async move {
        match counted.next() {
            1 => (
                StatusCode::OK,
                Json(json!({ "id": 7, "target": body["target"] })),
            ),
            _ => {
                let message = format!("{SECRET} failed");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    Json(json!({ "message": message })),
                )
            }
        }
    };
    let routes = Router::new().route("/webhooks", post(create));
    let copper = served(routes).await.build().expect("a client");
    let webhook = NewWebhook::new(SECRET).event("new");
    let made = copper
        .create_webhook(&webhook)
        .await
        .expect("it is created");
    assert_eq!(made.target.as_deref(), Some(SECRET));

    let error = copper.create_webhook(&webhook).await.expect_err("it fails");
    assert_eq!(
        count.calls(),
        2,
        "it may have been created, so it is not sent again"
    );
    assert_eq!(error.operation(), Some("create_webhook"));
    assert!(error.may_have_taken_effect(), "{error}");
    let shown = format!("{error} {error:?}");
    assert!(
        !shown.contains("secret-path") && !shown.contains("the-token"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_list_loses_only_what_cannot_be_read() {
    let list = || async { Json(json!([{ "id": 1, "target": 5 }, { "id": 2, "target": "b" }])) };
    let routes = Router::new().route("/webhooks", get(list));
    let copper = served(routes).await.build().expect("a client");
    let found = copper.list_webhooks(None, Some(50)).await.expect("a list");
    let targets: Vec<_> = found
        .iter()
        .map(|webhook| webhook.target.as_deref())
        .collect();
    assert_eq!(targets, [None, Some("b")]);
}

#[tokio::test]
async fn a_deletion_without_an_answer_is_done_at_once() {
    let count = Count::default();
    let counted = count.clone();
    let delete = move || async move {
        counted.next();
        StatusCode::NO_CONTENT
    };
    let routes = Router::new().route("/webhooks/{id}", axum::routing::delete(delete));
    let copper = served(routes).await.build().expect("a client");
    copper.delete_webhook(7).await.expect("it is deleted");
    assert_eq!(count.calls(), 1);
    let error = copper
        .get_webhook(7, None)
        .await
        .expect_err("no such route");
    assert_eq!(error.kind(), ErrorKind::Refused);
}

#[tokio::test]
async fn they_wait_for_the_same_limits_and_have_the_same_deadline() {
    let list = || async { Json(json!([])) };
    let routes = Router::new().route("/webhooks", get(list));
    let limit = Limit {
        applies_to: AppliesTo::All,
        requests: 2,
        window: Duration::from_secs(600),
    };
    let copper = served(routes)
        .await
        .limits([limit])
        .build()
        .expect("a client");
    let copper = copper.with_deadline(Duration::from_secs(2));
    for _ in 0..2 {
        copper.list_webhooks(None, None).await.expect("a list");
    }
    let error = copper
        .list_webhooks(None, None)
        .await
        .expect_err("no slot is left");
    assert!(
        error.is_timeout() && !error.may_have_taken_effect(),
        "{error}"
    );
}

#[tokio::test]
async fn a_bulk_operation_is_a_run() {
    let upsert = |Json(body): Json<Value>| async move {
        let leads = body["leads"].as_array().expect("a list").len();
        let leads = (1..=leads)
            .map(|id| json!({ "id": id }))
            .collect::<Vec<_>>();
        Json(leads)
    };
    let routes = Router::new().route("/leads/bulk_upsert", post(upsert));
    let copper = served(routes).await.build().expect("a client");
    let leads = (0..12).map(|n| {
        let lead = NewLead::named(format!("Lead {n}"));
        UpsertLead::new(lead, LeadMatch::email("a@example.com"))
    });
    let mut run = copper.bulk_upsert_leads(leads);
    while let Some(item) = run.next().await {
        assert!(matches!(item.outcome, Outcome::Done(_)));
    }
    assert_eq!(run.summary().done, 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_blocking_handle_has_them_too() {
    let list = || async { Json(json!([{ "id": 1 }])) };
    let routes = Router::new().route("/webhooks", get(list)).route(
        "/leads/bulk_upsert",
        post(|| async { Json(json!([{ "id": 7 }])) }),
    );
    let copper = served(routes).await.build().expect("a client");
    let copper = copper.blocking().expect("a thread");
    let ids = tokio::task::spawn_blocking(move || {
        let found = copper.list_webhooks(None, None).expect("a list");
        let lead = UpsertLead::new(NewLead::named("A"), LeadMatch::email("a@example.com"));
        assert_eq!(
            copper
                .bulk_upsert_leads([lead])
                .filter(|item| item.outcome.is_done())
                .count(),
            1
        );
        found
            .into_iter()
            .map(|webhook| webhook.id.0)
            .collect::<Vec<_>>()
    });
    assert_eq!(ids.await.expect("no panic"), [1]);
}
