//! The fates of a request, and what the client sees of each.

use std::{io, sync::Arc};

use bytes::Bytes;
use futures_util::stream;
use progenitor_client::Error;
use reqwest::{
    Body, Response,
    dns::{Name, Resolve, Resolving},
};

use super::http;
use crate::{
    endpoint::BulkResult,
    item::{Item, Parts},
    types::Lead,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Fate {
    /// All its records are accepted.
    Accepted,
    /// All records except the last, which the answer refuses.
    LastRefused,
    /// All records, but the answer's last item can't be read.
    LastOdd,
    /// The answer has an item too few.
    Miscounted,
    /// 422: too large, one record is the limit.
    TooLarge,
    /// 422 for the whole request.
    Invalid,
    /// 400 for the whole request.
    Malformed,
    /// 429.
    Limited,
    /// No connection.
    NotConnected,
    /// 401.
    Unauthorized,
    /// The client can't send it.
    Unsendable,
    /// No answer; it may have been done.
    Lost,
    /// 503; it may have been done.
    ServerError,
    /// A success that is not JSON; it may have been done.
    Garbled,
    /// No answer, and nothing was done.
    Undone,
    /// Of a search: records that were created a moment ago are not found.
    Lagging,
    /// This request and all later ones get 429.
    LimitedForGood,
    /// This request and all later ones are lost, but reads are answered.
    LostForGood,
    /// No connection is possible any more, but reads are answered.
    NotConnectedForGood,
    /// No server is there any more.
    Down,
}

/// The facts about the records of a request with its fate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Accepted,
    /// All but the last are accepted.
    ButLast,
    /// All are there, but the client can't know it for the last.
    OddLast,
    /// Nobody but the server knows.
    Doubt,
    /// Nothing was done, because of the request itself.
    Refused,
    /// Nothing was done.
    Unread,
}

impl Fate {
    const ALL: [Self; 19] = [
        Self::Accepted,
        Self::LastRefused,
        Self::LastOdd,
        Self::Miscounted,
        Self::TooLarge,
        Self::Invalid,
        Self::Malformed,
        Self::Limited,
        Self::NotConnected,
        Self::Unauthorized,
        Self::Unsendable,
        Self::Lost,
        Self::ServerError,
        Self::Garbled,
        Self::Undone,
        Self::LimitedForGood,
        Self::LostForGood,
        Self::NotConnectedForGood,
        Self::Down,
    ];

    /// The fates of a request with this many records. The first is no fault. What was done with a lost
    /// request matters only if its records are looked up.
    pub(super) fn of(records: usize, looked_for: bool) -> impl Iterator<Item = Self> {
        let fits = move |fate: &Self| match fate {
            Self::TooLarge => records > 1,
            Self::Undone => looked_for,
            _ => true,
        };
        Self::ALL.into_iter().filter(fits)
    }

    /// The fates of a search. The first is no fault.
    pub(super) fn of_lookup(may_lag: bool) -> impl Iterator<Item = Self> {
        let lags = may_lag.then_some(Self::Lagging);
        [Self::Accepted, Self::Lost, Self::Unauthorized]
            .into_iter()
            .chain(lags)
    }

    pub(super) fn lasts(self) -> bool {
        matches!(
            self,
            Self::LimitedForGood | Self::LostForGood | Self::NotConnectedForGood | Self::Down
        )
    }

    /// True if reads have this fate as well.
    pub(super) fn reads(self) -> bool {
        self != Self::Down
    }

    pub(super) fn effect(self) -> Effect {
        match self {
            Self::Accepted => Effect::Accepted,
            Self::LastRefused => Effect::ButLast,
            Self::LastOdd => Effect::OddLast,
            Self::Miscounted | Self::Lost | Self::LostForGood => Effect::Doubt,
            Self::ServerError | Self::Garbled | Self::Undone => Effect::Doubt,
            Self::TooLarge | Self::Invalid | Self::Malformed => Effect::Refused,
            _ => Effect::Unread,
        }
    }

    /// The result of the generated client.
    pub(super) async fn answer(self, records: &[usize]) -> BulkResult<Lead> {
        let mut items: Vec<Item<Lead>> = records.iter().map(|n| done(*n)).collect();
        let odd = |json: &str| serde_json::from_str(json).expect("reading an item never fails");
        match self {
            Self::Accepted | Self::Lagging => {}
            Self::LastRefused => {
                items.pop();
                let refused = r#"{"success":false,"message":{"name":[{"error":"invalid"}]}}"#;
                items.push(odd(refused));
            }
            Self::LastOdd => {
                items.pop();
                items.push(odd("null"));
            }
            Self::Miscounted => drop(items.pop()),
            Self::TooLarge => {
                let words = crate::generated::SIZE_LIMIT_MESSAGE;
                return Err(status(422, format!(r#"{{"error":"{words}1"}}"#)));
            }
            Self::Invalid => return Err(status(422, "{}".to_owned())),
            Self::Malformed => return Err(status(400, "{}".to_owned())),
            Self::Limited | Self::LimitedForGood => return Err(status(429, "{}".to_owned())),
            Self::Unauthorized => return Err(status(401, "{}".to_owned())),
            Self::ServerError => return Err(status(503, "<html>".to_owned())),
            Self::Unsendable => return Err(Error::InvalidRequest("no".to_owned())),
            Self::NotConnected | Self::NotConnectedForGood | Self::Down => {
                return Err(Error::CommunicationError(not_connected().await));
            }
            Self::Lost | Self::LostForGood | Self::Undone => {
                return Err(Error::CommunicationError(lost().await));
            }
            Self::Garbled => {
                let error = serde_json::from_str::<Lead>("<").expect_err("no JSON");
                let body = Bytes::from_static(b"<");
                return Err(Error::InvalidResponsePayload(body, error));
            }
        }
        Ok(items)
    }
}

/// The id that a record gets.
pub(super) fn id(record: usize) -> i64 {
    1 + record as i64
}

fn done(record: usize) -> Item<Lead> {
    Item::Done(Box::new(Lead::of_id(id(record)).expect("a lead")))
}

fn status(status: u16, body: String) -> Error<()> {
    let answer = http::Response::builder().status(status).body(body);
    Error::UnexpectedResponse(Response::from(answer.expect("an answer")))
}

/// `reqwest::Error` has no constructor, so we trigger one, without any network.
async fn lost() -> reqwest::Error {
    let cut = stream::iter([Err::<Bytes, _>(io::Error::other("cut off"))]);
    let answer = Response::from(http::Response::new(Body::wrap_stream(cut)));
    answer.bytes().await.expect_err("it is cut off")
}

async fn not_connected() -> reqwest::Error {
    struct NoName;
    impl Resolve for NoName {
        fn resolve(&self, _: Name) -> Resolving {
            Box::pin(async { Err("no such name".into()) })
        }
    }
    let http = http().dns_resolver(Arc::new(NoName)).build();
    let request = http.expect("a client").get("http://nowhere.invalid");
    let error = request.send().await.expect_err("there is no such name");
    assert!(error.is_connect());
    error
}
