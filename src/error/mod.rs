//! One error for everything that can fail. It says what happened, the cause, whether it may have taken effect
//! and what to do next. It never shows the token or data of the records that were sent.

use std::{collections::BTreeMap, error::Error as StdError, fmt, time::Duration};

mod advice;
mod display;
mod json;
mod kind;
mod predicates;
mod words;

pub use advice::Advice;
pub use kind::ErrorKind;
pub(crate) use words::{LONGEST_MESSAGE, describe, texts};

use crate::{operation::Operation, retry::Event};

pub(crate) type Source = Box<dyn StdError + Send + Sync>;

/// The reason why a call failed.
///
/// Its [`kind`](Self::kind) says what happened, and its [`advice`](Self::advice) what to do next.
/// [`may_have_taken_effect`](Self::may_have_taken_effect) says whether calling again could do something
/// twice.
///
/// ```
/// # async fn example(copper: copper_crm::Copper, lead: copper_crm::NewLead) {
/// use copper_crm::{Advice, ErrorKind};
///
/// match copper.create_lead(&lead).await {
///     Ok(lead) => println!("created {}", lead.id),
///     Err(e) if e.kind() == ErrorKind::Invalid => eprintln!("correct {:?}", e.fields()),
///     Err(e) => match e.advice() {
///         Advice::Retry | Advice::RetryAfter(_) => eprintln!("not created, try it later: {e}"),
///         Advice::LookUp => eprintln!("look it up before you create it again: {e}"),
///         _ => eprintln!("not created: {e}"),
///     },
/// }
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    operation: Option<&'static Operation>,
    effect: Effect,
    event: Event,
    status: Option<u16>,
    message: Option<String>,
    /// The innermost cause, and the host.
    cause: Option<String>,
    fields: BTreeMap<String, Vec<String>>,
    matching_ids: Vec<i64>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    source: Option<Source>,
}

impl Inner {
    /// Returns true if a proxy refused the request (407). Copper never saw it then.
    fn is_by_proxy(&self) -> bool {
        self.status == Some(407)
    }
}

/// True if the operation may have taken effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    None,
    Unknown,
}

/// A request that got no whole answer.
pub(crate) struct Failure {
    pub(crate) kind: ErrorKind,
    /// The event for the retry decision: whether the request is sent again.
    pub(crate) event: Event,
    /// The innermost cause, and the host.
    pub(crate) cause: Option<String>,
    pub(crate) source: Option<Source>,
}

/// A refusal, without anything that the request carried.
#[derive(Default)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// The most records of one request, if that is the reason.
    pub(crate) size_limit: Option<usize>,
    pub(crate) message: Option<String>,
    /// A hint that the answer itself doesn't give.
    pub(crate) hint: Option<String>,
    /// The messages by field.
    pub(crate) fields: BTreeMap<String, Vec<String>>,
    /// The records that an upsert matches.
    pub(crate) matching_ids: Vec<i64>,
    pub(crate) feature_off: bool,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

impl Error {
    /// The settings are wrong.
    pub(crate) fn config(message: String) -> Self {
        Self::new(ErrorKind::Config, None, Event::Unsendable).with_message(message)
    }

    /// The journal can't be used. With `leaves_doubt`, an earlier start may have sent records that this one
    /// can't know of.
    pub(crate) fn journal(message: String, leaves_doubt: bool) -> Self {
        let mut this = Self::new(ErrorKind::Journal, None, Event::Unsendable).with_message(message);
        if leaves_doubt {
            this.0.effect = Effect::Unknown;
        }
        this
    }

    /// Reads are answered, but one request after another is lost.
    pub(crate) fn circuit_open() -> Self {
        Self::new(ErrorKind::CircuitOpen, None, Event::Unsendable)
    }

    /// The same error without its operation, for a call that the user did not make.
    pub(crate) fn without_operation(mut self) -> Self {
        self.0.operation = None;
        self
    }

    /// The request can't be expressed.
    pub(crate) fn unsendable(operation: &'static Operation, message: String) -> Self {
        Self::new(ErrorKind::Unsendable, Some(operation), Event::Unsendable).with_message(message)
    }

    /// Copper returns only this many records of a search.
    pub(crate) fn cut_off(operation: &'static Operation, most: i64) -> Self {
        Self::new(ErrorKind::CutOff, Some(operation), Event::Unsendable).with_message(format!(
            "it returns only the first {most} records of a search, and there are more"
        ))
    }

    /// A success that can't be read.
    pub(crate) fn unreadable(operation: &'static Operation, message: String) -> Self {
        Self::new(ErrorKind::Unreadable, Some(operation), Event::Lost).with_message(message)
    }

    /// No whole answer came.
    pub(crate) fn failed(operation: &'static Operation, failure: Failure) -> Self {
        let mut this = Self::new(failure.kind, Some(operation), failure.event);
        this.0.cause = failure.cause;
        this.0.source = failure.source;
        this
    }

    /// Copper refused the request.
    pub(crate) fn refused(operation: &'static Operation, refusal: Refusal) -> Self {
        let event = Event::Answered {
            status: refusal.status,
            size_limit: refusal.size_limit,
        };
        let kind = ErrorKind::of_status(refusal.status, refusal.feature_off);
        let mut this = Self::new(kind, Some(operation), event);
        this.0.status = Some(refusal.status);
        this.0.message = refusal.message;
        this.0.cause = refusal.hint;
        this.0.fields = refusal.fields;
        this.0.matching_ids = refusal.matching_ids;
        this.0.request_id = refusal.request_id;
        this.0.retry_after = refusal.retry_after;
        this
    }

    fn new(kind: ErrorKind, operation: Option<&'static Operation>, event: Event) -> Self {
        let has_effect = operation.is_none_or(|operation| operation.idempotency.has_effect());
        let effect = if has_effect && event.leaves_doubt() {
            Effect::Unknown
        } else {
            Effect::None
        };
        Self(Box::new(Inner {
            kind,
            operation,
            effect,
            event,
            status: None,
            message: None,
            cause: None,
            fields: BTreeMap::new(),
            matching_ids: Vec::new(),
            request_id: None,
            retry_after: None,
            source: None,
        }))
    }

    fn with_message(mut self, message: String) -> Self {
        self.0.message = Some(message);
        self
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("operation", &self.operation())
            .field("effect", &self.0.effect)
            .field("status", &self.status())
            .field("message", &self.0.message)
            .field("cause", &self.0.cause)
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
