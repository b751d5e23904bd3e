//! One error for everything that can fail. It says what happened, whether it may have taken effect
//! and what to do next, and shows neither the token nor anything of the records that were sent.

use std::{error::Error as StdError, fmt, time::Duration};

use bytes::Bytes;
use reqwest::{Response, StatusCode};

mod display;
mod json;
mod predicates;
mod words;

pub(crate) use words::{LONGEST_MESSAGE, describe};
use words::{message, size_limit, words};

use crate::{client, generated, operation::Operation, redactor::Redactor, retry::Event};

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
    ///
    /// If it `leaves_doubt`, an earlier start may have sent records of which this one knows nothing.
    pub(crate) fn journal(message: String, leaves_doubt: bool) -> Self {
        let effect = if leaves_doubt {
            Effect::Unknown
        } else {
            Effect::None
        };
        Self::new(Kind::Journal, None, effect).with_message(message)
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
        let (kind, effect) = match client::failure(&error) {
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
        // `exchange` has put it there.
        let carried = answer.extensions().get().cloned().unwrap_or_default();
        let request_id = answer
            .headers()
            .get(client::REQUEST_ID)
            .and_then(|id| id.to_str().ok())
            .map(|id| Redactor::redact(&carried, id, LONGEST_MESSAGE));
        let retry_after = client::asked_to_wait(answer.headers());
        let mut this = Self::of_status(operation, status);
        // It is in memory: `exchange` has read it.
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
