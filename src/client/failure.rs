//! The description of a request that got no whole answer: its kind, its innermost cause, and the host.

use std::{error::Error as StdError, fmt, io, time::Duration};

use bytes::Bytes;
use futures_util::stream;
use reqwest::{Body, Response, Url};

use crate::{
    error::{ErrorKind, Failure},
    escape::escaped,
    retry::Event,
};

/// The longest text of a cause that is shown, in characters.
const LONGEST_CAUSE: usize = 300;

/// The reason why this crate ended an attempt itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Halted {
    /// The answer is larger than any that Copper gives.
    TooLarge,
    /// No whole answer came within this time.
    Timeout(Duration),
    /// The deadline expired while the request, or an earlier attempt at it, was in doubt.
    Expired(Duration),
    /// The deadline expired before anything left.
    ExpiredUnsent(Duration),
}

impl fmt::Display for Halted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("the answer is larger than any that Copper gives"),
            Self::Timeout(limit) => write!(f, "none within {}", seconds(*limit)),
            Self::Expired(of) => write!(f, "the deadline of {} expired", seconds(*of)),
            Self::ExpiredUnsent(of) => {
                write!(
                    f,
                    "the deadline of {} expired before it was sent",
                    seconds(*of)
                )
            }
        }
    }
}

impl StdError for Halted {}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

impl Halted {
    /// The same as an error of the HTTP client, the only type that a hook may fail with. `reqwest::Error` has
    /// no constructor, so we trigger one.
    pub(crate) async fn into_error(self, url: Url) -> reqwest::Error {
        loop {
            let body = Body::wrap_stream(stream::iter([Err::<Bytes, _>(io::Error::other(self))]));
            if let Err(error) = Response::from(http::Response::new(body)).bytes().await {
                return error.with_url(url);
            }
        }
    }
}

/// The event of a failed attempt, for the retry decision.
pub(crate) fn event(error: &reqwest::Error) -> Event {
    kind(error).1
}

/// The description of a failed attempt.
pub(crate) fn failure(error: reqwest::Error) -> Failure {
    let (kind, event) = kind(&error);
    let cause: String = innermost(&error)
        .to_string()
        .chars()
        .take(LONGEST_CAUSE)
        .collect();
    let cause = escaped(&cause);
    let cause = match error.url().and_then(place) {
        Some(place) => format!("{cause} ({place})"),
        None => cause.into_owned(),
    };
    Failure {
        kind,
        event,
        cause: Some(cause),
        source: Some(Box::new(error.without_url())),
    }
}

/// The kind of a failed attempt, for people and for the retry decision.
pub(crate) fn kind(error: &reqwest::Error) -> (ErrorKind, Event) {
    match find::<Halted>(error) {
        Some(Halted::TooLarge) => return (ErrorKind::Unreadable, Event::Lost),
        Some(Halted::Timeout(_) | Halted::Expired(_)) => return (ErrorKind::Timeout, Event::Lost),
        Some(Halted::ExpiredUnsent(_)) => return (ErrorKind::Timeout, Event::Expired),
        None => {}
    }
    if error.is_builder() {
        return (ErrorKind::Unsendable, Event::Unsendable);
    }
    // A connect timeout is a timeout too, so this is asked first.
    if !error.is_connect() {
        let kind = if error.is_timeout() {
            ErrorKind::Timeout
        } else {
            ErrorKind::Lost
        };
        return (kind, Event::Lost);
    }
    if is_tls(error) {
        (ErrorKind::Tls, Event::Unsendable)
    } else if error.is_timeout() {
        (ErrorKind::Timeout, Event::NotConnected)
    } else if is_dns(error) {
        (ErrorKind::Dns, Event::NotConnected)
    } else {
        (ErrorKind::NotConnected, Event::NotConnected)
    }
}

/// The host, and the port if it is not the default.
fn place(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

/// An error and its chain of causes. `source` skips the error that an io::Error was made from.
fn chain<'e>(
    error: &'e (dyn StdError + 'static),
) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&'e (dyn StdError + 'static)| {
        let error: &'e (dyn StdError + 'static) = *error;
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}

fn find<'e, T: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e T> {
    chain(error).find_map(|error| error.downcast_ref())
}

fn innermost<'e>(error: &'e (dyn StdError + 'static)) -> &'e (dyn StdError + 'static) {
    chain(error).last().unwrap_or(error)
}

/// Returns true if certificates or TLS itself failed. A second attempt would not help.
#[cfg(feature = "rustls-ring")]
fn is_tls(error: &(dyn StdError + 'static)) -> bool {
    find::<rustls::Error>(error).is_some()
}

/// Without this crate's TLS, the type of a TLS failure can't be known. The attempts run out instead.
#[cfg(not(feature = "rustls-ring"))]
fn is_tls(_: &(dyn StdError + 'static)) -> bool {
    false
}

/// Returns true if a host name was not resolved. The connector has no public type for this error, only these
/// words; a test checks them.
fn is_dns(error: &(dyn StdError + 'static)) -> bool {
    chain(error).any(|error| error.to_string() == "dns error")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn failed_at(url: &str) -> Failure {
        let http = reqwest::ClientBuilder::new().no_proxy();
        #[cfg(feature = "rustls-ring")]
        let http =
            http.tls_backend_preconfigured(crate::client::tls_config(false, &[]).expect("TLS"));
        let http = http.build().expect("a client");
        failure(http.get(url).send().await.expect_err("nobody is there"))
    }

    #[tokio::test]
    async fn a_name_that_is_not_resolved_is_told_with_the_host() {
        let failure = failed_at("http://no-such-host.invalid/v1").await;
        assert_eq!(
            (failure.kind, failure.event),
            (ErrorKind::Dns, Event::NotConnected)
        );
        let cause = failure.cause.expect("a cause");
        assert!(cause.ends_with("(no-such-host.invalid)"), "{cause}");
    }

    #[tokio::test]
    async fn a_connection_that_is_refused_is_told_with_the_host_and_its_port() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let place = free.local_addr().expect("an address").to_string();
        drop(free);
        let failure = failed_at(&format!("http://{place}/v1")).await;
        assert_eq!(failure.kind, ErrorKind::NotConnected);
        let cause = failure.cause.expect("a cause");
        assert!(
            cause.contains("refused") && cause.ends_with(&format!("({place})")),
            "{cause}"
        );
    }

    #[tokio::test]
    async fn what_this_crate_ends_itself_keeps_its_reason() {
        let url: Url = "https://api.example.com/v1".parse().expect("a URL");
        let time = Duration::from_secs(5);
        for (halted, expected, cause) in [
            (
                Halted::TooLarge,
                (ErrorKind::Unreadable, Event::Lost),
                "the answer is larger than any that Copper gives",
            ),
            (
                Halted::Timeout(time),
                (ErrorKind::Timeout, Event::Lost),
                "none within 5 s",
            ),
            (
                Halted::Expired(time),
                (ErrorKind::Timeout, Event::Lost),
                "the deadline of 5 s expired",
            ),
            (
                Halted::ExpiredUnsent(time),
                (ErrorKind::Timeout, Event::Expired),
                "the deadline of 5 s expired before it was sent",
            ),
        ] {
            let failure = failure(halted.into_error(url.clone()).await);
            assert_eq!((failure.kind, failure.event), expected);
            assert_eq!(failure.cause, Some(format!("{cause} (api.example.com)")));
        }
    }
}
