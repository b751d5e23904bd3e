//! The one outcome of each record. There are four, and no more, because a user can do four things:
//! go on, correct it, send it again, or look it up.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::Serialize;
use serde_json::Value;

use super::{Item, Raw, StoppedBy, reconcile::Looked};
use crate::{
    Error, Invalid,
    error::LONGEST_MESSAGE,
    redact::Carried,
    types::{BulkFailure, Timestamp},
};

/// One record of the input, with what became of it.
///
/// As JSON it is `{"index": 0, "input": {…}, "outcome": "done", "detail": {…}, "from_journal": false}`,
/// where the detail is that of the [`Outcome`].
#[derive(Debug, Serialize)]
pub struct Settled<I, T> {
    /// Its place in the input, from 0.
    pub index: u64,
    /// The record, as it was handed in.
    pub input: I,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome<T>,
    /// Whether an earlier start settled it, or left it in doubt, and the journal says so. Of a record
    /// that is done, only the `id` is there then.
    pub from_journal: bool,
}

/// What became of one record.
///
/// As JSON it is `{"outcome": "done", "detail": {…}}`, with Copper's record; or `"rejected"`,
/// `"not_sent"` or `"unknown"`, with `{"reason": "…", "error": {…}}`, where the
/// [error](Error) is there if there is one, and of a rejection `"fields": {"name": ["…"]}` too. Of what
/// was [looked for](super::Run::reconcile), `"looked_until"` or `"absent_at"` say when, in unix seconds.
#[derive(Debug, Serialize)]
#[serde(tag = "outcome", content = "detail", rename_all = "snake_case")]
pub enum Outcome<T> {
    /// It is in Copper. This is what Copper made of it.
    Done(Box<T>),
    /// It was refused: by Copper, or, before it was sent, by a [check](super::Run::checked) or because it
    /// lacks what an upsert is to match it by. It had no effect; correct it and send it again.
    Rejected(Rejection),
    /// It was not sent, or surely not accepted. It is not there; send it again.
    NotSent(NotSent),
    /// It may or may not be there. Look it up before you send it again.
    Unknown(Unknown),
}

impl<T> From<Item<T>> for Outcome<T> {
    fn from(item: Item<T>) -> Self {
        match item {
            Item::Done(record) => Self::Done(record),
            Item::Failed(failure) => Self::Rejected(Rejection::item(failure)),
            Item::Unreadable { raw, reason } => Self::Unknown(Unknown::unreadable(raw, reason)),
        }
    }
}

/// Why a record was refused, by Copper or before it was sent. As text, no more than the first 500
/// characters are shown.
#[derive(Clone, Debug)]
pub struct Rejection(Why);

#[derive(Clone, Debug)]
enum Why {
    Item(BulkFailure),
    Request(Arc<Error>),
    Unsent { field: &'static str, lacks: String },
    Journal(Vec<String>),
    Checked(Invalid),
}

/// A journal keeps which fields were at fault, not what Copper said of them, which may quote them.
const EARLIER: &str = "refused in an earlier start";

impl Rejection {
    pub(crate) fn item(failure: BulkFailure) -> Self {
        Self(Why::Item(failure))
    }

    pub(crate) fn request(error: Arc<Error>) -> Self {
        Self(Why::Request(error))
    }

    /// A record that is not sent for want of this field.
    pub(crate) fn unsent(field: &'static str, lacks: String) -> Self {
        Self(Why::Unsent { field, lacks })
    }

    pub(crate) fn journalled(fields: Vec<String>) -> Self {
        Self(Why::Journal(fields))
    }

    /// Found at fault before it was sent.
    pub(crate) fn checked(invalid: Invalid) -> Self {
        Self(Why::Checked(invalid))
    }

    /// What was found at fault before it was sent, if [`Run::checked`](super::Run::checked) found it.
    /// Copper was not asked then.
    pub fn invalid(&self) -> Option<&Invalid> {
        match &self.0 {
            Why::Checked(invalid) => Some(invalid),
            _ => None,
        }
    }

    /// Copper's messages, by the field that they are about. Messages about no field are under `""`.
    pub fn fields(&self) -> BTreeMap<String, Vec<String>> {
        let message = match &self.0 {
            Why::Item(failure) => failure.message.clone().unwrap_or_default(),
            Why::Request(error) => Value::from(error.message()),
            Why::Unsent { field, lacks } => {
                return BTreeMap::from([((*field).to_owned(), vec![lacks.clone()])]);
            }
            Why::Journal(fields) => fields
                .iter()
                .map(|field| (field.clone(), Value::from(EARLIER)))
                .collect(),
            Why::Checked(invalid) => invalid
                .fields()
                .map(|(field, rule)| (field.to_owned(), Value::from(rule)))
                .collect(),
        };
        match message {
            Value::Null => BTreeMap::new(),
            Value::Object(fields) => fields
                .into_iter()
                .map(|(field, errors)| (field, texts(errors)))
                .collect(),
            other => BTreeMap::from([(String::new(), texts(other))]),
        }
    }

    /// The refusal of the whole request, where Copper did not answer for this record by itself.
    pub fn error(&self) -> Option<&Error> {
        match &self.0 {
            Why::Request(error) => Some(error),
            Why::Item(_) | Why::Unsent { .. } | Why::Journal(_) | Why::Checked(_) => None,
        }
    }

    /// The ids of the leads that match an upsert, if there are several and Copper names them; see
    /// [`Error::matching_ids`].
    pub fn matching_ids(&self) -> Vec<i64> {
        self.error().map(Error::matching_ids).unwrap_or_default()
    }

    /// Copper's words for this record, as they came.
    pub fn raw(&self) -> Option<&BulkFailure> {
        match &self.0 {
            Why::Item(failure) => Some(failure),
            Why::Request(_) | Why::Unsent { .. } | Why::Journal(_) | Why::Checked(_) => None,
        }
    }
}

/// The texts of `[{"error": text}, …]`, and of whatever else may stand there.
fn texts(errors: Value) -> Vec<String> {
    match errors {
        Value::Array(list) => list.into_iter().flat_map(texts).collect(),
        Value::Object(object) if object.len() == 1 => object
            .into_iter()
            .flat_map(|(_, text)| texts(text))
            .collect(),
        Value::String(text) => vec![text],
        Value::Null => Vec::new(),
        other => vec![other.to_string()],
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.fields();
        if matches!(&self.0, Why::Journal(fields) if fields.is_empty()) {
            return write!(f, "Copper refused it in an earlier start");
        }
        let fields = fields.iter().map(|(field, errors)| {
            let errors = errors.join(", ");
            match field.as_str() {
                "" => errors,
                field => format!("{field}: {errors}"),
            }
        });
        let words = fields.collect::<Vec<_>>().join("; ");
        if words.is_empty() {
            return f.write_str("Copper refused it without a reason");
        }
        f.write_str(&Carried::default().hidden_in(&words, LONGEST_MESSAGE))
    }
}

/// Why a record was not sent, or surely not accepted.
#[derive(Clone, Debug)]
pub struct NotSent(NotSentWhy);

#[derive(Clone, Debug)]
enum NotSentWhy {
    Failed(Arc<Error>),
    Stopped(StoppedBy),
    Absent { until: Timestamp },
}

impl NotSent {
    pub(crate) fn failed(error: Arc<Error>) -> Self {
        Self(NotSentWhy::Failed(error))
    }

    pub(crate) fn stopped(by: StoppedBy) -> Self {
        Self(NotSentWhy::Stopped(by))
    }

    /// It was sent, but is not there by a search that began at this time.
    pub(crate) fn absent(until: Timestamp) -> Self {
        Self(NotSentWhy::Absent { until })
    }

    /// The error of the request, or of the one that stopped the run.
    pub fn error(&self) -> Option<&Error> {
        match &self.0 {
            NotSentWhy::Failed(error) | NotSentWhy::Stopped(StoppedBy::Error(error)) => Some(error),
            NotSentWhy::Stopped(_) | NotSentWhy::Absent { .. } => None,
        }
    }

    /// If it was sent, and is not there by what [`Reconcile::absent_after`](super::Reconcile::absent_after)
    /// promises: when the search began that did not find it, by this machine's clock.
    pub fn absent_at(&self) -> Option<Timestamp> {
        match &self.0 {
            NotSentWhy::Absent { until } => Some(*until),
            NotSentWhy::Failed(_) | NotSentWhy::Stopped(_) => None,
        }
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            NotSentWhy::Failed(error) => error.fmt(f),
            NotSentWhy::Stopped(by) => by.fmt(f),
            NotSentWhy::Absent { until } => write!(
                f,
                "its request was in doubt, and a search at {} did not find it",
                until.utc()
            ),
        }
    }
}

/// Why it can't be told whether a record is there.
#[derive(Clone, Debug)]
pub struct Unknown {
    why: UnknownWhy,
    looked: Option<Looked>,
}

#[derive(Clone, Debug)]
enum UnknownWhy {
    Failed(Arc<Error>),
    Unreadable { raw: Raw, reason: String },
    Miscounted { sent: usize, answered: usize },
    Interrupted,
    Journal,
}

impl Unknown {
    fn new(why: UnknownWhy) -> Self {
        Self { why, looked: None }
    }

    /// It was looked for, and that did not settle it.
    pub(crate) fn leave(&mut self, looked: Looked) {
        self.looked = Some(looked);
    }

    pub(crate) fn was_left(&self) -> bool {
        self.looked.is_some()
    }

    /// Until when it was looked for, by this machine's clock: when the last search for it began. None if it
    /// was not, or no search was answered. See [`Run::reconcile`](super::Run::reconcile).
    pub fn looked_until(&self) -> Option<Timestamp> {
        self.looked.as_ref()?.until
    }

    pub(crate) fn failed(error: Arc<Error>) -> Self {
        Self::new(UnknownWhy::Failed(error))
    }

    pub(crate) fn unreadable(raw: Raw, reason: String) -> Self {
        Self::new(UnknownWhy::Unreadable { raw, reason })
    }

    pub(crate) fn miscounted(sent: usize, answered: usize) -> Self {
        Self::new(UnknownWhy::Miscounted { sent, answered })
    }

    pub(crate) fn interrupted() -> Self {
        Self::new(UnknownWhy::Interrupted)
    }

    pub(crate) fn journalled() -> Self {
        Self::new(UnknownWhy::Journal)
    }

    /// The error of the request.
    pub fn error(&self) -> Option<&Error> {
        match &self.why {
            UnknownWhy::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// Copper's answer for this record, where there is one that can't be read.
    pub fn raw(&self) -> Option<&Raw> {
        match &self.why {
            UnknownWhy::Unreadable { raw, .. } => Some(raw),
            _ => None,
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.why.fmt(f)?;
        match &self.looked {
            Some(looked) => write!(f, "; {looked}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for UnknownWhy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::Unreadable { reason, .. } => {
                write!(f, "Copper's answer for it can't be read: {reason}")
            }
            Self::Miscounted { sent, answered } => write!(
                f,
                "Copper answered {sent} records with {answered} items, so it can't be told which belongs to which"
            ),
            Self::Journal => {
                f.write_str("an earlier start sent it, and the journal has no clear answer to it")
            }
            Self::Interrupted => f.write_str("its request was interrupted while it was under way"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rejection(message: Value) -> Rejection {
        let failure = json!({"success": false, "message": message});
        Rejection::item(serde_json::from_value(failure).expect("a failure"))
    }

    #[test]
    fn a_rejection_names_its_fields_in_any_form_that_a_message_takes() {
        for (message, shown) in [
            (json!({"name": [{"error": "invalid"}]}), "name: invalid"),
            (
                json!({"email": [{"error": "taken"}, "odd"], "name": "blank"}),
                "email: taken, odd; name: blank",
            ),
            (json!("no"), "no"),
            (json!(["a", {"error": "b"}]), "a, b"),
            (
                json!({"name": [{"error": "invalid", "code": 7}]}),
                r#"name: {"code":7,"error":"invalid"}"#,
            ),
            (json!(null), "Copper refused it without a reason"),
            (json!([]), "Copper refused it without a reason"),
            (json!("x".repeat(501)), &("x".repeat(500) + "…")),
            (json!({}), "Copper refused it without a reason"),
        ] {
            assert_eq!(rejection(message.clone()).to_string(), shown, "{message}");
        }
    }

    fn error() -> Arc<Error> {
        Arc::new(Error::config("odd".to_owned()))
    }

    #[test]
    fn a_rejection_has_what_it_comes_from() {
        let item = rejection(json!("no"));
        assert!(item.raw().is_some() && item.error().is_none());
        assert!(item.invalid().is_none(), "Copper said it, and no check");
        let request = Rejection::request(error());
        assert!(request.raw().is_none() && request.error().is_some());
        assert_eq!(request.to_string(), "odd");
        let journal = Rejection::journalled(vec!["name".to_owned()]);
        assert!(journal.raw().is_none() && journal.error().is_none());
        assert_eq!(journal.to_string(), "name: refused in an earlier start");
        let journal = Rejection::journalled(Vec::new());
        assert_eq!(journal.to_string(), "Copper refused it in an earlier start");
    }

    #[test]
    fn what_was_not_sent_says_why() {
        let by = |by| NotSent::stopped(by);
        for (why, text, has_error) in [
            (NotSent::failed(error()), "odd", true),
            (
                by(StoppedBy::Caller),
                "the run was stopped before it was sent",
                false,
            ),
            (
                by(StoppedBy::Error(error())),
                "the run was stopped: odd",
                true,
            ),
            (
                by(StoppedBy::Input(Arc::new(std::fmt::Error))),
                "the input failed: an error occurred when formatting an argument",
                false,
            ),
        ] {
            assert_eq!(why.to_string(), text);
            assert_eq!(why.error().is_some(), has_error, "{text}");
        }
    }

    #[test]
    fn what_is_unknown_says_why() {
        let raw: Item<crate::types::Lead> = serde_json::from_str("7").expect("JSON");
        let Outcome::Unknown(unreadable) = Outcome::from(raw) else {
            panic!("it can't be told")
        };
        assert_eq!(unreadable.raw().map(Raw::as_str), Some("7"));
        assert!(unreadable.error().is_none());
        assert_eq!(
            unreadable.to_string(),
            "Copper's answer for it can't be read: it is not an object"
        );
        let failed = Unknown::failed(error());
        assert!(failed.error().is_some() && failed.raw().is_none());
        assert_eq!(failed.to_string(), "odd");
        for (why, text) in [
            (
                Unknown::miscounted(2, 3),
                "Copper answered 2 records with 3 items, so it can't be told which belongs to which",
            ),
            (
                Unknown::interrupted(),
                "its request was interrupted while it was under way",
            ),
            (
                Unknown::journalled(),
                "an earlier start sent it, and the journal has no clear answer to it",
            ),
        ] {
            assert!(why.error().is_none() && why.raw().is_none(), "{text}");
            assert_eq!(why.to_string(), text);
        }
    }
}
