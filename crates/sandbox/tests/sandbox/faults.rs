//! Every fault: what a client sees, and which records exist afterwards.

use std::time::Duration;

use copper_crm_sandbox::{Fault, Odd, Sandbox, When};
use serde_json::{Value, json};

use crate::{Program, Reply, names};

/// Injects a fault into one bulk request of two leads, and returns the result.
async fn struck(fault: Fault) -> (Result<Reply, reqwest::Error>, usize) {
    let sandbox = Sandbox::start().await.unwrap();
    let program = Program::of(&sandbox);
    sandbox.inject(fault.clone(), When::nth(1).of("bulk_create_leads"));
    let result = program.try_bulk(&["a", "b"]).await;
    let arrival = &sandbox.arrivals()[0];
    assert_eq!(arrival.fault, Some(fault.clone()));
    if let (Ok(reply), Some(status)) = (&result, arrival.status) {
        assert_eq!(reply.status, status, "{fault:?}");
    }
    let held = sandbox.leads().len();
    assert_eq!(held > 0, fault.works(), "{fault:?}");
    // The sandbox is none the worse for it.
    assert_eq!(program.bulk(&["c"]).await.status, 200);
    (result, held)
}

async fn answered(fault: Fault) -> Reply {
    struck(fault).await.0.unwrap()
}

#[tokio::test]
async fn a_lost_answer_is_an_error_and_the_work_is_done_or_not_as_the_fault_says() {
    let drip = Fault::Drip {
        pieces: 7,
        pause: Duration::from_millis(1),
    };
    assert_eq!(answered(drip).await.json().as_array().unwrap().len(), 2);
    for (fault, held) in [
        (Fault::ResetBefore, 0),
        (Fault::ResetAfter, 2),
        (Fault::CloseBefore, 0),
        (Fault::CloseAfter, 2),
        (Fault::CutOff, 2),
        (Fault::LengthTooLong, 2),
    ] {
        let (result, found) = struck(fault.clone()).await;
        let error = result
            .err()
            .unwrap_or_else(|| panic!("{fault:?} gave an answer"));
        assert!(
            !error.is_connect() && !error.is_timeout(),
            "{fault:?}: {error:?}"
        );
        assert_eq!(found, held, "{fault:?}");
    }
}

#[tokio::test]
async fn refusals_and_failures_have_their_status_and_body() {
    for status in [400, 401, 403, 413, 422] {
        let reply = answered(Fault::Refusal(status)).await;
        assert_eq!(
            (reply.status, &reply.json()["status"]),
            (status, &json!(status))
        );
    }
    for fault in [Fault::ErrorBefore(502), Fault::ErrorAfter(503)] {
        let reply = answered(fault).await;
        assert!(reply.status >= 502);
        assert_eq!(reply.header("content-type"), Some("text/html"));
        assert!(reply.body.starts_with(b"<html>"));
    }
    let reply = answered(Fault::TooManyRequests {
        retry_after: Some("2".to_owned()),
    })
    .await;
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (429, Some("2"))
    );
    assert_eq!(
        answered(Fault::TooManyRequests { retry_after: None })
            .await
            .header("retry-after"),
        None
    );
    let reply = answered(Fault::Redirect("https://elsewhere.example/x".to_owned())).await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (307, Some("https://elsewhere.example/x"))
    );
}

#[tokio::test]
async fn an_answer_can_have_the_wrong_number_of_items() {
    assert_eq!(
        answered(Fault::TooShort)
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        answered(Fault::TooLong)
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn one_item_can_be_odd_and_its_neighbour_is_not() {
    let item = async |odd| {
        let items = answered(Fault::OddItem { at: 1, odd }).await.json();
        assert_eq!(items[0]["name"], "a");
        items[1].clone()
    };
    assert_eq!(item(Odd::Item(Value::Null)).await, Value::Null);
    assert_eq!(item(Odd::Item(json!(7))).await, 7);
    assert_eq!(item(Odd::Id(json!("7"))).await["id"], "7");
    let odd = item(Odd::Field {
        name: "tags".to_owned(),
        value: json!("x"),
    })
    .await;
    assert_eq!((&odd["tags"], &odd["name"]), (&json!("x"), &json!("b")));
}

#[tokio::test]
async fn what_is_said_to_have_failed_does_not_exist_though_it_has_an_id() {
    let (result, held) = struck(Fault::OddItem {
        at: 0,
        odd: Odd::FailureWithId,
    })
    .await;
    let items = result.unwrap().json();
    assert_eq!(
        (&items[0]["success"], items[0]["id"].is_i64()),
        (&json!(false), true)
    );
    assert_eq!((&items[1]["name"], held), (&json!("b"), 1));
}

#[tokio::test]
async fn a_single_answer_is_itself_the_item() {
    let sandbox = Sandbox::start().await.unwrap();
    let program = Program::of(&sandbox);
    sandbox.inject(
        Fault::OddItem {
            at: 0,
            odd: Odd::Id(json!(-1)),
        },
        When::nth(1).of("create_lead"),
    );
    assert_eq!(
        program.post("/leads", json!({ "name": "a" })).await.json()["id"],
        -1
    );
}

#[tokio::test]
async fn bodies_can_be_anything_but_json_of_a_sensible_size() {
    assert!(answered(Fault::EmptyBody).await.body.is_empty());
    assert_eq!(answered(Fault::DeepJson(50_000)).await.body.len(), 100_000);
    let huge = answered(Fault::HugeBody(3_000_000)).await;
    assert_eq!(
        (huge.body.len(), huge.json()[1]["name"].clone()),
        (3_000_000, json!("b"))
    );
    let not_text = answered(Fault::InvalidUtf8).await.body;
    assert!(String::from_utf8(not_text.clone()).is_err());
    assert_eq!(
        serde_json::from_str::<Value>(&String::from_utf8_lossy(&not_text))
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let typed = answered(Fault::ContentType("text/plain".to_owned())).await;
    assert_eq!(
        (
            typed.header("content-type"),
            typed.json()[0]["name"].clone()
        ),
        (Some("text/plain"), json!("a"))
    );
    assert!(serde_json::from_slice::<Value>(&answered(Fault::LengthTooShort).await.body).is_err());
}

#[tokio::test]
async fn an_http_1_0_answer_is_whole() {
    assert_eq!(answered(Fault::Http10).await.json()[1]["name"], "b");
}

#[tokio::test]
async fn the_runtime_can_be_absent_or_nonsense() {
    assert_eq!(
        answered(Fault::Runtime(None)).await.header("x-runtime"),
        None
    );
    for text in ["-1", "1e300", "NaN", "soon"] {
        assert_eq!(
            answered(Fault::Runtime(Some(text.to_owned())))
                .await
                .header("x-runtime"),
            Some(text)
        );
    }
}

#[tokio::test]
async fn the_size_limit_can_shrink_for_good() {
    let sandbox = Sandbox::start().await.unwrap();
    let program = Program::of(&sandbox);
    sandbox.inject(Fault::SizeLimit(2), When::from(2));
    assert_eq!(program.bulk(&["a"; 3]).await.status, 200);
    let refused = program.bulk(&["b"; 3]).await;
    assert_eq!(
        (refused.status, refused.json()),
        (
            422,
            json!({ "error": "Request size too large, limit is 2" })
        )
    );
    assert_eq!(program.bulk(&["c"; 2]).await.status, 200);
    assert_eq!(names(&sandbox), ["a", "a", "a", "c", "c"]);
}

#[tokio::test]
async fn faults_apply_to_the_chosen_requests_and_can_be_removed() {
    let sandbox = Sandbox::builder().scale(1e-6).start().await.unwrap();
    let program = Program::of(&sandbox);
    sandbox.inject(Fault::Refusal(403), When::always().containing("Ada"));
    sandbox.inject(
        Fault::ErrorBefore(500),
        When::range(3..=4).of("create_lead"),
    );
    let mut statuses = Vec::new();
    for name in ["a", "Ada", "b", "c", "d"] {
        statuses.push(program.post("/leads", json!({ "name": name })).await.status);
    }
    assert_eq!(statuses, [200, 403, 500, 500, 200]);
    sandbox.clear_faults();
    assert_eq!(
        program
            .post("/leads", json!({ "name": "Ada" }))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn random_faults_are_the_same_for_the_same_seed() {
    let mut runs = Vec::new();
    for seed in [5, 5, 6] {
        let sandbox = Sandbox::builder()
            .scale(1e-6)
            .seed(seed)
            .start()
            .await
            .unwrap();
        let program = Program::of(&sandbox);
        sandbox.inject(Fault::Refusal(403), When::randomly(0.5));
        for _ in 0..40 {
            program.get("/lead_statuses").await;
        }
        runs.push(
            sandbox
                .arrivals()
                .iter()
                .map(|arrival| arrival.status)
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}
