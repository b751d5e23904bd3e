//! What all requests of one sandbox share, and the three moments at which they touch it: on arrival
//! they are counted, at their work they change the account, and in the end it is written down what
//! became of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::request::Parts;
use serde_json::Value;
use tokio::{sync::watch, time::Instant};

use super::{
    account::Account,
    answer::Answer,
    arrival::{Arrival, Summary},
    auth::Credentials,
    chance::Chance,
    document::Document,
    fault::Fault,
    gate::Gate,
    kinds::lead::LEAD,
    network::Network,
    operations::{Call, handler},
    route::Route,
    spoil::spoil,
    throttle::Throttle,
    when::Injections,
};

/// All that the requests of one sandbox share.
pub(super) struct Core {
    /// The path of the base URL.
    pub(super) base_path: String,
    pub(super) started: Instant,
    pub(super) document: Document,
    pub(super) credentials: Credentials,
    pub(super) network: Network,
    pub(super) gate: Arc<Gate>,
    pub(super) throttle: Mutex<Throttle>,
    pub(super) chance: Mutex<Chance>,
    pub(super) faults: Mutex<Injections<Fault>>,
    pub(super) account: Mutex<Account>,
    pub(super) arrivals: Mutex<Vec<Arrival>>,
    /// True once the sandbox is dropped.
    pub(super) stopped: watch::Sender<bool>,
}

/// A lock that a panic elsewhere does not spoil: what it guards is sound after every statement.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Core {
    /// Counts a request, and says whether it may go on. Limits are counted in the order of arrival, so
    /// the time is taken under their lock.
    pub(super) fn arrive(
        &self,
        parts: &Parts,
        path: Option<&str>,
        route: Option<&Route<'_>>,
        body: &Bytes,
    ) -> (Instant, usize, Result<(), Answer>) {
        let operation = route.map(|route| route.operation);
        let bulk = operation.and_then(|operation| operation.bulk.as_ref());
        let items = bulk.map_or(0, |bulk| items(body, bulk.key));
        let known = self.credentials.are_in(&parts.headers);
        let mut throttle = lock(&self.throttle);
        let now = Instant::now();
        let admitted = match known {
            false => Err(Answer::unauthorised()),
            // A key that is not known has no budget, so only known ones are counted.
            true if throttle.admit(now, bulk.is_some()) => Ok(()),
            true => Err(Answer::too_many_requests()),
        };
        let mut arrivals = lock(&self.arrivals);
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
            body: body.clone(),
        });
        (now, arrivals.len() - 1, admitted)
    }

    /// Does the work, and to its answer what the fault wants.
    pub(super) fn operate(
        &self,
        route: Option<Route<'_>>,
        body: &[u8],
        fault: Option<&Fault>,
    ) -> Answer {
        let mut account = lock(&self.account);
        account.begin();
        let handled = route.and_then(|Route { operation, id }| {
            let max_items = match fault {
                Some(Fault::SizeLimit(limit)) => *limit,
                _ => operation.bulk.as_ref().map_or(0, |bulk| bulk.max_items),
            };
            let call = Call {
                operation,
                id,
                body,
                max_items,
                document: &self.document,
                account: &mut account,
            };
            Some(handler(operation.id)?(call))
        });
        let mut answer = match handled {
            Some(Ok(answer) | Err(answer)) => answer,
            None => Answer::no_such_route(),
        };
        if let Some(fault) = fault {
            spoil(fault, &mut answer, &mut account);
        }
        answer
    }

    /// Writes down what became of a request.
    pub(super) fn settle(&self, number: usize, answer: &Answer, fault: Option<Fault>) {
        if let Some(arrival) = lock(&self.arrivals).get_mut(number) {
            arrival.status = fault
                .as_ref()
                .is_none_or(Fault::answers)
                .then_some(answer.status);
            arrival.fault = fault;
        }
    }

    pub(super) fn summary(&self) -> Summary {
        let leads = lock(&self.account).count(&LEAD);
        Summary::of(leads, &lock(&self.arrivals))
    }
}

/// How many records a bulk request holds, whether or not they are any good.
fn items(body: &[u8], key: &str) -> usize {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body.get(key).and_then(Value::as_array).map_or(0, Vec::len)
}
