//! The URL of a journal: parsed strictly, and shown without its password.

use std::{fmt, net::IpAddr, time::Duration};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use tokio_postgres::config::{Config, Host, SslMode, TargetSessionAttrs};

use crate::tls::{self, Tls};

/// The time after which a connection attempt is given up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The time after which an unanswered packet ends the connection. An idle connection to a server that has vanished ends
/// after `IDLE + INTERVAL * RETRIES`.
const USER_TIMEOUT: Duration = Duration::from_secs(25);
const IDLE: Duration = Duration::from_secs(10);
const INTERVAL: Duration = Duration::from_secs(5);
const RETRIES: u32 = 3;
/// The most bytes of a journal's name. The name must fit into an index.
const LONGEST_NAME: usize = 200;
const PLAIN: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A parsed URL.
#[derive(Clone)]
pub(crate) struct Url {
    pub(crate) config: Config,
    pub(crate) tls: Tls,
    /// The value of `name`.
    pub(crate) name: Option<String>,
    shown: String,
}

impl Url {
    pub(crate) fn read(url: &str) -> Result<Self, UrlError> {
        let rest = ["postgres://", "postgresql://"];
        let rest = rest.iter().find_map(|scheme| url.strip_prefix(scheme));
        let rest = rest.ok_or(UrlError::new("it does not begin with postgres://"))?;
        if rest.contains('#') {
            return Err(UrlError::new("it has a # that is not written as %23"));
        }
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = place.split_once('/').unwrap_or((place, ""));
        // The parser would use the first of two, and read a part of the password as the host.
        if authority.matches('@').count() > 1 || database.contains('@') {
            return Err(UrlError::new(
                "it has an @ in its user, password or database that is not written as %40",
            ));
        }
        let (mut name, mut mode, mut roots) = (None, None, None);
        let mut others = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = || {
                let decoded = percent_decode_str(value).decode_utf8();
                let decoded = decoded.map(|text| text.into_owned());
                decoded.map_err(|_| UrlError::new("a value in it is not UTF-8"))
            };
            match key {
                "name" => name = Some(checked(decoded()?)?),
                "sslmode" => mode = Some(decoded()?),
                "sslrootcert" => roots = Some(decoded()?),
                _ => others.push(pair.replace('@', "%40")),
            }
        }
        let plain = format!("postgres://{place}?{}", others.join("&"));
        // Its error may quote a part of the password.
        let parsed = plain.parse::<Config>();
        let mut config = parsed.map_err(|_| {
            UrlError::new("its host, its port or one of its parameters can't be read")
        })?;
        if config.get_hosts().is_empty() {
            return Err(UrlError::new("it names no host"));
        }
        let shown = shown(&config, name.as_deref());
        let tls = encryption(&mut config, mode.as_deref(), roots.as_deref())?;
        patience(&mut config);
        Ok(Self {
            config,
            tls,
            name,
            shown,
        })
    }
}

impl Url {
    /// The same URL, shown with this name of a journal.
    pub(crate) fn named(mut self, name: &str) -> Self {
        self.shown = shown(&self.config, Some(name));
        self
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// Returns the name if a journal may have it.
pub(crate) fn checked(name: String) -> Result<String, UrlError> {
    if name.is_empty() || name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(UrlError::new(
            "the name of a journal has 1 to 200 bytes, and no control characters",
        ));
    }
    Ok(name)
}

/// The URL without secrets, made of its parsed parts.
fn shown(config: &Config, name: Option<&str>) -> String {
    let plain = |text: &str| utf8_percent_encode(text, &PLAIN).to_string();
    let user = config.get_user().map(|user| format!("{}@", plain(user)));
    let ports = config.get_ports();
    let hosts = config.get_hosts().iter().enumerate().map(|(at, host)| {
        let host = match host {
            Host::Tcp(host) if host.contains(':') => format!("[{host}]"),
            Host::Tcp(host) => plain(host),
            #[cfg(unix)]
            Host::Unix(path) => plain(&path.to_string_lossy()),
        };
        let port = ports.get(at).or(ports.first()).copied();
        format!("{host}:{}", port.unwrap_or(5432))
    });
    let hosts: Vec<_> = hosts.collect();
    let database = config.get_dbname().map(plain).unwrap_or_default();
    let name = name.map(|name| format!("?name={}", plain(name)));
    format!(
        "postgres://{}{}/{database}{}",
        user.unwrap_or_default(),
        hosts.join(","),
        name.unwrap_or_default()
    )
}

/// Sets the encryption. Without `sslmode`, connections within this machine are not encrypted. All others are, with a
/// verified certificate.
fn encryption(
    config: &mut Config,
    mode: Option<&str>,
    roots: Option<&str>,
) -> Result<Tls, UrlError> {
    let encrypted = match mode {
        Some("disable") => false,
        Some("require" | "verify-full") => true,
        None => roots.is_some() || !config.get_hosts().iter().all(is_local),
        Some(_) => {
            return Err(UrlError::new(
                "its sslmode is none of disable, require and verify-full; with the last two, which mean the same here, the server's certificate is verified",
            ));
        }
    };
    config.ssl_mode(match encrypted {
        true => SslMode::Require,
        false => SslMode::Disable,
    });
    if !encrypted && roots.is_some() {
        return Err(UrlError::new("it has sslrootcert, but sslmode=disable"));
    }
    tls::config(encrypted, roots).map_err(UrlError)
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Tcp(host) => {
            host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// Sets timeouts that the URL does not set, so that the run soon notices if the server vanishes.
fn patience(config: &mut Config) {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(USER_TIMEOUT);
    }
    if config.get_keepalives_idle() > IDLE {
        config.keepalives_idle(IDLE);
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(INTERVAL);
    }
    if config.get_keepalives_retries().is_none() {
        config.keepalives_retries(RETRIES);
    }
    if config.get_application_name().is_none() {
        config.application_name("copper-crm journal");
    }
    // If the URL has several hosts, use one that accepts writes.
    config.target_session_attrs(TargetSessionAttrs::ReadWrite);
}

/// The error for a URL that can't be used. It does not quote the URL, which may hold a password.
#[derive(Debug)]
pub struct UrlError(String);

impl UrlError {
    pub(crate) fn new(why: &str) -> Self {
        Self(why.to_owned())
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not a URL of a journal, such as postgres://user:password@host:5432/database?name=RUN: {}",
            self.0
        )
    }
}

impl std::error::Error for UrlError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_told_without_its_password() {
        for (url, shown) in [
            (
                "postgres://jim:geheim@db.example.com/crm?name=leads",
                "postgres://jim@db.example.com:5432/crm?name=leads",
            ),
            (
                "postgresql://jim@db.example.com:6000/crm?password=geheim&name=May%20leads",
                "postgres://jim@db.example.com:6000/crm?name=May%20leads",
            ),
            (
                "postgres://jim:geheim%40%2F%3F@a,b:6000/crm?name=a@b",
                "postgres://jim@a:5432,b:6000/crm?name=a%40b",
            ),
            (
                "postgres://jim:geheim@[::1]/?name=x",
                "postgres://jim@[::1]:5432/?name=x",
            ),
        ] {
            let read = Url::read(url).expect(url);
            assert_eq!(read.to_string(), shown);
            assert_eq!(format!("{read:?}"), shown);
        }
    }

    #[test]
    fn what_is_wrong_with_a_url_is_told_without_a_part_of_it() {
        for url in [
            "mysql://jim:geheim@db/crm?name=x",
            "postgres://jim:gehe@im@db/crm?name=x",
            "postgres://jim:gehe/im@db/crm?name=x",
            "postgres://jim:gehe?im@db/crm?name=x",
            "postgres://jim:gehe#im@db/crm?name=x",
            "postgres://jim:geheim@db:port/crm?name=x",
            "postgres://jim:geheim@db/crm?name=x&geheim=1",
            "postgres://jim:geheim@db/crm?name=x&sslmode=geheim",
            "postgres://jim:geheim@/crm?name=x",
            "postgres://jim:geheim@db/crm?name=",
            "postgres://jim:geheim@db/crm?name=a%0Ab",
            "postgres://jim:geheim@db/crm?name=%FF",
            "postgres://jim:geheim@db/crm?sslrootcert=/no/file&name=x",
        ] {
            let error = Url::read(url).expect_err(url).to_string();
            assert!(!error.contains("gehe"), "{error}");
            assert!(!error.contains("im@"), "{error}");
        }
    }

    #[test]
    fn away_from_this_machine_a_certificate_is_asked_for() {
        for (url, mode) in [
            ("postgres://localhost/crm", SslMode::Disable),
            ("postgres://127.0.0.1/crm", SslMode::Disable),
            ("postgres://%2Frun%2Fpostgresql/crm", SslMode::Disable),
            ("postgres://localhost,db/crm", SslMode::Require),
            ("postgres://db/crm", SslMode::Require),
            ("postgres://db/crm?sslmode=disable", SslMode::Disable),
            (
                "postgres://localhost/crm?sslmode=verify-full",
                SslMode::Require,
            ),
        ] {
            let read = Url::read(url).expect(url);
            assert_eq!(read.config.get_ssl_mode(), mode, "{url}");
        }
    }
}
