//! The settings of a handle. They are checked when it is built, before anything is sent.

use std::{env, fmt, sync::Arc, time::Duration};

use reqwest::{ClientBuilder, header::HeaderMap, redirect, retry};

use super::{
    Copper,
    base_url::{base_url, is_loopback},
    credentials::Credentials,
    environment,
    observer::{Attempt, Observers, Outgoing},
    shared::Shared,
};
use crate::{
    Error,
    generated::{self, BASE_URL},
    limit::{Limit, Limiter},
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// Shorter than any server's keep-alive, so that no write meets a closed connection. Such a write can't be
/// told from one that the server has read.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

const ACCESS_TOKEN: &str = "COPPER_ACCESS_TOKEN";
const USER_EMAIL: &str = "COPPER_USER_EMAIL";
const OAUTH_TOKEN: &str = "COPPER_OAUTH_TOKEN";
const BASE_URL_VARIABLE: &str = "COPPER_BASE_URL";

/// The settings of a [`Copper`].
pub struct Builder {
    credentials: Credentials,
    base_url: Option<String>,
    allow_http: bool,
    limiter: Option<Limiter>,
    timeout: Duration,
    observers: Observers,
    #[cfg(feature = "rustls-ring")]
    roots: Vec<Vec<u8>>,
    http: Option<Box<dyn FnOnce(ClientBuilder) -> ClientBuilder + Send>>,
}

impl Builder {
    pub(crate) fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            base_url: None,
            allow_http: false,
            limiter: None,
            timeout: REQUEST_TIMEOUT,
            observers: Observers::default(),
            #[cfg(feature = "rustls-ring")]
            roots: Vec::new(),
            http: None,
        }
    }

    /// Sends requests to another URL, such as a sandbox. The default is the URL in the schema.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Allows a base URL with `http` that is not on this machine, such as a sandbox in another container.
    /// Anybody in between can read the token and the leads, so never use it with real credentials.
    ///
    /// ```
    /// # fn main() -> Result<(), copper_crm::Error> {
    /// let copper = copper_crm::Copper::builder("a test's key", "owner@example.com")
    ///     .base_url("http://sandbox:8080/developer_api/v1")
    ///     .allow_http()
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn allow_http(mut self) -> Self {
        self.allow_http = true;
        self
    }

    /// Sets the timeout of one attempt, from sending the request to the end of its answer. The default is 60
    /// s. A whole call, with its waiting and its retries, is limited by [`Copper::with_deadline`].
    ///
    /// If the runtime is blocked for longer than the timeout, an answer that has arrived meanwhile is still
    /// read. The HTTP client's own timeout would lose it.
    ///
    /// ```
    /// # fn main() -> Result<(), copper_crm::Error> {
    /// use std::time::Duration;
    ///
    /// let copper = copper_crm::Copper::builder("the API key", "owner@example.com")
    ///     .request_timeout(Duration::from_secs(90))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Adds an observer, which is called after each attempt at a request, for metrics and spans of your own.
    /// It only reads, and sees no body. It must be quick, because the request waits for it. A panic in it
    /// does not affect the request. Several observers can be added.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let builder = sandbox.copper();
    /// let copper = builder
    ///     .on_attempt(|attempt| {
    ///         let status = attempt.status.unwrap_or_default();
    ///         println!("{} {status} {:?}", attempt.operation, attempt.took);
    ///     })
    ///     .build()?;
    /// copper.list_lead_statuses().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_attempt(mut self, observe: impl Fn(&Attempt) + Send + Sync + 'static) -> Self {
        self.observers.observe.push(Arc::new(observe));
        self
    }

    /// Adds headers to each attempt at a request, such as `traceparent`. They can't replace headers that are
    /// already there, and can't change the caller's identity. The closure must be quick, because the request
    /// waits for it.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let builder = sandbox.copper();
    /// use reqwest::header::{HeaderMap, HeaderValue};
    ///
    /// let copper = builder
    ///     .add_headers(|_| {
    ///         let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    ///         let mut headers = HeaderMap::new();
    ///         headers.insert("traceparent", HeaderValue::from_static(parent));
    ///         headers
    ///     })
    ///     .build()?;
    /// copper.list_lead_statuses().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn add_headers(
        mut self,
        headers: impl Fn(&Outgoing) -> HeaderMap + Send + Sync + 'static,
    ) -> Self {
        self.observers.add_headers.push(Arc::new(headers));
        self
    }

    /// Sets the rate limits. The default is the documented limits of the schema.
    pub fn limits(self, limits: impl IntoIterator<Item = Limit>) -> Self {
        self.limiter(Limiter::new(limits))
    }

    /// Shares the limiter of another client in this process that uses the same key, so that both together
    /// stay within the limits. A [shared](Limiter::shared) limiter does so together with other processes as
    /// well.
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

    /// Trusts these root certificates in addition to the machine's own, such as those of a company's proxy.
    /// One or more, in PEM. Needs the feature `rustls-ring`, which is on by default. (The HTTP client's own
    /// setting for certificates has no effect on the TLS configuration of this crate, which is made
    /// beforehand.)
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let copper = copper_crm::Copper::builder("the API key", "owner@example.com")
    ///     .root_certificates(std::fs::read("company-roots.pem")?)
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "rustls-ring")]
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// Adjusts the HTTP client: proxies, DNS and the like. For certificates there is
    /// [`root_certificates`](Self::root_certificates), for timeouts
    /// [`request_timeout`](Self::request_timeout).
    ///
    /// Without the crate's feature `rustls-ring`, you bring your own TLS. Turn on one of reqwest's features
    /// for it (`reqwest = { version = "0.13", features = ["rustls"] }`), and confirm it by calling this
    /// method, at least with `.http(|client| client)`. A server whose certificate your TLS refuses then
    /// counts as unreachable, and is tried until the attempts run out.
    ///
    /// The connect timeout is 10 s, or nine tenths of the request timeout if that is shorter, unless you set it
    /// here. The settings that prevent duplicates are applied afterwards and can't be switched off: no
    /// redirects, no retries below this library, HTTP/1.1 only, no idle connection older than 4 s, and no proxy
    /// to a loopback address. Compressed answers can't be switched on either, nor the HTTP client's log of whole
    /// requests, because it shows the token.
    ///
    /// ```
    /// # fn main() -> Result<(), copper_crm::Error> {
    /// use std::time::Duration;
    ///
    /// let copper = copper_crm::Copper::builder("the API key", "owner@example.com")
    ///     .http(|client| client.connect_timeout(Duration::from_secs(3)))
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
    /// When a credential is empty or has characters that no HTTP header can carry; when the base URL is
    /// invalid, holds credentials, a query or a fragment, or is not https (http is only for loopback
    /// addresses, unless [allowed](Self::allow_http)); when the root certificates can't be read; when a
    /// variable for a proxy or for certificates (`HTTPS_PROXY`, `SSL_CERT_FILE` and the like) can't be
    /// followed; when there is no TLS for https, see [`http`](Self::http); or when the HTTP client can't be
    /// built.
    pub fn build(self) -> Result<Copper, Error> {
        let url = base_url(
            self.base_url.as_deref().unwrap_or(BASE_URL),
            self.allow_http,
        )?;
        let headers = self.credentials.headers()?;
        let secure = url.scheme() == "https";
        if !is_loopback(&url) {
            environment::check_proxies(url.scheme())?;
        }
        #[cfg(not(feature = "rustls-ring"))]
        if secure && self.http.is_none() {
            return Err(Error::config(
                "https needs TLS, and this crate was built without its feature `rustls-ring`: turn it on, or turn on a TLS feature of your own reqwest and call `.http(|client| client)`"
                    .to_owned(),
            ));
        }
        let mut http = ClientBuilder::new()
            .user_agent(concat!(
                env!("CARGO_PKG_NAME"),
                "/",
                env!("CARGO_PKG_VERSION")
            ))
            // The shorter one, so that what was never connected is known as not sent.
            .connect_timeout(CONNECT_TIMEOUT.min(self.timeout.mul_f32(0.9)));
        #[cfg(feature = "rustls-ring")]
        {
            if secure {
                environment::check_certificates()?;
            }
            let tls = super::tls::config(secure, &self.roots)
                .map_err(|e| Error::config(format!("TLS can't be set up: {e}")))?;
            http = http.tls_backend_preconfigured(tls);
        }
        if let Some(adjust) = self.http {
            http = adjust(http);
        }
        // A redirect would carry the token and the leads to another host.
        http = http
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            // It would log whole requests, including the token.
            .connection_verbose(false)
            .referer(false)
            // Another package may have turned reqwest's unpackers on. A small answer could then become a huge one.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
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
        let base_url = url.as_str().trim_end_matches('/').into();
        let shared = Shared::new(headers, base_url, limiter, self.timeout, self.observers);
        Ok(Copper::of(http, shared))
    }
}

impl Copper {
    /// Connects with the credentials in the environment: either the API key in `COPPER_ACCESS_TOKEN` and its
    /// owner's e-mail address in `COPPER_USER_EMAIL`, or an OAuth 2 access token in `COPPER_OAUTH_TOKEN`. If
    /// `COPPER_BASE_URL` is set, it connects to that URL.
    ///
    /// # Errors
    /// When a variable is missing, empty or unusable, or both an API key and an OAuth token are set; see
    /// [`build`](Builder::build).
    ///
    /// ```no_run
    /// # fn main() -> Result<(), copper_crm::Error> {
    /// let copper = copper_crm::Copper::from_env()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_env() -> Result<Self, Error> {
        Self::builder_from_env()?.build()
    }

    /// Takes the same environment variables as [`from_env`](Self::from_env), for further settings.
    ///
    /// # Errors
    /// When a variable is missing or empty.
    pub fn builder_from_env() -> Result<Builder, Error> {
        let variable = |name| env::var(name).ok().filter(|value| !value.trim().is_empty());
        let needed = |name: &'static str| {
            variable(name).ok_or_else(|| {
                Error::config(format!(
                    "the environment variable {name} is missing, empty or not Unicode"
                ))
            })
        };
        let builder = match variable(OAUTH_TOKEN) {
            Some(_) if variable(ACCESS_TOKEN).is_some() => {
                return Err(Error::config(format!(
                    "the environment variables {ACCESS_TOKEN} and {OAUTH_TOKEN} are both set; unset one"
                )));
            }
            Some(token) => Self::oauth(token),
            None => Self::builder(needed(ACCESS_TOKEN)?, needed(USER_EMAIL)?),
        };
        Ok(match variable(BASE_URL_VARIABLE) {
            Some(url) => builder.base_url(url),
            None => builder,
        })
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
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").finish_non_exhaustive()
    }
}
