//! The reasons why a journal can't be used. Each says whether another run may have appended lines.

use copper_crm::bulk::StoreError;

use crate::{error::Failure, server::Refusal};

/// The reason why a journal can't be used.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    InUse,
    Failed { hides_lines: bool, text: String },
}

impl Trouble {
    /// No other run can have appended lines.
    pub(crate) fn known(text: impl Into<String>) -> Self {
        let (hides_lines, text) = (false, text.into());
        Self::Failed { hides_lines, text }
    }

    /// There may be lines that this run has not read.
    pub(crate) fn doubtful(text: impl Into<String>) -> Self {
        let (hides_lines, text) = (true, text.into());
        Self::Failed { hides_lines, text }
    }

    pub(crate) fn unreachable(why: &str) -> Self {
        Self::doubtful(format!(
            "the server can't be reached: {why}. Its last lines may or may not be there, and another run may have \
             taken the journal over. Start again when the server is back"
        ))
    }

    pub(crate) fn deleted() -> Self {
        Self::doubtful("the journal was deleted while it was in use")
    }

    pub(crate) fn lost(line: i64) -> Self {
        Self::known(format!(
            "the server has lost line {line} of the journal, which it had confirmed: it was restored, or a replica \
             that lacked it took its place. No later start can use the journal before you accept that. Look in \
             Copper for what was sent"
        ))
    }

    pub(crate) fn other_server(before: &str, now: &str) -> Self {
        Self::doubtful(format!(
            "another server wrote its last lines, or one whose place this one took, or this one before it was \
             restored (system and timeline {before}, now {now}). So lines that had been confirmed may be missing, \
             and with them what was sent. If all of them are here, as after a failover with synchronous \
             replication, accept this server with PostgresJournals::accept_server or `copper journal accept`"
        ))
    }

    pub(crate) fn to_error(&self, shown: &str) -> StoreError {
        match self {
            Self::InUse => StoreError::InUse,
            Self::Failed {
                hides_lines: true,
                text,
            } => StoreError::unreadable(format!("{shown}: {text}")),
            Self::Failed { text, .. } => StoreError::unwritable(format!("{shown}: {text}")),
        }
    }
}

/// Until all lines are read, lines that the failure hides may exist.
impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::doubtful(failure.to_string())
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::doubtful(refusal.to_string())
    }
}

/// The reason why an operation on a connection failed.
pub(crate) enum Setback {
    /// The connection was cut, for this reason. The operation may succeed on another connection.
    Cut(String),
    Stop(Trouble),
}

impl From<Failure> for Setback {
    fn from(failure: Failure) -> Self {
        match failure.is_refusal() {
            true => Self::Stop(failure.into()),
            false => Self::Cut(failure.to_string()),
        }
    }
}

impl From<Refusal> for Setback {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Failed(failure) => failure.into(),
            refusal => Self::Stop(refusal.into()),
        }
    }
}

impl From<Trouble> for Setback {
    fn from(trouble: Trouble) -> Self {
        Self::Stop(trouble)
    }
}
