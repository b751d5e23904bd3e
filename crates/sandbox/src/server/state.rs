//! The state that all requests of one sandbox share, and the three steps that use it: a request is counted
//! on arrival, its operation changes the account, and its result is recorded.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::request::Parts;
use serde_json::Value;
use tokio::{sync::watch, time::Instant};

use super::{
    arrival::{Arrival, Summary},
    credentials::Credentials,
    host::Hosts,
    route::Route,
    throttle::Throttle,
};
use crate::{
    account::Account,
    entities::lead::LEAD,
    faults::{Fault, Injections, corrupt},
    network::Network,
    operations::{Call, run},
    random::Random,
    response::Response,
    schema::Document,
    transport::Listener,
};

/// The state that the requests of one sandbox share.
pub(crate) struct ServerState {
    /// The path of the base URL.
    pub(crate) base_path: String,
    pub(crate) started: Instant,
    pub(crate) document: &'static Document,
    pub(crate) credentials: Credentials,
    pub(crate) hosts: Hosts,
    /// The factor of all times in which the client waits for the rate limits.
    pub(crate) scale: f64,
    pub(crate) network: Network,
    pub(crate) listener: Arc<Listener>,
    pub(crate) throttle: Mutex<Throttle>,
    pub(crate) random: Mutex<Random>,
    pub(crate) faults: Mutex<Injections<Fault>>,
    pub(crate) account: Mutex<Account>,
    pub(crate) arrivals: Mutex<Vec<Arrival>>,
    /// True once the sandbox is dropped.
    pub(crate) stopped: watch::Sender<bool>,
}

/// The most requests without valid credentials that are recorded, so that nobody without them can fill the
/// memory.
const MOST_UNKNOWN: usize = 1_000;

/// Locks, even after a panic in another thread: the guarded values are valid after every statement.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ServerState {
    /// Counts a request. Returns its time of arrival, its number, and a refusal if it may not go on. The
    /// time is taken under the lock of the limits, so that they count in the order of arrival. A request
    /// without valid credentials has no body, because nobody reads it.
    pub(crate) fn arrive(
        &self,
        parts: &Parts,
        path: Option<&str>,
        route: Option<&Route<'_>>,
        body: Option<&Bytes>,
    ) -> (Instant, usize, Result<(), Response>) {
        let operation = route.map(|route| route.operation);
        let bulk = operation.and_then(|operation| operation.bulk.as_ref());
        let counted = bulk.zip(body);
        let items = counted.map_or(0, |(bulk, body)| items(body, bulk.key));
        let mut throttle = lock(&self.throttle);
        let now = Instant::now();
        let admitted = match body {
            None => Err(Response::unauthorised()),
            // Only a valid key has a budget, so other requests are not counted.
            Some(_) if throttle.admit(now, bulk.is_some()) => Ok(()),
            Some(_) => Err(Response::too_many_requests()),
        };
        let mut arrivals = lock(&self.arrivals);
        if body.is_none()
            && arrivals.iter().filter(|it| it.status == Some(401)).count() >= MOST_UNKNOWN
        {
            // There is no arrival of this number, so its result is recorded nowhere.
            return (now, usize::MAX, admitted);
        }
        arrivals.push(Arrival {
            at: now.duration_since(self.started),
            method: parts.method.to_string(),
            path: path.unwrap_or(parts.uri.path()).to_owned(),
            query: parts.uri.query().map(str::to_owned),
            operation: operation.map(|operation| operation.id),
            items,
            status: None,
            fault: None,
            headers: parts.headers.clone(),
            body: body.cloned().unwrap_or_default(),
        });
        (now, arrivals.len() - 1, admitted)
    }

    /// Runs the operation, and changes its response as the fault says.
    pub(crate) fn operate(
        &self,
        route: Option<Route<'_>>,
        query: Option<&str>,
        body: &[u8],
        fault: Option<&Fault>,
    ) -> Response {
        let mut account = lock(&self.account);
        account.begin();
        let mut response = match route {
            Some(Route { operation, id }) => {
                let max_items = match fault {
                    Some(Fault::SizeLimit(limit)) => *limit,
                    _ => operation.bulk.as_ref().map_or(0, |bulk| bulk.max_items),
                };
                run(Call {
                    operation,
                    id,
                    query,
                    body,
                    max_items,
                    document: self.document,
                    account: &mut account,
                })
            }
            None => Response::no_such_route(),
        };
        if let Some(fault) = fault {
            corrupt(fault, &mut response, &mut account);
        }
        response
    }

    /// Records the result of a request.
    pub(crate) fn record(&self, number: usize, response: &Response, fault: Option<Fault>) {
        if let Some(arrival) = lock(&self.arrivals).get_mut(number) {
            arrival.status = fault
                .as_ref()
                .is_none_or(Fault::sends_status)
                .then_some(response.status);
            arrival.fault = fault;
        }
    }

    pub(crate) fn summary(&self) -> Summary {
        let leads = lock(&self.account).count(LEAD.table);
        Summary::of(leads, &lock(&self.arrivals))
    }
}

/// The number of records of a bulk request, valid or not.
fn items(body: &[u8], key: &str) -> usize {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body.get(key).and_then(Value::as_array).map_or(0, Vec::len)
}
