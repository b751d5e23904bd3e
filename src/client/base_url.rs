//! The base URL, and which ones are allowed: https anywhere, http only on this machine.

use reqwest::Url;

use crate::Error;

/// The URL, if requests may go there. Http to other machines only where it is allowed.
pub(crate) fn base_url(text: &str, allow_http: bool) -> Result<Url, Error> {
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
        "http" if allow_http || is_loopback(&url) => Ok(url),
        "http" => Err(refuse(
            "is http, which would show the token to others on the network; use https (http is only for loopback addresses, or for tests with `allow_http`)",
        )),
        _ => Err(refuse("must start with https://")),
    }
}

/// Returns true if it is an address of this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}
