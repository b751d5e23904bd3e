//! The handle that users hold. It does not show the token or the user's address.

use std::{fmt, sync::Arc, time::Duration};

use serde::Serialize;
use tokio::{runtime::Handle, sync::SemaphorePermit};

use super::{
    call, clock::ClockOffset, exchange::Ready, hooks::Hooks, methods::Client, shared::Shared,
};
use crate::{
    Error,
    generated::operation,
    limit::{Lane, Limiter},
    operation::Operation,
    value::unsendable,
};

/// A connection to one Copper account.
///
/// Cheap to clone; all clones share one HTTP connection pool and one rate limiter.
///
/// ```
/// # fn main() -> Result<(), copper_crm::Error> {
/// use copper_crm::Copper;
///
/// let copper = Copper::builder("the API key", "owner@example.com").build()?;
/// assert_eq!(copper.base_url(), "https://api.copper.com/developer_api/v1");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Copper {
    http: reqwest::Client,
    shared: Arc<Shared>,
    computed: bool,
    deadline: Option<Duration>,
}

impl Copper {
    /// A handle of checked parts.
    pub(crate) fn of(http: reqwest::Client, shared: Shared) -> Self {
        Self {
            http,
            shared: Arc::new(shared),
            computed: false,
            deadline: None,
        }
    }

    /// Returns the base URL of all requests.
    pub fn base_url(&self) -> &str {
        &self.shared.base_url
    }

    /// Returns the rate limiter that all clones share; see [`Builder::limiter`](crate::Builder::limiter).
    pub fn limiter(&self) -> &Limiter {
        &self.shared.limiter
    }

    /// Returns the same handle with a deadline. Every call made through it must be done within this time,
    /// which includes the waiting for the rate limits, the retries and the answer. In a run the deadline
    /// holds for each record, from the moment when the record is taken from the input. It includes the time for
    /// which the record is [looked up](crate::bulk::Run::reconcile).
    ///
    /// A call whose deadline expires fails with an error for which [`is_timeout`](Error::is_timeout) is true.
    /// If nothing had been sent by then, [`may_have_taken_effect`](Error::may_have_taken_effect) is false.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use std::time::Duration;
    /// use copper_crm::NewLead;
    ///
    /// let copper = copper.with_deadline(Duration::from_secs(5));
    /// match copper.create_lead(&NewLead::named("Jim Halpert")).await {
    ///     Ok(lead) => println!("created {}", lead.id),
    ///     Err(e) if e.is_timeout() && !e.may_have_taken_effect() => {
    ///         println!("too busy, not created");
    ///     }
    ///     Err(e) => return Err(e.into()),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        Self {
            deadline: Some(deadline),
            ..self.clone()
        }
    }

    /// The time that a call, or a record of a run, may take.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// The difference between Copper's clock and this machine's, as far as answers have shown it.
    pub(crate) fn clock_offset(&self) -> ClockOffset {
        self.shared.clock.offset()
    }

    /// Waits until one more request of a run may be in flight.
    pub(crate) async fn place(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        self.shared.places.acquire().await.ok()
    }

    /// Returns the same handle, which asks for computed custom field values wherever Copper can give them:
    /// the name of a dropdown's option instead of its id, for example. Their exact form is not documented.
    ///
    /// ```
    /// # fn main() -> Result<(), copper_crm::Error> {
    /// # let copper = copper_crm::Copper::builder("the API key", "owner@example.com").build()?;
    /// let computed = copper.with_computed_values();
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_computed_values(&self) -> Self {
        Self {
            computed: true,
            ..self.clone()
        }
    }

    /// The same handle, which asks for plain values: those that were sent.
    pub(crate) fn without_computed_values(&self) -> Self {
        Self {
            computed: false,
            ..self.clone()
        }
    }

    /// The same handle without a deadline, for calls that are bounded together.
    pub(crate) fn without_deadline(&self) -> Self {
        Self {
            deadline: None,
            ..self.clone()
        }
    }

    /// The generated client, for one call, which takes its permits by itself.
    pub(crate) fn client(&self) -> Result<Client, Error> {
        Ok(self.client_with(self.hooks()?))
    }

    /// The same for a call that sends this body, if JSON can hold it.
    pub(crate) fn client_for(
        &self,
        operation: &'static Operation,
        body: &impl Serialize,
    ) -> Result<Client, Error> {
        match unsendable(body) {
            Some((field, why)) => Err(Error::unsendable(operation, format!("{field}: {why}"))),
            None => self.client(),
        }
    }

    /// The generated client, for the one request of a run that may be sent now.
    pub(crate) fn client_ready(&self, ready: Ready) -> Client {
        let shared = Arc::clone(&self.shared);
        self.client_with(Hooks::ready(shared, self.computed, ready))
    }

    /// The hooks of every request.
    pub(super) fn hooks(&self) -> Result<Hooks, Error> {
        // Without this check the HTTP client would panic.
        Handle::try_current().map_err(|error| {
            Error::config(format!(
                "a call must be made within a tokio runtime: {error}"
            ))
        })?;
        Ok(Hooks::new(
            Arc::clone(&self.shared),
            self.computed,
            self.deadline,
        ))
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Sends one harmless read.
    pub(crate) async fn probe(&self) -> Result<(), Error> {
        let permit = self.limiter().acquire(Lane::Single).await;
        let probe = operation::LIST_LEAD_STATUSES;
        let client = self.client_ready(Ready {
            waited: permit.waited(),
            permit,
            attempt: 1,
            records: None,
            deadline: None,
        });
        match client.list_lead_statuses().await {
            Ok(_) => Ok(()),
            Err(error) => Err(call::error(probe, error).await),
        }
    }

    fn client_with(&self, hooks: Hooks) -> Client {
        Client::new_with_client(&self.shared.base_url, self.http.clone(), hooks)
    }
}

impl fmt::Debug for Copper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Copper")
            .field("base_url", &self.shared.base_url)
            .finish_non_exhaustive()
    }
}
