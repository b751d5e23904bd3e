//! The handle that users hold. It does not show the token or the user's address.

use std::{env, fmt, sync::Arc};

use tokio::sync::SemaphorePermit;
use tracing::Span;

use super::{
    Builder,
    credentials::Credentials,
    hooks::{Hooks, Shared},
};
use crate::{
    Error,
    generated::{Client, operation},
    limit::{Lane, Limiter, Permit},
    telemetry,
};

const ACCESS_TOKEN: &str = "COPPER_ACCESS_TOKEN";
const USER_EMAIL: &str = "COPPER_USER_EMAIL";
const BASE_URL_VARIABLE: &str = "COPPER_BASE_URL";

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
    base_url: Arc<str>,
    http: reqwest::Client,
    shared: Arc<Shared>,
    computed: bool,
}

impl Copper {
    /// A handle of checked parts.
    pub(crate) fn of(base_url: Arc<str>, http: reqwest::Client, shared: Shared) -> Self {
        Self {
            base_url,
            http,
            shared: Arc::new(shared),
            computed: false,
        }
    }

    /// Connects with the credentials in `COPPER_ACCESS_TOKEN` and `COPPER_USER_EMAIL`, to
    /// `COPPER_BASE_URL` if that is set.
    ///
    /// # Errors
    /// When a variable is missing, empty or unusable; see [`Builder::build`].
    pub fn from_env() -> Result<Self, Error> {
        let variable = |name| env::var(name).ok().filter(|value| !value.trim().is_empty());
        let needed = |name: &'static str| {
            variable(name).ok_or_else(|| {
                Error::config(format!(
                    "the environment variable {name} is missing, empty or not Unicode"
                ))
            })
        };
        let mut builder = Self::builder(needed(ACCESS_TOKEN)?, needed(USER_EMAIL)?);
        if let Some(url) = variable(BASE_URL_VARIABLE) {
            builder = builder.base_url(url);
        }
        builder.build()
    }

    /// Connects with an API key and the e-mail address of the key's owner.
    pub fn builder(token: impl Into<String>, email: impl Into<String>) -> Builder {
        Builder::new(Credentials::Key {
            token: token.into(),
            email: email.into(),
        })
    }

    /// Connects with an OAuth 2 access token of scope `developer/v1/all`.
    ///
    /// ```
    /// # fn main() -> Result<(), copper_crm::Error> {
    /// let copper = copper_crm::Copper::oauth("the access token").build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn oauth(token: impl Into<String>) -> Builder {
        Builder::new(Credentials::OAuth {
            token: token.into(),
        })
    }

    /// Where requests go.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The rate limiter that all clones share; see [`Builder::limiter`].
    pub fn limiter(&self) -> &Limiter {
        &self.shared.limiter
    }

    /// Waits until one more request of a run may be under way.
    pub(crate) async fn place(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.shared.places.acquire().await.ok()
    }

    /// The same handle, which asks for computed custom field values wherever Copper can give them: the
    /// name of a dropdown's option instead of its id, for example. Their exact form is not documented.
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

    /// The generated client, for one call that takes its permits by itself.
    pub(crate) fn client(&self) -> Client {
        self.client_with(Hooks::new(Arc::clone(&self.shared), self.computed))
    }

    /// The generated client, for one request whose permit has been taken.
    /// Of that request `span` tells.
    pub(crate) fn client_with_permit(&self, permit: Permit, span: Span) -> Client {
        self.client_with(Hooks::with_permit(
            Arc::clone(&self.shared),
            self.computed,
            permit,
            span,
        ))
    }

    /// Asks for something harmless, once.
    pub(crate) async fn probe(&self) -> Result<(), Error> {
        let permit = self.limiter().acquire(Lane::Single).await;
        let probe = operation::LIST_LEAD_STATUSES;
        let span = telemetry::request(probe.id, 1, permit.waited(), None);
        let client = self.client_with_permit(permit, span);
        match client.list_lead_statuses().await {
            Ok(_) => Ok(()),
            Err(error) => Err(Error::of_call(probe, error).await),
        }
    }

    fn client_with(&self, hooks: Hooks) -> Client {
        Client::new_with_client(&self.base_url, self.http.clone(), hooks)
    }
}

impl fmt::Debug for Copper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Copper")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}
