//! Credentials, validated before anything is sent.

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use crate::{Error, generated::header};

/// The credentials of a client.
pub(crate) enum Credentials {
    Key { token: String, email: String },
    OAuth { token: String },
}

impl Credentials {
    /// The headers of every request, hidden from every `Debug`.
    pub(crate) fn headers(&self) -> Result<HeaderMap, Error> {
        let value = |what: &str, text: &str| {
            let text = text.trim();
            if text.is_empty() {
                return Err(Error::config(format!("the {what} is empty")));
            }
            let illegal = || {
                Error::config(format!(
                    "the {what} has characters that an HTTP header can't carry"
                ))
            };
            let mut value = HeaderValue::from_str(text).map_err(|_| illegal())?;
            // How the server would read anything beyond ASCII is not known.
            value.to_str().map_err(|_| illegal())?;
            value.set_sensitive(true);
            Ok(value)
        };
        let mut headers = HeaderMap::new();
        match self {
            Credentials::Key { token, email } => {
                headers.insert(
                    HeaderName::from_static(header::ACCESS_TOKEN),
                    value("access token", token)?,
                );
                headers.insert(
                    HeaderName::from_static(header::USER_EMAIL),
                    value("user e-mail", email)?,
                );
                headers.insert(
                    HeaderName::from_static(header::APPLICATION),
                    HeaderValue::from_static(header::APPLICATION_VALUE),
                );
            }
            Credentials::OAuth { token } => {
                headers.insert(
                    AUTHORIZATION,
                    value("access token", &format!("Bearer {}", non_empty(token)?))?,
                );
            }
        }
        Ok(headers)
    }
}

fn non_empty(token: &str) -> Result<&str, Error> {
    Some(token.trim())
        .filter(|t| !t.is_empty())
        .ok_or_else(|| Error::config("the access token is empty".to_owned()))
}
