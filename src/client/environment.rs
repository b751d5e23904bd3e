//! Variables of the environment that the HTTP client follows. It ignores values that it can't follow, and
//! would send requests directly, or trust other certificates. Here such a value is refused instead.

use std::env;
#[cfg(feature = "rustls-ring")]
use std::path::Path;

use http::Uri;

use crate::Error;

/// The schemes of a proxy that needs the feature `socks`.
const SOCKS: [&str; 4] = ["socks4", "socks4a", "socks5", "socks5h"];

/// Checks the variables that name a proxy for a base URL of this scheme.
pub(crate) fn check_proxies(scheme: &str) -> Result<(), Error> {
    let variables = match scheme {
        "https" => [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]],
        _ => [["HTTP_PROXY", "http_proxy"], ["ALL_PROXY", "all_proxy"]],
    };
    for names in variables {
        // The client follows the first variable that is set.
        let set = names
            .into_iter()
            .find_map(|name| Some((name, env::var_os(name)?)));
        let Some((name, value)) = set.filter(|(_, value)| !value.is_empty()) else {
            continue;
        };
        let why = match value.to_str() {
            Some(value) => unusable_proxy(value),
            None => Some("is not Unicode".to_owned()),
        };
        // The value may hold a password, so it is not shown.
        return match why {
            Some(why) => Err(Error::config(format!(
                "the environment variable {name} {why}; correct it or unset it"
            ))),
            None => Ok(()),
        };
    }
    Ok(())
}

/// The reason why a proxy can't be used, if it can't.
fn unusable_proxy(value: &str) -> Option<String> {
    let Ok(uri) = value.parse::<Uri>() else {
        return Some("is not the URL of a proxy".to_owned());
    };
    match uri.scheme_str() {
        _ if uri.host().is_none_or(str::is_empty) => Some("names no host".to_owned()),
        None | Some("http" | "https") => None,
        Some(scheme) if SOCKS.contains(&scheme) => (!cfg!(feature = "socks"))
            .then(|| "names a SOCKS proxy, which needs this crate's feature `socks`".to_owned()),
        Some(_) => Some("has a scheme that no proxy has; use http, https or socks5".to_owned()),
    }
}

/// Checks the variables that name certificates to trust.
#[cfg(feature = "rustls-ring")]
pub(crate) fn check_certificates() -> Result<(), Error> {
    const FILE: &str = "SSL_CERT_FILE";
    const FOLDERS: &str = "SSL_CERT_DIR";
    let wrong = |name: &str, path: &Path, why: &str| {
        let path = crate::escape::escaped(&path.to_string_lossy()).into_owned();
        Error::config(format!(
            "the environment variable {name} names {path}, which {why}; correct it or unset it"
        ))
    };
    let file = env::var_os(FILE).map(std::path::PathBuf::from);
    if let Some(path) = &file {
        let text =
            std::fs::read(path).map_err(|e| wrong(FILE, path, &format!("can't be read ({e})")))?;
        if super::tls::certificates(&[text]).is_err() {
            return Err(wrong(FILE, path, "holds no certificate in PEM"));
        }
    }
    let folders = env::var_os(FOLDERS).unwrap_or_default();
    for path in env::split_paths(&folders).filter(|path| !path.as_os_str().is_empty()) {
        std::fs::read_dir(&path)
            .map_err(|e| wrong(FOLDERS, &path, &format!("can't be read ({e})")))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_would_be_ignored_is_refused() {
        for usable in [
            "http://proxy:3128",
            "https://user:word@proxy",
            "proxy:3128",
            "proxy",
        ] {
            assert_eq!(unusable_proxy(usable), None, "{usable}");
        }
        for (unusable, why) in [
            ("sock5://proxy:1080", "scheme"),
            ("not a proxy", "not the URL"),
            ("http://", "not the URL"),
            ("ftp://proxy", "scheme"),
        ] {
            let said = unusable_proxy(unusable).unwrap_or_default();
            assert!(said.contains(why), "{unusable}: {said}");
        }
    }

    #[test]
    fn a_socks_proxy_without_support_says_so() {
        let said = unusable_proxy("socks5://proxy:1080");
        assert_eq!(said.is_none(), cfg!(feature = "socks"), "{said:?}");
    }
}
