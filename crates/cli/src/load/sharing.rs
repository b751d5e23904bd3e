//! Limits that are shared with other processes that use the same API key, in a Redis.

use std::{env, time::Duration};

use copper_crm::{
    Copper,
    limit::{Fallback, Limiter},
    schema::RATE_LIMITS,
};
use rolling_limit_redis::RedisStore;
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    args::connection::Connection,
    display::{escape::escaped, say},
};

/// The credentials that the limits belong to.
const TOKENS: [&str; 2] = ["COPPER_ACCESS_TOKEN", "COPPER_OAUTH_TOKEN"];
const SHARE_LIMITS: &str = "COPPER_SHARE_LIMITS";
const CHECK: Duration = Duration::from_secs(1);

/// A client with the credentials in the environment, and with shared limits if the options or the environment
/// ask for them.
pub fn copper(connection: &Connection) -> Result<Copper, String> {
    connection.check().map_err(|why| format!("{why}."))?;
    let limiter = limiter(connection.share_limits.as_deref())?;
    let copper = Copper::builder_from_env().and_then(|mut builder| {
        if connection.allow_http {
            builder = builder.allow_http();
        }
        match limiter {
            Some(limiter) => builder.limiter(limiter).build(),
            None => builder.build(),
        }
    });
    copper.map_err(|error| {
        let (error, hint) = (escaped(error), connection.hint());
        format!("Copper can't be used: {error}{hint}.")
    })
}

/// The limiter for this URL, or for the one in the environment; None without either.
fn limiter(url: Option<&str>) -> Result<Option<Limiter>, String> {
    let (name, url) = match (url, env::var(SHARE_LIMITS)) {
        (Some(url), _) => ("--share-limits", url.to_owned()),
        (None, Ok(url)) if !url.is_empty() => (SHARE_LIMITS, url),
        _ => return Ok(None),
    };
    // Without a credential Copper can't be used anyway, and that is reported.
    let tokens = TOKENS.iter().filter_map(|name| env::var(name).ok());
    let token = tokens.into_iter().find(|token| !token.trim().is_empty());
    let token = token.unwrap_or_default();
    let store = RedisStore::new(&url, token.trim())
        .map_err(|error| format!("{name} can't be used: {}.", escaped(error)))?;
    let limiter = Limiter::shared(RATE_LIMITS.iter().copied(), store, Fallback::Closed);
    tokio::spawn(watch(limiter.clone()));
    Ok(Some(limiter))
}

/// Reports when the Redis can't be reached, and when it is back.
async fn watch(limiter: Limiter) {
    let mut checks = interval(CHECK);
    checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was_reachable = true;
    let mut lost_ago = None;
    loop {
        checks.tick().await;
        let Some(sharing) = limiter.sharing() else {
            return;
        };
        if sharing.reachable != was_reachable {
            was_reachable = sharing.reachable;
            match sharing.failure {
                None => say("Redis replies again, and the program continues."),
                Some(failure) => say(format_args!(
                    "Redis can't be reached, so the limits can't be shared: nothing is sent until it is back. \
                     The cause: {}.",
                    escaped(failure)
                )),
            }
        }
        // The time since a loss grows, unless there was a new one.
        let is_new = sharing
            .log_lost
            .is_some_and(|ago| lost_ago.is_none_or(|before| ago < before));
        lost_ago = sharing.log_lost;
        if is_new {
            say(
                "Redis has lost its record of earlier requests: nothing is sent for a moment, and then the program continues. \
                 For a minute, Copper may refuse requests that come too early; they are sent again.",
            );
        }
    }
}
