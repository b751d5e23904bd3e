//! The handle that users hold. Whatever could go wrong with its settings goes wrong here, before
//! anything is sent; and neither it nor its builder shows the token or the user's address.

use std::{env, fmt, sync::Arc, time::Duration};

use reqwest::{
    ClientBuilder, Url,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
    redirect, retry,
};

use crate::{
    Error,
    generated::{self, BASE_URL, Client, header, operation},
    hooks::{Hooks, Shared},
    limit::{Lane, Limit, Limiter, Permit},
    tls,
};

const ACCESS_TOKEN: &str = "COPPER_ACCESS_TOKEN";
const USER_EMAIL: &str = "COPPER_USER_EMAIL";
const BASE_URL_VARIABLE: &str = "COPPER_BASE_URL";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// Younger than any server would let a connection get: a write on a connection that the server has
/// just closed can't be told from one that it has read.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

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
}

impl Copper {
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

    /// The generated client, for one call that takes its permits by itself.
    pub(crate) fn client(&self) -> Client {
        self.client_with(Hooks::new(Arc::clone(&self.shared)))
    }

    /// The generated client, for one request whose permit has been taken.
    pub(crate) fn client_with_permit(&self, permit: Permit) -> Client {
        self.client_with(Hooks::with_permit(Arc::clone(&self.shared), permit))
    }

    /// Asks for something harmless, once.
    pub(crate) async fn probe(&self) -> Result<(), Error> {
        let permit = self.limiter().acquire(Lane::Single).await;
        match self.client_with_permit(permit).list_lead_statuses().await {
            Ok(_) => Ok(()),
            Err(error) => Err(Error::of_call(operation::LIST_LEAD_STATUSES, error).await),
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

enum Credentials {
    Key { token: String, email: String },
    OAuth { token: String },
}

/// The settings of a [`Copper`].
pub struct Builder {
    credentials: Credentials,
    base_url: Option<String>,
    limiter: Option<Limiter>,
    http: Option<Box<dyn FnOnce(ClientBuilder) -> ClientBuilder + Send>>,
}

impl Builder {
    fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            base_url: None,
            limiter: None,
            http: None,
        }
    }

    /// Sends requests elsewhere, such as to a sandbox. The default is the URL in the schema.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets other rate limits than the documented ones of the schema.
    pub fn limits(self, limits: impl IntoIterator<Item = Limit>) -> Self {
        self.limiter(Limiter::new(limits))
    }

    /// Shares the limiter of another client in this process that uses the same key, so that both
    /// together keep to the limits.
    ///
    /// ```
    /// # fn main() -> Result<(), copper_crm::Error> {
    /// # use copper_crm::Copper;
    /// let one = Copper::builder("the API key", "owner@example.com").build()?;
    /// let other = Copper::builder("the API key", "owner@example.com").limiter(one.limiter().clone()).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn limiter(mut self, limiter: Limiter) -> Self {
        self.limiter = Some(limiter);
        self
    }

    /// Adjusts the HTTP client: proxies, timeouts and the like.
    ///
    /// The timeouts are 10 s to connect and 60 s for a whole request, unless set here. What keeps
    /// leads from being created twice is applied afterwards and can't be switched off: no redirects,
    /// no retries below this library, HTTP/1.1, no idle connection older than 4 s, and no proxy to a
    /// loopback address. Neither can the log of whole requests be switched on, which shows the token.
    ///
    /// ```
    /// # fn main() -> Result<(), copper_crm::Error> {
    /// use std::time::Duration;
    ///
    /// let copper = copper_crm::Copper::builder("the API key", "owner@example.com")
    ///     .http(|client| client.timeout(Duration::from_secs(90)))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn http(
        mut self,
        adjust: impl FnOnce(ClientBuilder) -> ClientBuilder + Send + 'static,
    ) -> Self {
        self.http = Some(Box::new(adjust));
        self
    }

    /// Checks the settings. Nothing is sent.
    ///
    /// # Errors
    /// When a credential is empty or has characters that no HTTP header can carry; when the base URL
    /// is not one, holds credentials, a query or a fragment, or is not https (http is for loopback
    /// addresses only); or when the HTTP client can't be built.
    pub fn build(self) -> Result<Copper, Error> {
        let url = base_url(self.base_url.as_deref().unwrap_or(BASE_URL))?;
        let headers = headers(&self.credentials)?;
        let tls = tls::config(url.scheme() == "https")
            .map_err(|e| Error::config(format!("TLS can't be set up: {e}")))?;
        let mut http = ClientBuilder::new()
            .user_agent(concat!(
                env!("CARGO_PKG_NAME"),
                "/",
                env!("CARGO_PKG_VERSION")
            ))
            .tls_backend_preconfigured(tls)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT);
        if let Some(adjust) = self.http {
            http = adjust(http);
        }
        // A redirect would carry the token and the leads to another host.
        http = http
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            // It would log whole requests, token and all.
            .connection_verbose(false)
            .referer(false)
            .http1_only()
            .pool_idle_timeout(POOL_IDLE_TIMEOUT);
        if is_loopback(&url) {
            http = http.no_proxy();
        }
        let http = http
            .build()
            .map_err(|e| Error::config(format!("the HTTP client can't be built: {e}")))?;
        let limiter = self
            .limiter
            .unwrap_or_else(|| Limiter::new(generated::RATE_LIMITS.iter().cloned()));
        Ok(Copper {
            base_url: url.as_str().trim_end_matches('/').into(),
            http,
            shared: Arc::new(Shared { headers, limiter }),
        })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").finish_non_exhaustive()
    }
}

fn base_url(text: &str) -> Result<Url, Error> {
    let refuse = |why: &str| Error::config(format!("the base URL {why}"));
    // The text itself may hold a password, so it is not shown.
    let url = Url::parse(text.trim()).map_err(|e| refuse(&format!("can't be read: {e}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse(
            "holds credentials; give them to the builder instead",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse(
            "has a query or a fragment; it must end with the path, such as /developer_api/v1",
        ));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(refuse(
            "is http, which would show the token to everyone on the way; only loopback addresses may be http",
        )),
        _ => Err(refuse("must start with https://")),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

fn headers(credentials: &Credentials) -> Result<HeaderMap, Error> {
    let value = |what: &str, text: &str| {
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::config(format!("the {what} is empty")));
        }
        let illegal = || {
            Error::config(format!(
                "the {what} has characters that an HTTP header can't carry"
            ))
        };
        let mut value = HeaderValue::from_str(text).map_err(|_| illegal())?;
        // Beyond ASCII it would be a guess how the server reads them.
        value.to_str().map_err(|_| illegal())?;
        value.set_sensitive(true);
        Ok(value)
    };
    let mut headers = HeaderMap::new();
    match credentials {
        Credentials::Key { token, email } => {
            headers.insert(
                HeaderName::from_static(header::ACCESS_TOKEN),
                value("access token", token)?,
            );
            headers.insert(
                HeaderName::from_static(header::USER_EMAIL),
                value("user e-mail", email)?,
            );
            headers.insert(
                HeaderName::from_static(header::APPLICATION),
                HeaderValue::from_static(header::APPLICATION_VALUE),
            );
        }
        Credentials::OAuth { token } => {
            headers.insert(
                AUTHORIZATION,
                value("access token", &format!("Bearer {}", non_empty(token)?))?,
            );
        }
    }
    Ok(headers)
}

fn non_empty(token: &str) -> Result<&str, Error> {
    Some(token.trim())
        .filter(|t| !t.is_empty())
        .ok_or_else(|| Error::config("the access token is empty".to_owned()))
}
