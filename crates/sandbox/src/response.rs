//! Copper's responses. Documented and recorded bodies are used word for word. Nobody has recorded the
//! bodies of 400, 401, 413 and 429; ours have the form of the recorded ones.

use serde_json::{Value, json};

use crate::schema::Problem;
use copper_crm::schema::SIZE_LIMIT_MESSAGE;

pub(crate) const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html";

/// A response before it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    /// The headers, except the content type, in the order in which they are sent.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            content_type: JSON.to_owned(),
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
        }
    }

    pub(crate) fn ok(body: &Value) -> Self {
        Self::json(200, body)
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A refusal in the form of most of Copper's.
    pub(crate) fn refusal(status: u16, message: &str) -> Self {
        Self::json(
            status,
            &json!({ "success": false, "status": status, "message": message }),
        )
    }

    pub(crate) fn no_such_route() -> Self {
        Self::json(404, &json!({ "error": "not_found" }))
    }

    pub(crate) fn no_such_record() -> Self {
        Self::refusal(404, "Resource not found")
    }

    pub(crate) fn too_many_records(limit: usize) -> Self {
        Self::json(
            422,
            &json!({ "error": format!("{SIZE_LIMIT_MESSAGE}{limit}") }),
        )
    }

    /// The 422 of a record or search that fails validation.
    pub(crate) fn invalid(problems: &[Problem]) -> Self {
        let reasons: Vec<_> = problems.iter().map(Problem::sentence).collect();
        Self::refusal(
            422,
            &format!("Invalid input: Validation errors: {}", reasons.join("\n")),
        )
    }

    pub(crate) fn malformed() -> Self {
        Self::refusal(400, "Bad Request")
    }

    pub(crate) fn unauthorised() -> Self {
        Self::refusal(401, "Unauthorized")
    }

    /// A request for another host. Copper has no such response.
    pub(crate) fn wrong_host() -> Self {
        Self::refusal(
            421,
            "The sandbox serves no host of this name; Builder::host_name adds one",
        )
    }

    pub(crate) fn too_many_requests() -> Self {
        Self::refusal(429, "Too Many Requests")
    }

    /// The response of a proxy in front of Copper.
    pub(crate) fn html(status: u16) -> Self {
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

/// The reason phrase of a status.
pub(crate) fn reason(status: u16) -> &'static str {
    http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Unknown")
}
