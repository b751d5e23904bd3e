//! The call for a request that the schema does not describe.

use reqwest::Method;
use serde_json::Value;

use crate::{Copper, Error, schema::Idempotency};

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
        self.send_request(method, path, body, idempotency).await
    }
}
