//! Why it can't be told whether a record is there.

use std::{fmt, sync::Arc};

use super::LookupReport;
use crate::{Error, item::Raw, types::Timestamp};

/// Why it can't be told whether a record is there.
#[derive(Clone, Debug)]
pub struct Unknown {
    why: UnknownWhy,
    report: Option<LookupReport>,
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
        Self { why, report: None }
    }

    /// It was looked up, and that did not settle it.
    pub(crate) fn looked_up(&mut self, report: LookupReport) {
        self.report = Some(report);
    }

    pub(crate) fn was_looked_up(&self) -> bool {
        self.report.is_some()
    }

    /// Until when it was looked for, by this machine's clock: when the last search for it began. None if it
    /// was not, or no search was answered. See [`Run::reconcile`](crate::bulk::Run::reconcile).
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
    use super::{super::Outcome, *};
    use crate::item::Item;

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
        let failed = Unknown::failed(Arc::new(Error::config("odd".to_owned())));
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
