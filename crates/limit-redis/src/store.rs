//! The store: one call of the script per exchange, over a connection that reconnects by itself.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, IntoConnectionInfo, RedisError, Script, Value};
use ring::digest::{SHA256, digest};
use rolling_limit::store::{Exchange, Reply, Store, StoreError, StoreFuture};

use crate::notifications::Notifications;
use crate::script::{Call, SCRIPT, channel, reply};

/// A connection attempt is abandoned after this time, and repeated.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The limiter abandons an exchange before this time.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);
/// The number of bytes of the digest in the names of keys.
const DIGEST: usize = 16;

/// Keeps the slots of an API key in Redis.
pub struct RedisStore {
    client: Client,
    connection: Mutex<Option<ConnectionManager>>,
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
    /// All processes that give the same API key on the same Redis share its limits. The key itself is not
    /// sent to Redis: the names of keys contain the beginning of its SHA-256 digest.
    ///
    /// For TLS the process needs a crypto provider for rustls; ring's is installed if there is none.
    ///
    /// # Errors
    /// When the URL is not one of Redis'.
    pub fn new(url: &str, api_key: &str) -> Result<Self, UrlError> {
        let info = url.into_connection_info().map_err(UrlError)?;
        if url.starts_with("rediss:") && rustls::crypto::CryptoProvider::get_default().is_none() {
            // Another thread may have installed one meanwhile. That is fine.
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
            connection: Mutex::new(None),
            script: Script::new(SCRIPT),
            name,
            process,
        })
    }

    /// Returns the prefix of the names of all its keys in Redis.
    pub fn key_prefix(&self) -> &str {
        &self.name
    }

    /// The connection, which the first call opens.
    fn connection(&self) -> Result<ConnectionManager, RedisError> {
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = &*connection {
            return Ok(connection.clone());
        }
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            .set_number_of_retries(1);
        let made = ConnectionManager::new_lazy_with_config(self.client.clone(), config)?;
        *connection = Some(made.clone());
        Ok(made)
    }
}

impl Store for RedisStore {
    fn exchange<'a>(
        &'a self,
        exchange: &'a Exchange,
    ) -> StoreFuture<'a, Result<Reply, StoreError>> {
        Box::pin(async move {
            self.notifications.listen(&self.client);
            let call = Call::new(&self.name, &self.process, exchange);
            let mut connection = self.connection().map_err(StoreError::new)?;
            let mut invocation = self.script.prepare_invoke();
            for key in &call.keys {
                invocation.key(key);
            }
            invocation.arg(&call.argument);
            let value: Value = invocation
                .invoke_async(&mut connection)
                .await
                .map_err(StoreError::new)?;
            reply(&value)
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

/// The URL can't be used.
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
