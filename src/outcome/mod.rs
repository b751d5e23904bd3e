//! The one outcome of each record. There are four, and no more, because a user can do four things:
//! go on, correct it, send it again, or look it up.

mod json;
mod lookup_report;
mod not_sent;
mod rejection;
mod stop;
mod summary;
mod unknown;

use serde::Serialize;

pub(crate) use json::{seconds, seconds_if_any};
pub(crate) use lookup_report::{LookupReport, UnresolvedReason};
pub use not_sent::NotSent;
pub use rejection::Rejection;
pub use stop::{StopHandle, StoppedBy};
pub use summary::Summary;
pub use unknown::Unknown;

use crate::{Advice, item::Item};

/// One record of the input, with what became of it.
///
/// As JSON it is `{"index": 0, "input": {…}, "outcome": "done", "detail": {…}, "from_journal": false}`,
/// where the detail is that of the [`Outcome`].
#[derive(Debug, Serialize)]
pub struct Settled<I, T, K = ()> {
    /// Its place in the input, from 0.
    pub index: u64,
    /// The record, as it was handed in.
    pub input: I,
    /// Its outcome.
    #[serde(flatten)]
    pub outcome: Outcome<T>,
    /// True if an earlier start settled it, or left it in doubt, and the journal says so. Of a record
    /// that is done, only the `id` is there then.
    pub from_journal: bool,
    /// The key that the caller gave the record by [`keyed`](crate::bulk::keyed). It is not in the JSON.
    #[serde(skip)]
    pub key: K,
}

/// The outcome of one record.
///
/// As JSON it is `{"outcome": "done", "detail": {…}}`, with Copper's record; or `"rejected"`,
/// `"not_sent"` or `"unknown"`, with `{"reason": "…", "kind": "…", "advice": "…", "error": {…}}`, where the
/// kind and the [error](crate::Error) are there if there is one, and of a rejection `"fields": {"name": ["…"]}` too. Of what
/// was [looked for](crate::bulk::Run::reconcile), `"looked_until"` or `"absent_at"` say when, in unix seconds.
#[derive(Debug, Serialize)]
#[serde(tag = "outcome", content = "detail", rename_all = "snake_case")]
pub enum Outcome<T> {
    /// It is in Copper. This is what Copper made of it.
    Done(Box<T>),
    /// It was refused: by Copper, or, before it was sent, by a [check](crate::bulk::Run::checked) or because it
    /// lacks what an upsert is to match it by. It had no effect; correct it and send it again.
    Rejected(Rejection),
    /// It was not sent, or surely not accepted. It is not there; send it again.
    NotSent(NotSent),
    /// It may or may not be there. Look it up before you send it again.
    Unknown(Unknown),
}

impl<T> Outcome<T> {
    /// Returns Copper's record, if it is there.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::NewLead;
    ///
    /// let mut run = copper.bulk_create_leads(["Jim", "Pam"].map(NewLead::named));
    /// let mut ids = Vec::new();
    /// while let Some(item) = run.next().await {
    ///     ids.extend(item.outcome.done().map(|lead| lead.id));
    /// }
    /// assert_eq!(ids.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn done(self) -> Option<T> {
        match self {
            Self::Done(record) => Some(*record),
            _ => None,
        }
    }

    /// Returns true if it is in Copper.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    /// Returns true if it was refused.
    pub fn is_rejected(&self) -> bool {
        matches!(self, Self::Rejected(_))
    }

    /// Returns true if it was not sent, or surely not accepted.
    pub fn is_not_sent(&self) -> bool {
        matches!(self, Self::NotSent(_))
    }

    /// Returns true if it may or may not be there.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// Returns what may be done about it; none if it is done.
    pub fn advice(&self) -> Option<Advice> {
        match self {
            Self::Done(_) => None,
            Self::Rejected(why) => Some(why.advice()),
            Self::NotSent(why) => Some(why.advice()),
            Self::Unknown(why) => Some(why.advice()),
        }
    }
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
