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
    /// Sends a request that the schema does not describe, and returns its answer: `null` where that is
    /// empty.
    ///
    /// It passes through the rate limiter, with our headers and retries, and its errors are redacted, as with
    /// every other call. The path is relative to the [base URL](Self::base_url), and may have a query. You
    /// know the idempotency: a request that is [`NotIdempotent`](Idempotency::NotIdempotent) is never sent
    /// again after it may have arrived.
    ///
    /// # Errors
    /// When the path does not begin with `/` or leads elsewhere, when Copper refuses the request, or when no
    /// answer comes.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::schema::Idempotency;
    /// use reqwest::Method;
    /// use serde_json::json;
    ///
    /// let lead = json!({ "name": "Jim Halpert" });
    /// let made = copper
    ///     .request(Method::POST, "/leads", Some(&lead), Idempotency::NotIdempotent)
    ///     .await?;
    /// let path = format!("/leads/{}", made["id"]);
    /// let found = copper.request(Method::GET, &path, None, Idempotency::Safe).await?;
    /// assert_eq!(found["name"], "Jim Halpert");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn request(
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
    let url = Url::parse(&format!("{base_url}{path}")).map_err(|_| "the path is not one")?;
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
