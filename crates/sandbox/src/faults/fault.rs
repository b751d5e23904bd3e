//! The faults that a test can inject, named after what the client sees. `corrupt` changes the response as a
//! fault says, `respond` the bytes that are sent.

use std::time::Duration;

use serde_json::Value;

/// A fault of one request; see [`Sandbox::inject`](crate::Sandbox::inject).
///
/// *Before* and *after* mean before and after the work. After it, the request has taken effect, and only
/// the response is lost or wrong. [`works`](Self::works) tells them apart.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The response is correct. Then all connections are closed as soon as they are idle, and new ones
    /// are refused for this time.
    Refuse(Duration),
    /// The response is correct. Then all connections are closed as soon as they are idle, and this
    /// number of new ones is closed right after they are accepted.
    CloseOnAccept(usize),
    /// The response is correct, and its connection seems to stay open. The next request on it is never
    /// read and gets a reset.
    Stale,
    /// The connection is reset after the request was read. The work is not done.
    ResetBefore,
    /// The connection is reset after the work is done.
    ResetAfter,
    /// The connection is closed without a response. The work is not done.
    CloseBefore,
    /// The connection is closed without a response. The work is done.
    CloseAfter,
    /// No response comes, and the work is not done. Like all stalls, it ends when the client gives up or
    /// the sandbox is dropped.
    StallBefore,
    /// No response comes. The work is done.
    StallAfter,
    /// Half of the response comes, then nothing more. The work is done.
    StallMidBody,
    /// Half of the response comes, then the connection is closed. The work is done.
    CutOff,
    /// The response comes in pieces, with a pause after each, and is complete in the end.
    Drip {
        /// The number of pieces. 0 counts as 1.
        pieces: usize,
        /// The pause after each.
        pause: Duration,
    },

    /// The whole request is refused with this status and a body in Copper's form. No work is done.
    Refusal(u16),
    /// This status and an HTML body, as from a proxy in front of Copper. No work is done.
    ErrorBefore(u16),
    /// This status and an HTML body. The work is done.
    ErrorAfter(u16),
    /// A 429, with `Retry-After` or without. No work is done.
    ///
    /// [`Builder::scale`](crate::Builder::scale) scales a number of seconds as well.
    TooManyRequests {
        /// The header's value: seconds, a date, or nonsense.
        retry_after: Option<String>,
    },
    /// A 307 with this `Location`. No work is done.
    Redirect(String),
    /// A bulk request with more records than this is refused with Copper's own message.
    SizeLimit(usize),

    /// The work is done. The response lacks its last item.
    TooShort,
    /// The work is done. The response has its last item twice.
    TooLong,
    /// One item of the response is odd. A response that is not a list is itself the item.
    OddItem {
        /// The index of the item, from 0.
        at: usize,
        /// The replacement.
        odd: Odd,
    },

    /// The work is done. The response is in HTTP/1.0, without a length.
    Http10,
    /// The response is correct except for its `Content-Type`.
    ContentType(String),
    /// The work is done. The response is a 200 without a body.
    EmptyBody,
    /// The work is done. The response is valid JSON with this number of bytes.
    HugeBody(u64),
    /// The work is done. The response contains bytes that are not UTF-8.
    InvalidUtf8,
    /// The work is done. The response is this number of nested lists, 16,777,216 at most.
    DeepJson(usize),
    /// `Content-Length` is larger than the body that is sent before the connection is closed. The work
    /// is done.
    LengthTooLong,
    /// `Content-Length` is smaller than the body. The work is done. The rest of the body is on the wire
    /// where the next response would begin.
    LengthTooShort,
    /// `X-Runtime` has this value, or is absent. All else is correct.
    Runtime(Option<String>),
}

/// The replacement of an item in a response.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Odd {
    /// This value instead of the whole item: `null`, a number, a string. The work is done.
    Item(Value),
    /// The record has this value as its `id`: `null`, a string, a negative number. The work is done.
    Id(Value),
    /// The record has this value in one of its fields. The work is done.
    Field {
        /// The field's name.
        name: String,
        /// Its value.
        value: Value,
    },
    /// `"success": false` and an `id` as well. The work of this item is undone, as the item says.
    FailureWithId,
}

impl Fault {
    /// Returns true if a valid request still takes effect. Otherwise it has none.
    ///
    /// ```
    /// use copper_crm_sandbox::Fault;
    ///
    /// assert!(Fault::ResetAfter.works());
    /// assert!(!Fault::ResetBefore.works());
    /// ```
    pub fn works(&self) -> bool {
        !matches!(
            self,
            Self::ResetBefore
                | Self::CloseBefore
                | Self::StallBefore
                | Self::Refusal(_)
                | Self::ErrorBefore(_)
                | Self::TooManyRequests { .. }
                | Self::Redirect(_)
        )
    }

    /// Returns true if the client sees a status.
    pub(crate) fn sends_status(&self) -> bool {
        !matches!(
            self,
            Self::ResetBefore
                | Self::ResetAfter
                | Self::CloseBefore
                | Self::CloseAfter
                | Self::StallBefore
                | Self::StallAfter
        )
    }
}
