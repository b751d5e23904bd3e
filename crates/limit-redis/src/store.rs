//! The store: one call of the script for each exchange, on a connection that is kept as long as it replies.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, IntoConnectionInfo, RedisError, Script, Value,
};
use ring::digest::{SHA256, digest};
use rolling_limit::store::{Exchange, Reply, Store, StoreError, StoreFuture};

use crate::notifications::Notifications;
use crate::script::{Call, SCRIPT, channel, reply};

/// The time after which a connection attempt is abandoned and repeated.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The time limit of a call. The limiter abandons an exchange earlier.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);
/// The number of bytes of the digest in the names of keys.
const DIGEST: usize = 16;

/// Keeps the slots of an API key in Redis.
pub struct RedisStore {
    client: Client,
    /// The connection, if it has replied to the last exchange. Any other connection is dropped, because its machine may
    /// be gone or hang.
    kept: Mutex<Option<MultiplexedConnection>>,
    script: Script,
    /// The prefix of all keys. It contains the hash tag.
    name: String,
    process: String,
    notifications: Notifications,
}

impl RedisStore {
    /// Creates a store for the limits of `api_key`, on the Redis at `url`: `redis://host:6379/0`, or
    /// `rediss://` for TLS. It does not connect before the first request.
    ///
    /// All processes with the same API key on the same Redis share its limits. The key itself is never sent to Redis:
    /// the names of keys contain the beginning of its SHA-256 digest.
    ///
    /// TLS trusts the certificates that the machine trusts. If the environment variable `SSL_CERT_FILE` names a file,
    /// TLS trusts the certificates in it instead. The process needs a crypto provider for rustls; this installs ring's
    /// if there is none.
    ///
    /// For a cluster, give the URL of any node. The store finds the node that has the keys.
    ///
    /// # Errors
    /// When the URL is not one of Redis'.
    pub fn new(url: &str, api_key: &str) -> Result<Self, UrlError> {
        let info = url.into_connection_info().map_err(UrlError)?;
        let is_tls = matches!(info.addr(), ConnectionAddr::TcpTls { .. });
        if is_tls && rustls::crypto::CryptoProvider::get_default().is_none() {
            // An error is fine here: another thread has installed one meanwhile.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let client = Client::open(info).map_err(UrlError)?;
        let digest = digest(&SHA256, api_key.as_bytes());
        let digest: String = digest
            .as_ref()
            .iter()
            .take(DIGEST)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let name = format!("rolling-limit:{{{digest}}}:");
        // The standard library seeds its hash tables randomly.
        let process = format!("{:016x}", RandomState::new().hash_one(std::process::id()));
        Ok(Self {
            notifications: Notifications::new(channel(&name, &process)),
            client,
            kept: Mutex::new(None),
            script: Script::new(SCRIPT),
            name,
            process,
        })
    }

    /// Returns the prefix of all names of keys that the store uses in Redis.
    pub fn key_prefix(&self) -> &str {
        &self.name
    }

    fn kept(&self) -> MutexGuard<'_, Option<MultiplexedConnection>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn call(
        &self,
        call: &Call,
        connection: &mut MultiplexedConnection,
    ) -> Result<Value, RedisError> {
        let mut invocation = self.script.prepare_invoke();
        for key in &call.keys {
            invocation.key(key);
        }
        invocation.arg(&call.argument);
        invocation.invoke_async(connection).await
    }

    /// A client of the node that has the keys, if the error says that another node of the cluster has them.
    fn elsewhere(&self, error: &RedisError) -> Option<Client> {
        let (address, _) = error.redirect_node()?;
        let info = self.client.get_connection_info();
        Client::open(info.clone().set_addr(moved_to(info.addr(), address)?)).ok()
    }
}

async fn connect(client: &Client) -> Result<MultiplexedConnection, RedisError> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_TIMEOUT))
        .set_response_timeout(Some(RESPONSE_TIMEOUT));
    client
        .get_multiplexed_async_connection_with_config(&config)
        .await
}

/// The address of another node of the cluster of `known`. An address without a host means the same host.
fn moved_to(known: &ConnectionAddr, address: &str) -> Option<ConnectionAddr> {
    let (named, port) = address.rsplit_once(':')?;
    let named = named.trim_matches(['[', ']']);
    let port = port.parse().ok()?;
    let name = |host: &String| match named {
        "" => host.clone(),
        named => named.to_owned(),
    };
    match known {
        ConnectionAddr::Tcp(host, _) => Some(ConnectionAddr::Tcp(name(host), port)),
        ConnectionAddr::TcpTls {
            host,
            insecure,
            tls_params,
            ..
        } => Some(ConnectionAddr::TcpTls {
            host: name(host),
            port,
            insecure: *insecure,
            tls_params: tls_params.clone(),
        }),
        _ => None,
    }
}

impl Store for RedisStore {
    fn exchange<'a>(
        &'a self,
        exchange: &'a Exchange,
    ) -> StoreFuture<'a, Result<Reply, StoreError>> {
        Box::pin(async move {
            let call = Call::new(&self.name, &self.process, exchange);
            // The connection is put back after it has replied.
            let kept = self.kept().take();
            let mut connection = match kept {
                Some(connection) => connection,
                None => {
                    self.notifications.listen(&self.client);
                    connect(&self.client).await.map_err(StoreError::new)?
                }
            };
            let mut result = self.call(&call, &mut connection).await;
            if let Err(error) = &result
                && let Some(client) = self.elsewhere(error)
            {
                connection = connect(&client).await.map_err(StoreError::new)?;
                result = self.call(&call, &mut connection).await;
            }
            let reply = reply(&result.map_err(StoreError::new)?)?;
            *self.kept() = Some(connection);
            Ok(reply)
        })
    }

    fn notified(&self) -> StoreFuture<'_, Duration> {
        Box::pin(self.notifications.next())
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL may contain a password.
        f.debug_struct("RedisStore").finish_non_exhaustive()
    }
}

/// The error for a URL that can't be used.
#[derive(Debug)]
pub struct UrlError(RedisError);

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not a URL of a Redis, such as redis://localhost:6379: {}",
            self.0
        )
    }
}

impl std::error::Error for UrlError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_of_a_cluster_is_reached_as_the_first_was() {
        let moved = |url: &str, address: &str| {
            let info = url.into_connection_info().expect("a URL");
            moved_to(info.addr(), address).map(|address| address.to_string())
        };
        let host = Some("10.0.0.2:7001".to_owned());
        assert_eq!(moved("redis://10.0.0.1:7000", "10.0.0.2:7001"), host);
        assert_eq!(moved("rediss://10.0.0.1:7000", "10.0.0.2:7001"), host);
        let same = Some("redis.example.com:7001".to_owned());
        assert_eq!(moved("redis://redis.example.com", ":7001"), same);
        let six = Some("::1:7001".to_owned());
        assert_eq!(moved("redis://10.0.0.1", "[::1]:7001"), six);
        assert_eq!(moved("redis://10.0.0.1", "nonsense"), None);
    }
}
