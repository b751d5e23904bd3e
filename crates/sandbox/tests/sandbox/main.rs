//! The sandbox as a plain HTTP client sees it. The SDK's client is not used here, so that the two can't share
//! a mistake.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod activities;
mod bulk;
mod connections;
mod contract;
mod convert;
mod evidence;
mod faults;
mod lag;
mod limits;
mod lookups;
mod records;
mod rules;
mod search;
mod strangers;
mod undone;
mod update;
mod upsert;

use std::time::Duration;

use copper_crm_sandbox::Sandbox;
use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde_json::{Value, json};

/// A plain HTTP client with the sandbox's credentials.
struct Program {
    http: reqwest::Client,
    base_url: String,
    token: String,
    email: String,
}

struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Program {
    fn of(sandbox: &Sandbox) -> Self {
        // Another test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        Self {
            http: http.build().unwrap(),
            base_url: sandbox.base_url().to_owned(),
            token: sandbox.token().to_owned(),
            email: sandbox.email().to_owned(),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path)
            .header("X-PW-AccessToken", &self.token)
            .header("X-PW-Application", "developer_api")
            .header("X-PW-UserEmail", &self.email)
            .header("Content-Type", "application/json")
    }

    /// A request without credentials.
    fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base_url))
    }

    async fn get(&self, path: &str) -> Reply {
        reply(self.request(Method::GET, path)).await.unwrap()
    }

    async fn post(&self, path: &str, body: impl ToString) -> Reply {
        self.try_post(path, body).await.unwrap()
    }

    async fn try_post(&self, path: &str, body: impl ToString) -> reqwest::Result<Reply> {
        reply(self.request(Method::POST, path).body(body.to_string())).await
    }

    async fn put(&self, path: &str, body: impl ToString) -> Reply {
        let request = self.request(Method::PUT, path).body(body.to_string());
        reply(request).await.unwrap()
    }

    async fn delete(&self, path: &str) -> Reply {
        reply(self.request(Method::DELETE, path)).await.unwrap()
    }

    /// Creates a lead, which must succeed, and returns its id.
    async fn lead(&self, lead: Value) -> i64 {
        let reply = self.post("/leads", &lead).await;
        assert_eq!(reply.status, 200, "{lead}");
        reply.json()["id"].as_i64().unwrap()
    }

    /// Sends records to a bulk endpoint, which must answer, and returns the items.
    async fn items(&self, path: &str, records: Value) -> Value {
        let key = path.split('/').nth(1).unwrap();
        let reply = self.post(path, json!({ key: records })).await;
        assert_eq!(reply.status, 200, "{path}");
        reply.json()
    }

    async fn bulk(&self, names: &[&str]) -> Reply {
        self.try_bulk(names).await.unwrap()
    }

    async fn try_bulk(&self, names: &[&str]) -> reqwest::Result<Reply> {
        let leads: Vec<_> = names.iter().map(|name| json!({ "name": name })).collect();
        self.try_post("/leads/bulk_create", json!({ "leads": leads }))
            .await
    }
}

async fn reply(request: RequestBuilder) -> reqwest::Result<Reply> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Reply {
        status,
        headers,
        body: response.bytes().await?.to_vec(),
    })
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A sandbox whose windows are so short that a test never waits for them, and its client.
async fn quick() -> (Sandbox, Program) {
    let sandbox = Sandbox::builder().scale(1e-6).start().await.unwrap();
    let program = Program::of(&sandbox);
    (sandbox, program)
}

/// A refusal's message, without the words with which all begin.
fn reasons(reply: &Reply) -> String {
    assert_eq!(reply.status, 422);
    let message = reply.json()["message"].as_str().unwrap().to_owned();
    message
        .strip_prefix("Invalid input: Validation errors: ")
        .unwrap()
        .to_owned()
}

fn names(sandbox: &Sandbox) -> Vec<String> {
    sandbox
        .leads()
        .iter()
        .map(|lead| lead["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Waits for something that certainly happens, however slow the machine is.
async fn until(what: &str, mut happened: impl FnMut() -> bool) {
    for _ in 0..3_000 {
        if happened() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never happened: {what}");
}
