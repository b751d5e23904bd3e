//! The settings of a sandbox, and its start. The defaults are Copper's rules.

use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::Router;
use rand::{TryRngCore, rngs::OsRng};
use serde_json::Value;
use tokio::{sync::watch, time::Instant};

use crate::{
    account::{
        Account, Lookups, SearchLag,
        lookups::{OWNER, named},
    },
    faults::Injections,
    network::Network,
    random::Random,
    sandbox::Sandbox,
    schema::Document,
    server::{Credentials, Hosts, ServerState, Throttle, serve, until_stopped},
    transport::{ConnectionOf, Incoming, Listener},
};
use copper_crm::{
    limit::Limit,
    schema::{BASE_URL, RATE_LIMITS},
};

const EMAIL: &str = "owner@sandbox.example";

/// The settings of a [`Sandbox`].
#[derive(Clone)]
pub struct Builder {
    address: IpAddr,
    port: u16,
    host_names: Vec<String>,
    limits: Vec<Limit>,
    scale: f64,
    count_refused: bool,
    network: Network,
    seed: u64,
    credentials: Option<Credentials>,
    search_lag: (Duration, Duration),
    lookups: Lookups,
}

impl Sandbox {
    /// Starts a sandbox with Copper's real limits, on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be opened.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Returns the settings of a new sandbox.
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl Builder {
    fn new() -> Self {
        Self {
            address: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            host_names: Vec::new(),
            limits: RATE_LIMITS.to_vec(),
            scale: 1.0,
            count_refused: false,
            network: Network::none(),
            seed: 0,
            credentials: None,
            search_lag: (Duration::ZERO, Duration::ZERO),
            lookups: Lookups::examples(),
        }
    }

    /// Sets the address to listen on. The default is 127.0.0.1.
    ///
    /// With another address, programs in containers and on other machines can reach the sandbox, and so
    /// can everybody else on that network. Requests need the sandbox's credentials, but nothing is
    /// encrypted. With the unspecified address `0.0.0.0` or `::`, [`Sandbox::base_url`] names the loopback
    /// address.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
    /// use copper_crm_sandbox::Sandbox;
    /// use std::net::Ipv4Addr;
    ///
    /// let sandbox = Sandbox::builder().address(Ipv4Addr::UNSPECIFIED).start().await?;
    /// assert!(sandbox.base_url().starts_with("http://127.0.0.1:"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn address(mut self, address: impl Into<IpAddr>) -> Self {
        self.address = address.into();
        self
    }

    /// Accepts requests for this host name, such as `host.docker.internal`, as well.
    ///
    /// By default, a sandbox on a loopback address accepts `localhost` and loopback addresses. On another
    /// address it accepts every IP address and every name without a dot. A request for another host gets
    /// 421, so that no web page can reach the sandbox through the user's browser.
    pub fn host_name(mut self, name: impl Into<String>) -> Self {
        self.host_names.push(name.into());
        self
    }

    /// Sets the port. The default, 0, is any free port.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Multiplies the windows of all rate limits by this factor. With 0.01, a minute's budget is free again
    /// after 0.6 seconds. A `Retry-After` in seconds is multiplied as well, and rounded up. The numbers of
    /// requests and the network's delays stay the same.
    pub fn scale(mut self, factor: f64) -> Self {
        self.scale = factor;
        self
    }

    /// Sets other rate limits than Copper's.
    pub fn limits(mut self, limits: impl IntoIterator<Item = Limit>) -> Self {
        self.limits = limits.into_iter().collect();
        self
    }

    /// With true, a request refused with 429 uses up the limits as well. The default is false. Copper's rule
    /// is not known.
    pub fn count_refused(mut self, count: bool) -> Self {
        self.count_refused = count;
        self
    }

    /// Sets the simulated network between the program and the sandbox. The default is none.
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// Sets the seed of delays, faults and request ids. The default is 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the access token and the e-mail address that requests must carry. By default, each sandbox has
    /// a random token.
    pub fn credentials(mut self, token: impl Into<String>, email: impl Into<String>) -> Self {
        self.credentials = Some(Credentials {
            token: token.into(),
            email: email.into(),
        });
        self
    }

    /// Adds a lead status to those of the default account. The first one of all is the default status.
    pub fn lead_status(mut self, id: i64, name: impl Into<String>) -> Self {
        self.lookups.add_status(id, &name.into());
        self
    }

    /// Adds a customer source to those of the default account.
    pub fn customer_source(mut self, id: i64, name: impl Into<String>) -> Self {
        self.lookups.sources.push(named(id, &name.into()));
        self
    }

    /// Adds a user to those of the default account.
    pub fn user(mut self, id: i64, name: impl Into<String>, email: impl Into<String>) -> Self {
        self.lookups.add_user(id, &name.into(), &email.into());
        self
    }

    /// Adds a type of people and companies.
    pub fn contact_type(mut self, id: i64, name: impl Into<String>) -> Self {
        self.lookups.contact_types.push(named(id, &name.into()));
        self
    }

    /// Adds a pipeline. Each of its stages is an id, a name and the probability of success in percent.
    pub fn pipeline<Name: Into<String>>(
        mut self,
        id: i64,
        name: impl Into<String>,
        stages: impl IntoIterator<Item = (i64, Name, i64)>,
    ) -> Self {
        self.lookups.add_pipeline(id, &name.into(), stages);
        self
    }

    /// Adds a reason for which opportunities are lost.
    pub fn loss_reason(mut self, id: i64, name: impl Into<String>) -> Self {
        self.lookups.loss_reasons.push(named(id, &name.into()));
        self
    }

    /// Adds a type of activities that users create.
    pub fn activity_type(mut self, id: i64, name: impl Into<String>) -> Self {
        self.lookups.add_activity_type("user", id, &name.into());
        self
    }

    /// Adds the definition of a custom field, in the form of Copper's response.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use copper_crm_sandbox::Sandbox;
    /// use serde_json::json;
    ///
    /// let fruit = json!({
    ///     "id": 7, "name": "Fruit", "data_type": "Dropdown", "available_on": ["lead"],
    ///     "is_filterable": true, "options": [{ "id": 8, "name": "Apple", "rank": 0 }],
    /// });
    /// let sandbox = Sandbox::builder().without_lookups().custom_field(fruit).start().await?;
    /// let fields = sandbox.copper().build()?.list_custom_field_definitions().await?;
    /// assert_eq!(fields[0].name.as_deref(), Some("Fruit"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn custom_field(mut self, definition: Value) -> Self {
        self.lookups.custom_fields.push(definition);
        self
    }

    /// Removes all lookups of the default account: statuses, sources, users, custom fields, and all others
    /// that were added before.
    pub fn without_lookups(mut self) -> Self {
        self.lookups = Lookups {
            leads_disabled: self.lookups.leads_disabled,
            ..Lookups::default()
        };
        self
    }

    /// Switches the leads of the account off. Requests for leads and their statuses get 403.
    pub fn disable_leads(mut self) -> Self {
        self.lookups.leads_disabled = true;
        self
    }

    /// Delays the moment when searches find a new lead. The delay of each lead is drawn from between the two
    /// times. If `longest` is not above `shortest`, every delay is `shortest`. A request for the lead by
    /// its id finds it at once. The default is no delay.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use copper_crm::{NewLead, types::LeadSearch};
    /// use copper_crm_sandbox::Sandbox;
    ///
    /// let hour = Duration::from_secs(3_600);
    /// let sandbox = Sandbox::builder().search_lag(hour, hour).start().await?;
    /// let copper = sandbox.copper().build()?;
    /// let lead = copper.create_lead(&NewLead::named("Ada Lovelace")).await?;
    /// assert_eq!(copper.get_lead(lead.id).await?.id, lead.id);
    /// assert!(copper.search_leads_page(&LeadSearch::default()).await?.records.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn search_lag(mut self, shortest: Duration, longest: Duration) -> Self {
        self.search_lag = (shortest, longest);
        self
    }

    /// Starts the sandbox in the current tokio runtime.
    ///
    /// # Errors
    /// When there is no tokio runtime, the port is taken, the scale is not above 0 or too large, or the
    /// operating system gives no random numbers.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
    /// use copper_crm_sandbox::{Network, Sandbox};
    ///
    /// let sandbox = Sandbox::builder().scale(0.01).network(Network::lan()).seed(7).start().await?;
    /// assert!(sandbox.base_url().starts_with("http://127.0.0.1:"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn start(self) -> io::Result<Sandbox> {
        let limits = scaled(&self.limits, self.scale)?;
        let document = Document::built_in().map_err(io::Error::other)?;
        let base_path = base_path(BASE_URL);
        let (shortest, longest) = self.search_lag;
        let lag = SearchLag {
            shortest,
            longest,
            random: Random::new(self.seed),
        };
        let credentials = match self.credentials {
            Some(credentials) => credentials,
            None => Credentials {
                token: random_token()?,
                email: EMAIL.to_owned(),
            },
        };
        let mut lookups = self.lookups;
        lookups.add_user(OWNER, "Sandbox Owner", &credentials.email);
        let listener = Listener::open(SocketAddr::new(self.address, self.port))?;
        let reachable = SocketAddr::new(reachable(self.address), listener.address().port());
        let base_url = format!("http://{reachable}{base_path}");
        let state = Arc::new(ServerState {
            base_path,
            started: Instant::now(),
            document,
            credentials,
            hosts: Hosts {
                loopback: self.address.is_loopback(),
                names: self.host_names,
            },
            scale: self.scale,
            network: self.network,
            listener: Arc::clone(&listener),
            throttle: Mutex::new(Throttle::new(&limits, self.count_refused)),
            random: Mutex::new(Random::new(self.seed)),
            faults: Mutex::new(Injections::new()),
            account: Mutex::new(Account::new(lag, lookups)),
            arrivals: Mutex::new(Vec::new()),
            stopped: watch::Sender::new(false),
        });
        let router = Router::new().fallback(serve).with_state(Arc::clone(&state));
        let server = axum::serve(
            Incoming(listener),
            router.into_make_service_with_connect_info::<ConnectionOf>(),
        );
        tokio::spawn(until_stopped(
            state.stopped.subscribe(),
            server.into_future(),
        ));
        Ok(Sandbox::running(state, base_url, limits))
    }
}

/// Omits the credentials, which can be real ones.
impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("address", &self.address)
            .field("port", &self.port)
            .field("limits", &self.limits)
            .field("scale", &self.scale)
            .field("network", &self.network)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

fn scaled(limits: &[Limit], factor: f64) -> io::Result<Vec<Limit>> {
    let refused = || {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("limits can't be scaled by {factor}; the scale must be a number above 0"),
        )
    };
    if factor <= 0.0 {
        return Err(refused());
    }
    let scaled = limits.iter().map(|limit| {
        let window = Duration::try_from_secs_f64(limit.window.as_secs_f64() * factor)
            .map_err(|_| refused())?;
        Ok(Limit { window, ..*limit })
    });
    scaled.collect()
}

/// A token that no other program can guess, from the random numbers of the operating system.
fn random_token() -> io::Result<String> {
    let mut bytes = [0; 16];
    OsRng.try_fill_bytes(&mut bytes).map_err(io::Error::other)?;
    Ok(format!("sandbox-{:032x}", u128::from_le_bytes(bytes)))
}

/// The address by which a client of this machine reaches the sandbox.
fn reachable(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    }
}

/// The path of a URL, without a final slash.
fn base_path(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/')
        .and_then(|slash| rest.get(slash..))
        .unwrap_or_default()
        .trim_end_matches('/')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_path_is_all_that_follows_the_host() {
        assert_eq!(
            base_path("https://api.copper.com/developer_api/v1"),
            "/developer_api/v1"
        );
        assert_eq!(base_path("https://api.copper.com/v1/"), "/v1");
        assert_eq!(base_path("https://api.copper.com"), "");
    }

    #[test]
    fn an_invalid_scale_is_refused_with_a_reason() {
        for factor in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = scaled(RATE_LIMITS, factor).expect_err("refused");
            assert!(
                error.to_string().starts_with("limits can't be scaled by"),
                "{error}"
            );
        }
    }
}
