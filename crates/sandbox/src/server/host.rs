//! The check of the `Host` header. A web page that the user visits can make the browser send requests to the
//! sandbox under a host name of the page's own (DNS rebinding). So only host names that no such page can
//! have are accepted.

use std::net::IpAddr;

use http::{header, request::Parts};

/// The accepted hosts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    /// True if the sandbox listens on a loopback address.
    pub(crate) loopback: bool,
    /// Additional host names.
    pub(crate) names: Vec<String>,
}

impl Hosts {
    /// Returns true if a request has an accepted host.
    pub(crate) fn accept(&self, parts: &Parts) -> bool {
        let header = parts.headers.get(header::HOST);
        let header = header.map(|host| host.to_str().unwrap_or_default());
        // A URI with a host overrides the header.
        let host = parts.uri.authority().map(|host| host.as_str()).or(header);
        host.is_some_and(|host| self.accept_name(without_port(host)))
    }

    fn accept_name(&self, host: &str) -> bool {
        let named = |name: &String| name.eq_ignore_ascii_case(host);
        if host.eq_ignore_ascii_case("localhost") || self.names.iter().any(named) {
            return true;
        }
        match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) => address.is_loopback() || !self.loopback,
            // A container's name. No web page can have a name without a dot.
            Err(_) => !self.loopback && !host.is_empty() && !host.contains('.'),
        }
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(loopback: bool, host: &str) -> bool {
        let hosts = Hosts {
            loopback,
            names: vec!["copper.test".to_owned()],
        };
        hosts.accept_name(without_port(host))
    }

    #[test]
    fn on_loopback_only_loopback_names_and_given_ones_are_accepted() {
        for host in [
            "127.0.0.1:80",
            "127.0.0.1",
            "[::1]:80",
            "LocalHost:1",
            "Copper.test",
        ] {
            assert!(accepted(true, host), "{host}");
        }
        for host in [
            "attacker.example:80",
            "127.0.0.1.attacker.example",
            "10.0.0.1",
            "sandbox:80",
            "",
            ":80",
        ] {
            assert!(!accepted(true, host), "{host}");
        }
    }

    #[test]
    fn elsewhere_addresses_and_names_of_containers_are_accepted_as_well() {
        for host in ["10.0.0.1:80", "sandbox:80", "localhost", "[fe80::1]:80"] {
            assert!(accepted(false, host), "{host}");
        }
        assert!(!accepted(false, "attacker.example"));
        assert!(!accepted(false, ""));
    }
}
