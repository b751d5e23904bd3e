//! The loops that a user would otherwise write by hand, with the same requests.

use std::time::Duration;

use copper_crm::NewLead;
use futures_util::{StreamExt, stream};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

/// The e-mail address that the sandbox expects.
pub const EMAIL: &str = "owner@sandbox.example";

/// Its result.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    pub created: u64,
    pub refused: u64,
    /// Requests that were answered with 429.
    pub limited: u64,
}

fn leads_in(answer: &Value) -> u64 {
    let items = answer.as_array().into_iter().flatten();
    items.filter(|item| item["id"].is_number()).count() as u64
}

/// A request with the headers that Copper wants.
fn post(http: &Client, url: &str, token: &str) -> reqwest::RequestBuilder {
    http.post(url)
        .header("X-PW-AccessToken", token)
        .header("X-PW-UserEmail", EMAIL)
        .header("X-PW-Application", "developer_api")
}

/// An HTTP client.
pub fn client() -> Client {
    // Features of reqwest are the same for all in a build, and this crate's bring no provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().expect("a client")
}

/// Bulk requests with `Value`s, this many at a time, with no limiter and no handling of failures.
pub async fn concurrent(
    http: &Client,
    base_url: &str,
    leads: impl Iterator<Item = NewLead>,
    at_once: usize,
) -> Sum {
    let url = format!("{base_url}/leads/bulk_create");
    let mut sum = Sum::default();
    let chunks = stream::iter(leads).chunks(10);
    let mut answers = chunks
        .map(|chunk| {
            // The canned server takes any token.
            let request = post(http, &url, "token").json(&json!({ "leads": chunk }));
            async move {
                request
                    .send()
                    .await?
                    .error_for_status()?
                    .json::<Value>()
                    .await
            }
        })
        .buffered(at_once);
    while let Some(answer) = answers.next().await {
        let answer = answer.expect("an answer");
        sum.created += leads_in(&answer);
    }
    sum
}

/// Sends leads in requests of `size`, one request at a time; after a 429 it sleeps for a second.
pub async fn one_by_one(
    base_url: &str,
    token: &str,
    leads: impl Iterator<Item = NewLead>,
    bulk: bool,
) -> Sum {
    let http = client();
    let path = if bulk { "leads/bulk_create" } else { "leads" };
    let url = format!("{base_url}/{path}");
    let mut sum = Sum::default();
    let mut chunks = stream::iter(leads).chunks(if bulk { 10 } else { 1 });
    while let Some(chunk) = chunks.next().await {
        let body = if bulk {
            json!({ "leads": chunk })
        } else {
            json!(chunk[0])
        };
        loop {
            let answer = post(&http, &url, token)
                .json(&body)
                .send()
                .await
                .expect("an answer");
            if answer.status() == StatusCode::TOO_MANY_REQUESTS {
                sum.limited += 1;
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
            let answer = answer.error_for_status().expect("a success");
            let answer: Value = answer.json().await.expect("JSON");
            sum.created += if bulk {
                leads_in(&answer)
            } else {
                u64::from(answer["id"].is_number())
            };
            break;
        }
    }
    sum
}
