//! The options of a connection to Copper, which all commands that send something share.

use std::env;

use clap::Args;

const BASE_URL: &str = "COPPER_BASE_URL";
const NOT_FOR_HTTPS: &str = "--allow-http is for a COPPER_BASE_URL that begins with http://, and the \
    one in use does not";

#[derive(Clone, Debug, Default, Args)]
pub struct Connection {
    /// Sends to a COPPER_BASE_URL with http:// on another machine.
    ///
    /// Nothing is encrypted then: others on the network can read the token and the records. Use it for a sandbox
    /// in a container, for example. http:// to this machine does not need this option.
    #[arg(long)]
    pub allow_http: bool,

    /// Shares the limits of the API key with other processes, in the Redis at this URL, such as
    /// redis://host:6379 or, with TLS, rediss://host. With import and sync, it needs --live.
    ///
    /// All processes that use the same key and the same Redis together stay under Copper's limits, and take
    /// turns. While Redis can't be reached, nothing is sent. The variable COPPER_SHARE_LIMITS does the same; it
    /// is ignored without --live.
    #[arg(long, value_name = "URL")]
    pub share_limits: Option<String>,
}

impl Connection {
    /// Refuses --allow-http if it has no effect: then the URL is not the one that the user expects.
    pub fn check(&self) -> Result<(), String> {
        match self.allow_http && !is_http() {
            true => Err(NOT_FOR_HTTPS.to_owned()),
            false => Ok(()),
        }
    }

    /// The advice for a client that can't be made without the option.
    pub fn hint(&self) -> &'static str {
        match !self.allow_http && is_http() {
            true => " (--allow-http allows http)",
            false => "",
        }
    }
}

fn is_http() -> bool {
    let url = env::var(BASE_URL).unwrap_or_default();
    let scheme = url.trim().get(.."http://".len());
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"))
}
