//! All the ways in which the sandbox can misbehave, each one named after what the client gets to see.
//! What a fault does to the work and to the answer is in `spoil`, what it does on the wire in
//! `deliver`; here is only what a test needs to choose one.

use std::time::Duration;

use serde_json::Value;

/// Something that goes wrong with one request; see [`Sandbox::inject`](super::Sandbox::inject).
///
/// *Before* and *after* mean before and after the work: after it, what the request asked for is done,
/// and only the answer is lost or wrong. [`works`](Self::works) says which it is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The request is answered as usual. Then all connections are closed as soon as they are idle, and
    /// new ones are refused for this long.
    Refuse(Duration),
    /// The request is answered as usual. Then all connections are closed as soon as they are idle, and
    /// so many new ones are closed right after they were accepted.
    CloseOnAccept(usize),
    /// The request is answered as usual, and its connection seems to stay open; the next request on it
    /// is met with a reset and never read.
    Stale,
    /// The connection is reset; the request was read, the work not done.
    ResetBefore,
    /// The connection is reset; the work is done.
    ResetAfter,
    /// The connection is closed without an answer; the work is not done.
    CloseBefore,
    /// The connection is closed without an answer; the work is done.
    CloseAfter,
    /// No answer comes, and the work is not done. This ends when the client gives up or the sandbox
    /// is dropped, as all stalls do.
    StallBefore,
    /// No answer comes; the work is done.
    StallAfter,
    /// Half of the answer comes, then nothing more; the work is done.
    StallMidBody,
    /// Half of the answer comes, then the connection is closed; the work is done.
    CutOff,
    /// The answer comes in so many pieces, with a pause after each, and whole in the end.
    Drip {
        /// How many pieces. 0 is taken as 1.
        pieces: usize,
        /// How long to wait after each.
        pause: Duration,
    },

    /// The whole request is refused with this status and a body in Copper's form; no work is done.
    Refusal(u16),
    /// This status and an HTML body, as from a machine in front of Copper; no work is done.
    ErrorBefore(u16),
    /// This status and an HTML body; the work is done.
    ErrorAfter(u16),
    /// A 429, with `Retry-After` or without; no work is done.
    TooManyRequests {
        /// The header's value: seconds, a date, or nonsense.
        retry_after: Option<String>,
    },
    /// A 307 with this `Location`; no work is done.
    Redirect(String),
    /// A bulk request may hold only so many records; it is refused with Copper's own message if it
    /// holds more.
    SizeLimit(usize),

    /// The work is done, the last item is missing from the answer.
    TooShort,
    /// The work is done, the answer has its last item twice.
    TooLong,
    /// One item of the answer is odd; an answer that is no list is itself the item.
    OddItem {
        /// Which item, counted from 0.
        at: usize,
        /// What it is instead.
        odd: Odd,
    },

    /// The work is done, and the answer is in HTTP/1.0, without a length.
    Http10,
    /// The answer is as it should be, but for its `Content-Type`.
    ContentType(String),
    /// The work is done, the answer is a 200 without a body.
    EmptyBody,
    /// The work is done, and the answer is valid JSON but so many bytes long.
    HugeBody(u64),
    /// The work is done, and there are bytes in the answer that are not UTF-8.
    InvalidUtf8,
    /// The work is done, and the answer is so many lists within each other (16,777,216 at most).
    DeepJson(usize),
    /// `Content-Length` promises more than comes before the connection is closed; the work is done.
    LengthTooLong,
    /// `Content-Length` promises less than comes; the work is done. The surplus is on the wire where
    /// the next answer would begin.
    LengthTooShort,
    /// `X-Runtime` is this text, or absent; all else is as usual.
    Runtime(Option<String>),
}

/// What an item of an answer can be instead of what it should be.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Odd {
    /// This value instead of the whole item: `null`, a number, a text. The work is done.
    Item(Value),
    /// The record has this in place of its `id`; `null`, a text, a negative number. The work is done.
    Id(Value),
    /// The record has this value in one of its fields. The work is done.
    Field {
        /// The field's name.
        name: String,
        /// Its value.
        value: Value,
    },
    /// `"success": false` and an `id` as well. Of this one item the work is undone, as the item says.
    FailureWithId,
}

impl Fault {
    /// Whether a valid request has its effect all the same. Where this is false the client can, or
    /// could, be sure that there is none.
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

    /// Whether the client gets to see a status.
    pub(super) fn answers(&self) -> bool {
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
