//! The outcome of each record. There are exactly four, because a user can do four things: go on, correct the
//! record, send it again, or look it up.

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

use crate::Advice;

/// One record of the input, with its outcome.
///
/// As JSON it is `{"index": 0, "input": {…}, "outcome": "done", "detail": {…}, "from_journal": false}`,
/// where the detail is that of the [`Outcome`].
#[derive(Debug, Serialize)]
pub struct Settled<I, T, K = ()> {
    /// The place of the record in the input, from 0.
    pub index: u64,
    /// The record, as it was handed in.
    pub input: I,
    /// Its outcome.
    #[serde(flatten)]
    pub outcome: Outcome<T>,
    /// True if the outcome comes from the journal of an earlier start. A record that is done then has only
    /// its `id`.
    pub from_journal: bool,
    /// The key that the caller gave the record with [`keyed`](crate::bulk::keyed). It is not in the JSON.
    #[serde(skip)]
    pub key: K,
}

/// The outcome of one record.
///
/// As JSON it is `{"outcome": "done", "detail": {…}}`, with Copper's record; or `"rejected"`, `"not_sent"` or
/// `"unknown"`, with `{"reason": "…", "kind": "…", "advice": "…", "error": {…}}`. The kind and the
/// [error](crate::Error) are there if there is an error. A rejection also has `"fields": {"name": ["…"]}`. A
/// record that was [looked up](crate::bulk::Run::reconcile) has `"looked_until"` or `"absent_at"`, in Unix
/// seconds.
#[derive(Debug, Serialize)]
#[serde(tag = "outcome", content = "detail", rename_all = "snake_case")]
pub enum Outcome<T> {
    /// The record is in Copper. This is the record as Copper stored it.
    Done(Box<T>),
    /// The record was refused: by Copper, or, before it was sent, by a [check](crate::bulk::Run::checked) or
    /// because it lacks the value by which an upsert matches it. Nothing was changed. Correct it and send it
    /// again.
    Rejected(Rejection),
    /// The record was not sent, or certainly not accepted. It is not in Copper. Send it again.
    NotSent(NotSent),
    /// The record may or may not be in Copper. Look it up before you send it again.
    Unknown(Unknown),
}

impl<T> Outcome<T> {
    /// Returns Copper's record, if the outcome is [`Done`](Self::Done).
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

    /// Returns true if the record is in Copper.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    /// Returns true if the record was refused.
    pub fn is_rejected(&self) -> bool {
        matches!(self, Self::Rejected(_))
    }

    /// Returns true if the record was not sent, or certainly not accepted.
    pub fn is_not_sent(&self) -> bool {
        matches!(self, Self::NotSent(_))
    }

    /// Returns true if the record may or may not be in Copper.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// Returns the advice what to do next; None if the record is done.
    pub fn advice(&self) -> Option<Advice> {
        match self {
            Self::Done(_) => None,
            Self::Rejected(why) => Some(why.advice()),
            Self::NotSent(why) => Some(why.advice()),
            Self::Unknown(why) => Some(why.advice()),
        }
    }
}
