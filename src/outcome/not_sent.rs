//! The reason why a record was not sent, or certainly not accepted.

use std::{collections::BTreeMap, fmt, sync::Arc};

use super::StoppedBy;
use crate::{Advice, Error, ErrorKind, types::Timestamp};

/// The reason why a record was not sent, or certainly not accepted.
#[derive(Clone, Debug)]
pub struct NotSent(NotSentWhy);

#[derive(Clone, Debug)]
enum NotSentWhy {
    Failed(Arc<Error>),
    Stopped(StoppedBy),
    Absent { until: Timestamp },
    Left(Arc<str>),
}

impl NotSent {
    pub(crate) fn failed(error: Arc<Error>) -> Self {
        Self(NotSentWhy::Failed(error))
    }

    pub(crate) fn stopped(by: StoppedBy) -> Self {
        Self(NotSentWhy::Stopped(by))
    }

    /// It was sent, but a search that began at this time did not find it.
    pub(crate) fn absent(until: Timestamp) -> Self {
        Self(NotSentWhy::Absent { until })
    }

    /// It was left alone, for this reason.
    pub(crate) fn left(reason: String) -> Self {
        Self(NotSentWhy::Left(reason.into()))
    }

    /// Returns the error of its request, or the error that stopped the run.
    pub fn error(&self) -> Option<&Error> {
        match &self.0 {
            NotSentWhy::Failed(error) | NotSentWhy::Stopped(StoppedBy::Error(error)) => Some(error),
            NotSentWhy::Stopped(_) | NotSentWhy::Absent { .. } | NotSentWhy::Left(_) => None,
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

    /// Returns the advice what to do next. Nothing was done, so it is never [`Advice::LookUp`].
    pub fn advice(&self) -> Advice {
        match &self.0 {
            NotSentWhy::Failed(error) | NotSentWhy::Stopped(StoppedBy::Error(error)) => {
                match error.advice() {
                    Advice::LookUp => Advice::Retry,
                    advice => advice,
                }
            }
            NotSentWhy::Stopped(_) | NotSentWhy::Absent { .. } => Advice::Retry,
            NotSentWhy::Left(_) => Advice::Correct,
        }
    }

    /// Returns the time when the search began that did not find the record, by this machine's clock. None
    /// unless the record was sent and is absent by the rule of
    /// [`Reconcile::absent_after`](crate::bulk::Reconcile::absent_after).
    pub fn absent_at(&self) -> Option<Timestamp> {
        match &self.0 {
            NotSentWhy::Absent { until } => Some(*until),
            NotSentWhy::Failed(_) | NotSentWhy::Stopped(_) | NotSentWhy::Left(_) => None,
        }
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            NotSentWhy::Failed(error) => error.fmt(f),
            NotSentWhy::Stopped(by) => {
                write!(f, "it was not sent, because the run was stopped: {by}")
            }
            NotSentWhy::Left(reason) => f.write_str(reason),
            NotSentWhy::Absent { until } => write!(
                f,
                "its request was in doubt, and a search at {} did not find it",
                until.utc()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_sent_says_why() {
        let error = || Arc::new(Error::config("odd".to_owned()));
        let by = |by| NotSent::stopped(by);
        for (why, text, has_error) in [
            (NotSent::failed(error()), "odd", true),
            (
                by(StoppedBy::Caller),
                "it was not sent, because the run was stopped: the caller stopped it",
                false,
            ),
            (
                by(StoppedBy::Error(error())),
                "it was not sent, because the run was stopped: odd",
                true,
            ),
            (
                by(StoppedBy::Input(Arc::new(std::fmt::Error))),
                "it was not sent, because the run was stopped: the input failed: an error occurred when formatting an argument",
                false,
            ),
        ] {
            assert_eq!(why.to_string(), text);
            assert_eq!(why.error().is_some(), has_error, "{text}");
        }
    }
}
