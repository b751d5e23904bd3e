//! The credentials that requests must carry: the three headers, or the token as an OAuth 2 bearer token.

use std::fmt;

use http::{HeaderMap, header as standard};

use copper_crm::schema::header;

#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) token: String,
    pub(crate) email: String,
}

impl Credentials {
    pub(crate) fn are_in(&self, headers: &HeaderMap) -> bool {
        let is = |name: &str, wanted: &str| {
            headers
                .get(name)
                .is_some_and(|value| value.as_bytes() == wanted.as_bytes())
        };
        let key = is(header::ACCESS_TOKEN, &self.token)
            && is(header::USER_EMAIL, &self.email)
            && is(header::APPLICATION, header::APPLICATION_VALUE);
        key || bearer(headers).is_some_and(|token| token == self.token)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers
        .get(standard::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// Omits the values, which can be real ones.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}
