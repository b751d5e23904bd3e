//! The reason why nobody can tell whether a record is in Copper.

use std::{collections::BTreeMap, fmt, sync::Arc};

use super::LookupReport;
use crate::{Advice, Error, ErrorKind, item::Raw, types::Timestamp};

/// The reason why nobody can tell whether a record is in Copper.
#[derive(Clone, Debug)]
pub struct Unknown {
    why: UnknownWhy,
    report: Option<LookupReport>,
}

#[derive(Clone, Debug)]
enum UnknownWhy {
    Failed(Arc<Error>),
    Unreadable {
        raw: Raw,
        reason: String,
    },
    Miscounted {
        sent: usize,
        answered: usize,
    },
    Interrupted,
    Journal,
    /// Another record of the run got the same id.
    RepeatedId(i64),
}

impl Unknown {
    fn new(why: UnknownWhy) -> Self {
        Self { why, report: None }
    }

    /// It was looked up, but the lookup did not settle it.
    pub(crate) fn looked_up(&mut self, report: LookupReport) {
        self.report = Some(report);
    }

    pub(crate) fn was_looked_up(&self) -> bool {
        self.report.is_some()
    }

    /// Returns the time when the last search for the record began, by this machine's clock. None if it was
    /// not looked up, or no search was answered. See [`Run::reconcile`](crate::bulk::Run::reconcile).
    pub fn looked_until(&self) -> Option<Timestamp> {
        self.report.as_ref()?.until
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

    /// Copper gave it an id that another record of the run has as well.
    pub(crate) fn repeated_id(id: i64) -> Self {
        Self::new(UnknownWhy::RepeatedId(id))
    }

    pub(crate) fn interrupted() -> Self {
        Self::new(UnknownWhy::Interrupted)
    }

    pub(crate) fn journalled() -> Self {
        Self::new(UnknownWhy::Journal)
    }

    /// Returns the error of its request.
    pub fn error(&self) -> Option<&Error> {
        match &self.why {
            UnknownWhy::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// Returns the kind of the [error](Self::error), if there is one.
    pub fn kind(&self) -> Option<ErrorKind> {
        self.error().map(Error::kind)
    }

    /// Returns the operation that failed, such as `bulk_create_leads`, if one did.
    pub fn operation(&self) -> Option<&'static str> {
        self.error().and_then(Error::operation)
    }

    /// Returns the messages of the [error](Self::error) by field.
    pub fn fields(&self) -> BTreeMap<String, Vec<String>> {
        self.error().map(Error::fields).cloned().unwrap_or_default()
    }

    /// Returns the advice what to do next: look the record up before you send it again; or, if the operation
    /// is idempotent, such as an upsert, send it again.
    pub fn advice(&self) -> Advice {
        match self.error().map(Error::advice) {
            Some(again @ (Advice::Retry | Advice::RetryAfter(_))) => again,
            _ => Advice::LookUp,
        }
    }

    /// Copper's answer for this record, if there is one that can't be read.
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
        match &self.report {
            Some(report) => write!(f, "; {report}"),
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
                "Copper answered {sent} records with {answered} items, so nobody can tell which item belongs to which record"
            ),
            Self::Journal => {
                f.write_str("an earlier start sent it, and the journal has no clear answer to it")
            }
            Self::RepeatedId(id) => write!(
                f,
                "Copper gave it the id {id}, which it also gave to another record"
            ),
            Self::Interrupted => f.write_str("its request was interrupted while it was in flight"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::Item;

    #[test]
    fn what_is_unknown_says_why() {
        let item: Item<crate::types::Lead> = serde_json::from_str("7").expect("JSON");
        let Item::Unreadable { raw, reason } = item else {
            panic!("it can't be told")
        };
        let unreadable = Unknown::unreadable(raw, reason);
        assert_eq!(unreadable.raw().map(Raw::as_str), Some("7"));
        assert!(unreadable.error().is_none());
        assert_eq!(
            unreadable.to_string(),
            "Copper's answer for it can't be read: it is not an object"
        );
        let failed = Unknown::failed(Arc::new(Error::config("odd".to_owned())));
        assert!(failed.error().is_some() && failed.raw().is_none());
        assert_eq!(failed.to_string(), "odd");
        for (why, text) in [
            (
                Unknown::miscounted(2, 3),
                "Copper answered 2 records with 3 items, so nobody can tell which item belongs to which record",
            ),
            (
                Unknown::repeated_id(7),
                "Copper gave it the id 7, which it also gave to another record",
            ),
            (
                Unknown::interrupted(),
                "its request was interrupted while it was in flight",
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
