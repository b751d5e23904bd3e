//! A request that no schema describes, treated like all others: limiter, retries, redaction.

use reqwest::{Method, Url, header};
use serde_json::Value;

use super::{Copper, failure::failure, refusal::refusal};
use crate::{
    Error,
    error::describe,
    operation::{Idempotency, Operation},
    value::unsendable,
};

/// The operations that stand for such a request, by its idempotency.
static REQUESTS: [Operation; 3] = [
    request(Idempotency::Safe),
    request(Idempotency::Idempotent),
    request(Idempotency::NotIdempotent),
];

const fn request(idempotency: Idempotency) -> Operation {
    Operation {
        id: "request",
        method: "",
        path: "",
        idempotency,
        bulk: None,
        has_answer: false,
    }
}

impl Copper {
    /// Sends a request that the schema does not describe, for [`Copper::request`].
    pub(crate) async fn send_request(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        idempotency: Idempotency,
    ) -> Result<Value, Error> {
        let [safe, idempotent, not_idempotent] = &REQUESTS;
        let operation = match idempotency {
            Idempotency::Safe => safe,
            Idempotency::Idempotent => idempotent,
            Idempotency::NotIdempotent => not_idempotent,
        };
        let refuse = |why: String| Error::unsendable(operation, why);
        let url = below(self.base_url(), path).map_err(|why| refuse(why.to_owned()))?;
        let hooks = self.hooks()?;
        let mut request = self
            .http()
            .request(method, url)
            .header(header::ACCEPT, "application/json");
        if let Some(body) = body {
            if let Some((field, why)) = unsendable(body) {
                return Err(refuse(format!("{field}: {why}")));
            }
            request = request.json(body);
        }
        let mut request = request
            .build()
            .map_err(|error| Error::failed(operation, failure(error)))?;
        hooks.prepare(&mut request);
        let answer = hooks
            .send(self.http(), request, operation)
            .await
            .map_err(|error| Error::failed(operation, failure(error)))?;
        if !answer.status().is_success() {
            return Err(Error::refused(operation, refusal(operation, answer).await));
        }
        let body = answer
            .bytes()
            .await
            .map_err(|error| Error::failed(operation, failure(error)))?;
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).map_err(|e| Error::unreadable(operation, describe(&e)))
    }
}

/// The URL of a path below the base URL.
fn below(base_url: &str, path: &str) -> Result<Url, &'static str> {
    if !path.starts_with('/') {
        return Err("the path must begin with `/`");
    }
    let url =
        Url::parse(&format!("{base_url}{path}")).map_err(|_| "the path is not valid in a URL")?;
    // `..` would lead out of it, and a fragment is never sent.
    let inside = url
        .as_str()
        .strip_prefix(base_url)
        .is_some_and(|rest| rest.starts_with('/'));
    if inside && url.fragment().is_none() {
        Ok(url)
    } else {
        Err("the path leads out of the base URL, or has a fragment")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_below_the_base_url() {
        let base = "https://api.copper.com/developer_api/v1";
        for (path, url) in [
            (
                "/leads/7",
                Some("https://api.copper.com/developer_api/v1/leads/7"),
            ),
            (
                "/tasks?x=1",
                Some("https://api.copper.com/developer_api/v1/tasks?x=1"),
            ),
            ("leads", None),
            ("", None),
            ("/../v2/leads", None),
            ("/%2e%2e/v2", None),
            ("/leads#7", None),
        ] {
            assert_eq!(
                below(base, path).ok().map(String::from).as_deref(),
                url,
                "{path}"
            );
        }
    }
}
