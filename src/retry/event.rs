//! The event of an attempt: its result, as far as the retry decision needs it.

/// The outcome of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// No connection was made, so nothing left.
    NotConnected,
    /// It can't be sent at all, such as to a server whose certificate is not trusted. Nothing left.
    Unsendable,
    /// The deadline expired before anything left.
    Expired,
    /// The request may have arrived, but no whole answer came back.
    Lost,
    /// A whole answer. `size_limit` is the most records of one request, if a 422 names it.
    Answered {
        status: u16,
        size_limit: Option<usize>,
    },
}

impl Event {
    /// Returns true if the request may have taken effect: always, unless it certainly never arrived or Copper
    /// certainly refused it.
    pub(crate) fn leaves_doubt(self) -> bool {
        match self {
            Self::NotConnected | Self::Unsendable | Self::Expired => false,
            Self::Lost => true,
            Self::Answered { status, .. } => {
                !(300..=499).contains(&status) || matches!(status, 302 | 303 | 408 | 409)
            }
        }
    }
}
