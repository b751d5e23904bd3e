//! What Copper says. Every body here that is documented or was recorded on the live API is given word
//! for word; the bodies of 400, 401, 413 and 429 nobody has recorded, so ours have the form of the
//! recorded ones, and no program should rely on them.

use serde_json::{Value, json};

use super::problem::Problem;
use copper_crm::schema::SIZE_LIMIT_MESSAGE;

pub(super) const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html";

/// An answer before it is put on the wire.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: String,
    /// Headers beside the content type, in the order in which they are sent.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            content_type: JSON.to_owned(),
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
        }
    }

    pub(super) fn ok(body: &Value) -> Self {
        Self::json(200, body)
    }

    pub(super) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A refusal in the form that Copper uses for most of them.
    pub(super) fn refusal(status: u16, message: &str) -> Self {
        Self::json(
            status,
            &json!({ "success": false, "status": status, "message": message }),
        )
    }

    pub(super) fn no_such_route() -> Self {
        Self::json(404, &json!({ "error": "not_found" }))
    }

    pub(super) fn no_such_record() -> Self {
        Self::refusal(404, "Resource not found")
    }

    pub(super) fn too_many_records(limit: usize) -> Self {
        Self::json(
            422,
            &json!({ "error": format!("{SIZE_LIMIT_MESSAGE}{limit}") }),
        )
    }

    /// A record or search that fails validation, for the reasons given.
    pub(super) fn invalid(problems: &[Problem]) -> Self {
        let reasons: Vec<_> = problems.iter().map(Problem::sentence).collect();
        Self::refusal(
            422,
            &format!("Invalid input: Validation errors: {}", reasons.join("\n")),
        )
    }

    pub(super) fn malformed() -> Self {
        Self::refusal(400, "Bad Request")
    }

    pub(super) fn unauthorised() -> Self {
        Self::refusal(401, "Unauthorized")
    }

    pub(super) fn too_many_requests() -> Self {
        Self::refusal(429, "Too Many Requests")
    }

    /// What a machine in front of Copper would say.
    pub(super) fn html(status: u16) -> Self {
        let title = format!("{status} {}", reason(status));
        let body = format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body><center><h1>{title}</h1></center></body>\r\n</html>\r\n"
        );
        Self {
            status,
            content_type: HTML.to_owned(),
            headers: Vec::new(),
            body: body.into_bytes(),
        }
    }
}

/// The words that go with a status.
pub(super) fn reason(status: u16) -> &'static str {
    http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Unknown")
}
