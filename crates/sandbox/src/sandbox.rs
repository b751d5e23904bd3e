//! The handle of a running sandbox: what a test asks of it, and the faults that it injects.

use std::{fmt, io, sync::Arc};

use copper_crm::limit::Limit;
use serde_json::Value;

use crate::{
    entities::{self, lead::LEAD, record},
    faults::{Fault, When},
    server::{Arrival, ServerState, Summary, lock},
};

/// A running sandbox. Dropping it stops everything that it started.
pub struct Sandbox {
    state: Arc<ServerState>,
    base_url: String,
    limits: Vec<Limit>,
}

impl Sandbox {
    pub(crate) fn running(state: Arc<ServerState>, base_url: String, limits: Vec<Limit>) -> Self {
        Self {
            state,
            base_url,
            limits,
        }
    }

    /// The base URL of its API, such as `http://127.0.0.1:8080/developer_api/v1`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(crate) fn is_loopback(&self) -> bool {
        self.state.hosts.loopback
    }

    /// The access token that requests must carry.
    pub fn token(&self) -> &str {
        &self.state.credentials.token
    }

    /// The user's e-mail address that requests must carry.
    pub fn email(&self) -> &str {
        &self.state.credentials.email
    }

    /// Its rate limits, scaled.
    pub fn limits(&self) -> Vec<Limit> {
        self.limits.clone()
    }

    /// The leads that it holds, in the order of their creation, in the form of Copper's responses.
    pub fn leads(&self) -> Vec<Value> {
        self.records(LEAD.table.name)
    }

    /// The records of one kind, in the order of their creation, in the form of Copper's responses.
    ///
    /// Kinds are `leads`, `people`, `companies`, `opportunities`, `activities` and `converted_leads`. Any
    /// other kind has no records.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use copper_crm::{NewLead, types::ConvertDetails};
    /// use copper_crm_sandbox::Sandbox;
    ///
    /// let sandbox = Sandbox::start().await?;
    /// let copper = sandbox.copper().build()?;
    /// let lead = copper.create_lead(&NewLead::named("Ada Lovelace")).await?;
    /// copper.convert_lead(lead.id, ConvertDetails::default()).await?;
    /// assert!(sandbox.leads().is_empty());
    /// assert_eq!(sandbox.records("people")[0]["name"], "Ada Lovelace");
    /// # Ok(())
    /// # }
    /// ```
    pub fn records(&self, kind: &str) -> Vec<Value> {
        let account = lock(&self.state.account);
        let records = entities::by_name(kind).map(|entity| account.all(entity.table).cloned());
        records.into_iter().flatten().map(Value::Object).collect()
    }

    /// Stores a record without any check and returns its id.
    ///
    /// The fields are taken as they are, including those that no request can write. Absent fields are as
    /// in a new record.
    ///
    /// # Errors
    /// When there is no such kind, see [`records`](Self::records), or the record is not an object.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use copper_crm_sandbox::Sandbox;
    /// use serde_json::json;
    ///
    /// let sandbox = Sandbox::start().await?;
    /// let lead = json!({ "name": "Ada Lovelace", "interaction_count": 7 });
    /// let id = sandbox.put("leads", &lead)?;
    /// let copper = sandbox.copper().build()?;
    /// assert_eq!(copper.get_lead(id).await?.interaction_count, Some(7));
    /// # Ok(())
    /// # }
    /// ```
    pub fn put(&self, kind: &str, record: &Value) -> io::Result<i64> {
        let refused = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
        let entity = entities::by_name(kind)
            .ok_or_else(|| refused(format!("there are no records of the kind `{kind}`")))?;
        let fields = record
            .as_object()
            .ok_or_else(|| refused("a record must be a JSON object".to_owned()))?;
        let mut account = lock(&self.state.account);
        let stored = record::insert(entity, fields, self.state.document, &mut account);
        // No operation made this change, so none may undo it.
        account.begin();
        Ok(stored.get("id").and_then(Value::as_i64).unwrap_or_default())
    }

    /// All requests that have arrived whole, in the order of their arrival. Of requests without valid
    /// credentials, only the first 1,000.
    pub fn arrivals(&self) -> Vec<Arrival> {
        lock(&self.state.arrivals).clone()
    }

    /// The number of leads, requests, refusals and faults so far.
    ///
    /// `GET /sandbox` at its host, outside the API, returns the same as JSON.
    pub fn summary(&self) -> Summary {
        self.state.summary()
    }

    /// Makes the requests that `when` chooses fail in this way.
    ///
    /// If several faults apply to one request, the one injected first is used.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
    /// use copper_crm_sandbox::{Fault, Sandbox, When};
    ///
    /// let sandbox = Sandbox::start().await?;
    /// sandbox.inject(Fault::ErrorAfter(502), When::nth(3).of("bulk_create_leads"));
    /// let busy = Fault::TooManyRequests { retry_after: None };
    /// sandbox.inject(busy, When::randomly(0.05));
    /// # Ok(())
    /// # }
    /// ```
    pub fn inject(&self, fault: Fault, when: When) {
        lock(&self.state.faults).add(fault, when);
    }

    /// Removes all injected faults. Requests that already met one are not affected.
    pub fn clear_faults(&self) {
        lock(&self.state.faults).clear();
    }

    /// Refuses connections until [`resume`](Self::resume), and closes the existing ones.
    ///
    /// Idle connections are closed before this returns, the others after the response in flight.
    pub async fn pause(&self) {
        self.state.listener.pause();
        self.state.listener.idle_closed().await;
    }

    /// Accepts connections again, on the same port.
    ///
    /// # Errors
    /// When another program has taken the port meanwhile.
    pub fn resume(&self) -> io::Result<()> {
        self.state.listener.resume(None)
    }

    /// Closes the next `count` connections right after they are accepted, and the existing ones as
    /// [`pause`](Self::pause) does.
    pub async fn close_on_accept(&self, count: usize) {
        self.state.listener.close_next(count);
        self.state.listener.idle_closed().await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.state.stopped.send_replace(true);
        self.state.listener.close();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("base_url", &self.base_url)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
