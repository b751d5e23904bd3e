//! One error for everything that can fail. It says what happened, whether it may have taken effect
//! and what to do next, and shows neither the token nor anything of the records that were sent.

use std::{error::Error as StdError, fmt, time::Duration};

use bytes::Bytes;
use reqwest::{Response, StatusCode};
use serde_json::{Map, Value};

use crate::{bulk::Fault, generated, hooks, operation::Operation, redact::Carried, retry::Event};

/// How much of an answer's own words an error repeats, in characters.
const LONGEST_MESSAGE: usize = 500;
/// Whatever is larger than this is not a few words.
const LARGEST_REFUSAL: usize = 64 << 10;
/// How Copper says that a feature is off.
const FEATURE_OFF: &str = "Feature not enabled";
const REQUEST_ID: &str = "x-request-id";

type Source = Box<dyn StdError + Send + Sync>;

/// Why a call failed.
///
/// Ask it what to do about it: [`may_have_taken_effect`](Self::may_have_taken_effect) tells whether
/// calling again could do something twice.
///
/// ```
/// # async fn example(copper: copper_crm::Copper, lead: copper_crm::NewLead) {
/// match copper.create_lead(&lead).await {
///     Ok(lead) => println!("created {}", lead.id),
///     Err(e) if e.may_have_taken_effect() => eprintln!("look it up before you create it again: {e}"),
///     Err(e) => eprintln!("not created: {e}"),
/// }
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    operation: Option<&'static str>,
    effect: Effect,
    status: Option<StatusCode>,
    message: Option<String>,
    /// The most records of one request, if that is what the refusal is about.
    size_limit: Option<usize>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    source: Option<Source>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Config,
    Journal,
    Outage,
    NotConnected,
    Unsendable,
    Lost,
    Refused,
    Unreadable,
    CutOff,
}

/// Whether the operation took effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    None,
    Unknown,
}

impl Error {
    pub(crate) fn config(message: String) -> Self {
        Self::new(Kind::Config, None, Effect::None).with_message(message)
    }

    pub(crate) fn unreadable(operation: &'static Operation, message: String) -> Self {
        Self::new(Kind::Unreadable, Some(operation), Effect::Unknown).with_message(message)
    }

    /// Why a journal can't be used.
    pub(crate) fn journal(fault: &Fault) -> Self {
        let effect = if fault.leaves_doubt() {
            Effect::Unknown
        } else {
            Effect::None
        };
        Self::new(Kind::Journal, None, effect).with_message(fault.to_string())
    }

    /// Reads are answered, but request after request is lost.
    pub(crate) fn outage() -> Self {
        Self::new(Kind::Outage, None, Effect::None)
    }

    /// What no request can say.
    pub(crate) fn unsendable(operation: &'static Operation, message: String) -> Self {
        Self::new(Kind::Unsendable, Some(operation), Effect::None).with_message(message)
    }

    /// A search of which Copper gives no more.
    pub(crate) fn cut_off(operation: &'static Operation) -> Self {
        Self::new(Kind::CutOff, Some(operation), Effect::None)
    }

    fn new(kind: Kind, operation: Option<&'static Operation>, effect: Effect) -> Self {
        let only_reads = operation.is_some_and(|operation| operation.method == "GET");
        let effect = if only_reads { Effect::None } else { effect };
        let operation = operation.map(|operation| operation.id);
        Self(Box::new(Inner {
            kind,
            operation,
            effect,
            status: None,
            message: None,
            size_limit: None,
            request_id: None,
            retry_after: None,
            source: None,
        }))
    }

    fn with_message(mut self, message: String) -> Self {
        self.0.message = Some(message);
        self
    }

    /// What the generated client's error means. Its own text would show whole bodies.
    pub(crate) async fn of_call(
        operation: &'static Operation,
        error: generated::Error<()>,
    ) -> Self {
        match error {
            generated::Error::CommunicationError(e)
            | generated::Error::ResponseBodyError(e)
            | generated::Error::InvalidUpgrade(e) => Self::of_transport(operation, e),
            generated::Error::UnexpectedResponse(answer) => {
                Self::of_answer(operation, answer).await
            }
            generated::Error::ErrorResponse(answer) => Self::of_status(operation, answer.status()),
            generated::Error::InvalidResponsePayload(_, e) => {
                Self::unreadable(operation, describe(&e))
            }
            generated::Error::InvalidRequest(why) | generated::Error::Custom(why) => {
                Self::new(Kind::Unsendable, Some(operation), Effect::None).with_message(why)
            }
        }
    }

    fn of_transport(operation: &'static Operation, error: reqwest::Error) -> Self {
        let (kind, effect) = match hooks::failure(&error) {
            Event::NotConnected => (Kind::NotConnected, Effect::None),
            Event::Unsendable => (Kind::Unsendable, Effect::None),
            Event::Lost | Event::Answered { .. } => (Kind::Lost, Effect::Unknown),
        };
        let mut this = Self::new(kind, Some(operation), effect);
        this.0.source = Some(Box::new(error.without_url()));
        this
    }

    async fn of_answer(operation: &'static Operation, answer: Response) -> Self {
        let status = answer.status();
        // The hooks have put it there.
        let carried = answer.extensions().get().cloned().unwrap_or_default();
        let request_id = answer
            .headers()
            .get(REQUEST_ID)
            .and_then(|id| id.to_str().ok())
            .map(|id| Carried::hidden_in(&carried, id, LONGEST_MESSAGE));
        let retry_after = hooks::asked_to_wait(answer.headers());
        let mut this = Self::of_status(operation, status);
        // It is in memory: the hooks have read it.
        let body = answer.bytes().await.unwrap_or_else(|_| Bytes::new());
        // What a success says are not words but records.
        if let (false, Some(words)) = (status.is_success(), words(&body)) {
            this.0.size_limit = size_limit(&words);
            this.0.message = message(words, &carried);
        }
        this.0.request_id = request_id;
        this.0.retry_after = retry_after;
        this
    }

    fn of_status(operation: &'static Operation, status: StatusCode) -> Self {
        let event = Event::Answered {
            status: status.as_u16(),
            size_limit: None,
        };
        let effect = if event.leaves_doubt() {
            Effect::Unknown
        } else {
            Effect::None
        };
        let mut this = Self::new(Kind::Refused, Some(operation), effect);
        this.0.status = Some(status);
        this
    }

    /// Whether it may have taken effect at Copper's side all the same.
    ///
    /// # Troubleshooting
    /// If so, look at what is there before you call again: for a create, search for the lead first.
    pub fn may_have_taken_effect(&self) -> bool {
        self.0.effect == Effect::Unknown
    }

    /// Whether the settings are at fault. Nothing was sent.
    pub fn is_config(&self) -> bool {
        self.0.kind == Kind::Config
    }

    /// Whether the [journal](crate::bulk::Run::journal) can't be read or written. Nothing is sent
    /// without it.
    pub fn is_journal(&self) -> bool {
        self.0.kind == Kind::Journal
    }

    /// Whether no connection could be made, by DNS, network or server. Nothing was sent; it may be
    /// tried again later.
    pub fn is_not_connected(&self) -> bool {
        self.0.kind == Kind::NotConnected
    }

    /// Whether the record does not exist, or is not visible to the key's owner.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether Copper found fault with what was sent. [`message`](Self::message) has its words.
    pub fn is_invalid(&self) -> bool {
        matches!(self.status(), Some(400 | 413 | 422))
    }

    /// Whether Copper refused it for exceeding its rate limits, for two minutes on end.
    ///
    /// # Troubleshooting
    /// Something else uses up the account's requests: another process with the same key, or two
    /// clients in this one that should share a [limiter](crate::Builder::limiter).
    pub fn is_rate_limited(&self) -> bool {
        self.status() == Some(429)
    }

    /// Whether Copper does not accept the credentials, or does not let them do this.
    pub fn is_unauthorized(&self) -> bool {
        matches!(self.status(), Some(401 | 403))
    }

    /// Whether the account has the feature switched off that this call is about.
    ///
    /// # Troubleshooting
    /// An administrator of the Copper account can switch it on in its settings.
    pub fn is_feature_off(&self) -> bool {
        self.status() == Some(403)
            && self
                .message()
                .is_some_and(|message| message.contains(FEATURE_OFF))
    }

    /// Whether a search was cut off at the most records that Copper gives.
    pub fn is_cut_off(&self) -> bool {
        self.0.kind == Kind::CutOff
    }

    /// The ids of the leads that match an upsert, if that is why it was refused and Copper names them.
    /// How Copper words it is not documented: these are the numbers in its message.
    pub fn matching_ids(&self) -> Vec<i64> {
        let upsert = self.0.operation == Some(generated::operation::UPSERT_LEAD.id);
        let message = self
            .message()
            .filter(|_| upsert && self.status() == Some(422))
            .unwrap_or_default();
        message
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|digits| digits.parse().ok())
            .collect()
    }

    /// The HTTP status of Copper's answer, if there was one that says no.
    pub fn status(&self) -> Option<u16> {
        self.0.status.map(|status| status.as_u16())
    }

    /// What Copper, or we, have to say about it, shortened. Texts that the request carried are replaced
    /// by `…` in it, for errors end up in logs.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// The id that Copper gave the request, to name to its support.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long Copper asked to wait, if it did.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The error as the one event that decides what is done about it.
    pub(crate) fn event(&self) -> Event {
        match (self.0.kind, self.0.status) {
            (_, Some(status)) => Event::Answered {
                status: status.as_u16(),
                size_limit: self.0.size_limit,
            },
            (Kind::NotConnected, _) => Event::NotConnected,
            (Kind::Config | Kind::Journal | Kind::Outage | Kind::Unsendable, _) => {
                Event::Unsendable
            }
            _ => Event::Lost,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.0.operation {
            write!(f, "{operation}: ")?;
        }
        match (self.0.kind, self.0.status) {
            (Kind::Config, _) => {}
            (Kind::Journal, _) => f.write_str("the journal can't be used")?,
            (Kind::Outage, _) => {
                f.write_str("Copper answers reads, but one request after another is lost")?
            }
            (Kind::NotConnected, _) => f.write_str("no connection to Copper could be made")?,
            (Kind::Unsendable, _) => f.write_str("the request can't be sent")?,
            (Kind::Lost, _) => {
                f.write_str("the request was sent, but no whole answer came back")?
            }
            (Kind::Refused, Some(status)) if self.0.effect == Effect::None => {
                write!(f, "Copper refused it ({status})")?
            }
            (Kind::Refused, Some(status)) => write!(
                f,
                "Copper's answer leaves it open whether it was done ({status})"
            )?,
            (Kind::Refused, None) => f.write_str("Copper refused it")?,
            (Kind::CutOff, _) => {
                let most = generated::search::MOST_RECORDS;
                write!(
                    f,
                    "Copper gives the first {most} records of a search, and there are more: narrow it"
                )?;
            }
            (Kind::Unreadable, _) => f.write_str("Copper's answer can't be read")?,
        }
        if let Some(message) = &self.0.message {
            let colon = if self.0.kind == Kind::Config {
                ""
            } else {
                ": "
            };
            write!(f, "{colon}{message}")?;
        }
        if let Some(id) = &self.0.request_id {
            write!(f, " [request {id}]")?;
        }
        match (self.0.kind, self.0.effect, self.status()) {
            (Kind::Config | Kind::CutOff, ..) | (Kind::Journal, Effect::None, _) => Ok(()),
            (Kind::Journal, Effect::Unknown, _) => {
                f.write_str("; an earlier start may have sent it, so look before you send it again")
            }
            (_, Effect::Unknown, _) => f.write_str("; it may have taken effect, so look before you send it again"),
            (_, _, Some(401 | 403)) => f.write_str("; nothing was done: check the token, the user's e-mail and what the account allows"),
            (Kind::NotConnected, ..) | (_, _, Some(429)) => f.write_str("; nothing was done, and it may be sent again"),
            _ => f.write_str("; nothing was done"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("operation", &self.0.operation)
            .field("effect", &self.0.effect)
            .field("status", &self.status())
            .field("message", &self.0.message)
            .field("request_id", &self.0.request_id)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// What a JSON error says without quoting the text that it is about, which is someone's data.
pub(crate) fn describe(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Data => "not of the documented form",
        serde_json::error::Category::Eof => "JSON that ends too early",
        _ => "not JSON",
    };
    format!(
        "it is {what} (line {}, column {})",
        error.line(),
        error.column()
    )
}

/// Copper's own words in a refusal, in any of the forms that were seen. A page in HTML is not Copper's,
/// and says no more than its status.
fn words(body: &[u8]) -> Option<Value> {
    if body.len() > LARGEST_REFUSAL {
        return None;
    }
    match serde_json::from_slice::<Map<String, Value>>(body) {
        Ok(mut object) => {
            let named = ["message", "error"]
                .iter()
                .find_map(|name| object.remove(*name).filter(|words| !words.is_null()));
            Some(named.unwrap_or(Value::Object(object)))
        }
        Err(_) => {
            let text = String::from_utf8_lossy(body);
            (!text.contains('<')).then(|| Value::from(text))
        }
    }
}

fn size_limit(words: &Value) -> Option<usize> {
    let number = words
        .as_str()?
        .trim()
        .strip_prefix(generated::SIZE_LIMIT_MESSAGE)?;
    number.trim().trim_end_matches('.').parse().ok()
}

/// These words without what the request carried.
fn message(words: Value, carried: &Carried) -> Option<String> {
    let text = match words {
        Value::String(text) => carried.hidden_in(text.trim(), LONGEST_MESSAGE),
        other => {
            let text = carried.hidden_in_json(other).to_string();
            Carried::default().hidden_in(&text, LONGEST_MESSAGE)
        }
    };
    Some(text).filter(|text| !text.is_empty())
}
