//! The way of a request through the sandbox: across the network, past the credentials, the limits and
//! the faults, to its operation, and back. What has arrived whole is worked on to its end even when the
//! client has left, as Copper would, and the client can't know.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    response::Response,
};
use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{HeaderValue, header, request::Parts};
use serde_json::json;
use tokio::{sync::watch, time::sleep};

use super::{
    answer::Answer,
    arrival::Summary,
    core::{Core, lock},
    deliver::deliver,
    fault::Fault,
    gate::{Caller, Gate},
    route::route,
    spoil::instead,
};

/// No request that anybody means is larger.
const LARGEST_REQUEST: usize = 64 << 20;
/// Where the sandbox tells how it stands: outside the API, and counted nowhere.
pub(super) const REPORT_PATH: &str = "/sandbox";

pub(super) async fn serve(
    State(core): State<Arc<Core>>,
    ConnectInfo(Caller(line)): ConnectInfo<Caller>,
    request: Request,
) -> Response {
    let first = line.working();
    let (parts, body) = request.into_parts();
    if parts.uri.path() == REPORT_PATH {
        line.answering();
        return report(core.summary());
    }
    let Ok(body) = to_bytes(body, LARGEST_REQUEST).await else {
        // It broke off on its way, or would fill the memory; nothing has arrived.
        line.close();
        return Response::new(Body::empty());
    };
    let work = until_stopped(
        core.stopped.subscribe(),
        work(Arc::clone(&core), parts, body, first),
    );
    let Ok(Some((answer, fault))) = tokio::spawn(work).await else {
        line.close();
        return Response::new(Body::empty());
    };
    match &fault {
        Some(Fault::Refuse(time)) => {
            let shut = core.gate.shut();
            tokio::spawn(until_stopped(
                core.stopped.subscribe(),
                reopen_after(*time, shut, Arc::clone(&core.gate)),
            ));
        }
        Some(Fault::CloseOnAccept(count)) => core.gate.slam(*count),
        Some(Fault::Stale) => line.go_stale(),
        _ => {}
    }
    let mut response = deliver(fault.as_ref(), answer, &line).await;
    if line.answering() {
        response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// What the work on a request comes to once it has been across the network, there and back.
async fn work(core: Arc<Core>, parts: Parts, body: Bytes, first: bool) -> (Answer, Option<Fault>) {
    let way_there = core.network.there(first, &mut lock(&core.chance));
    pause(way_there).await;

    let path = parts.uri.path();
    let path = path
        .strip_prefix(core.base_path.as_str())
        .filter(|rest| rest.starts_with('/'));
    let route = path.and_then(|path| route(parts.method.as_str(), path));
    let (arrived, number, admitted) = core.arrive(&parts, path, route.as_ref(), &body);
    let fault = match admitted {
        Ok(()) => lock(&core.faults).strike(
            route.as_ref().map(|route| route.operation),
            &body,
            &mut lock(&core.chance),
        ),
        Err(_) => None,
    };
    let mut answer = match admitted {
        Err(refusal) => refusal,
        Ok(()) => match fault.as_ref().and_then(instead) {
            Some(answer) => answer,
            None => {
                let work = core.network.work.draw(&mut lock(&core.chance));
                pause(work).await;
                core.operate(route, &body, fault.as_ref())
            }
        },
    };
    if let Some(runtime) = runtime(fault.as_ref(), arrived.elapsed()) {
        answer = answer.with_header("x-runtime", runtime);
    }
    answer = answer.with_header("x-request-id", lock(&core.chance).id());
    core.settle(number, &answer, fault.clone());

    let way_back = core.network.back(&mut lock(&core.chance));
    pause(way_back).await;
    (answer, fault)
}

fn runtime(fault: Option<&Fault>, elapsed: Duration) -> Option<String> {
    match fault {
        Some(Fault::Runtime(text)) => text.clone(),
        _ => Some(format!("{:.6}", elapsed.as_secs_f64())),
    }
}

fn report(summary: Summary) -> Response {
    let Summary {
        leads,
        requests,
        bulk_requests,
        limited,
        faults,
    } = summary;
    let report = json!({ "leads": leads, "requests": requests, "bulk_requests": bulk_requests, "limited": limited, "faults": faults });
    let mut response = Response::new(Body::from(report.to_string()));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(super::answer::JSON),
    );
    response
}

/// Sleeping for no time still takes a timer's tick, which loopback must not cost.
async fn pause(time: Duration) {
    if !time.is_zero() {
        sleep(time).await;
    }
}

async fn reopen_after(time: Duration, shut: u64, gate: Arc<Gate>) {
    sleep(time).await;
    // Somebody else may have the port for a moment.
    while gate.reopen(Some(shut)).is_err() {
        sleep(Duration::from_millis(10)).await;
    }
}

/// Lets something go on until it is done or the sandbox is dropped.
pub(super) async fn until_stopped<T>(
    mut stopped: watch::Receiver<bool>,
    work: impl Future<Output = T>,
) -> Option<T> {
    match select(pin!(stopped.wait_for(|stopped| *stopped)), pin!(work)).await {
        Either::Left(_) => None,
        Either::Right((done, _)) => Some(done),
    }
}
