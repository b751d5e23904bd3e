//! The way of a request: through the simulated network, past the credentials, the limits and the faults, to
//! its operation, and back. A request that has arrived whole is processed to its end even when the client
//! has left, as Copper would do, and the client can't know.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    response::Response as HttpResponse,
};
use bytes::Bytes;
use futures_util::{
    StreamExt,
    future::{Either, select},
};
use http::{HeaderValue, header, request::Parts};
use serde_json::json;
use tokio::{sync::watch, time::sleep};

use super::{
    arrival::Summary,
    respond::{into_http, respond},
    route::route,
    state::{ServerState, lock},
};
use crate::{
    faults::{Fault, replacement},
    response::{JSON, Response},
    transport::{ConnectionOf, Listener},
};

/// The largest body of a request.
const LARGEST_BODY: usize = 64 << 20;
/// The most that is read, and discarded, of a refused request's body: enough that a small request gets its
/// refusal instead of a broken connection.
const MOST_DISCARDED: usize = 1 << 20;
/// The path of the summary: outside the API, and never counted.
const REPORT_PATH: &str = "/sandbox";

pub(crate) async fn serve(
    State(state): State<Arc<ServerState>>,
    ConnectInfo(ConnectionOf(connection)): ConnectInfo<ConnectionOf>,
    request: Request,
) -> HttpResponse {
    let first = connection.working();
    let (parts, body) = request.into_parts();
    if !state.hosts.accept(&parts) {
        // A body that was cut off makes no difference to a refusal.
        let _ = discard(body).await;
        connection.responding();
        return into_http(Response::wrong_host());
    }
    if parts.uri.path() == REPORT_PATH {
        connection.responding();
        return report(state.summary());
    }
    let body = if state.credentials.are_in(&parts.headers) {
        to_bytes(body, LARGEST_BODY).await.map(Some)
    } else {
        discard(body).await.map(|()| None)
    };
    let Ok(body) = body else {
        // It was cut off or is too large, so nothing has arrived.
        connection.close();
        return HttpResponse::new(Body::empty());
    };
    let work = until_stopped(
        state.stopped.subscribe(),
        work(Arc::clone(&state), parts, body, first),
    );
    let Ok(Some((response, fault))) = tokio::spawn(work).await else {
        connection.close();
        return HttpResponse::new(Body::empty());
    };
    match &fault {
        Some(Fault::Refuse(time)) => {
            let pause = state.listener.pause();
            tokio::spawn(until_stopped(
                state.stopped.subscribe(),
                resume_after(*time, pause, Arc::clone(&state.listener)),
            ));
        }
        Some(Fault::CloseOnAccept(count)) => state.listener.close_next(*count),
        Some(Fault::Stale) => connection.go_stale(),
        _ => {}
    }
    let mut response = respond(fault.as_ref(), response, &connection).await;
    if connection.responding() {
        response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Returns the response of a request once it has crossed the network, there and back.
async fn work(
    state: Arc<ServerState>,
    parts: Parts,
    body: Option<Bytes>,
    first: bool,
) -> (Response, Option<Fault>) {
    let way_there = state.network.there(first, &mut lock(&state.random));
    delay(way_there).await;

    let path = parts.uri.path();
    let path = path
        .strip_prefix(state.base_path.as_str())
        .filter(|rest| rest.starts_with('/'));
    let route = path.and_then(|path| route(parts.method.as_str(), path));
    let (arrived, number, admitted) = state.arrive(&parts, path, route.as_ref(), body.as_ref());
    let body = body.unwrap_or_default();
    let fault = match admitted {
        Ok(()) => lock(&state.faults).pick(
            route.as_ref().map(|route| route.operation),
            &body,
            &mut lock(&state.random),
        ),
        Err(_) => None,
    };
    let mut response = match admitted {
        Err(refusal) => refusal,
        Ok(()) => match fault
            .as_ref()
            .and_then(|fault| replacement(fault, state.scale))
        {
            Some(response) => response,
            None => {
                let work = state.network.work.draw(&mut lock(&state.random));
                delay(work).await;
                state.operate(route, parts.uri.query(), &body, fault.as_ref())
            }
        },
    };
    if let Some(runtime) = runtime(fault.as_ref(), arrived.elapsed()) {
        response = response.with_header("x-runtime", runtime);
    }
    response = response.with_header("x-request-id", lock(&state.random).id());
    state.record(number, &response, fault.clone());

    let way_back = state.network.back(&mut lock(&state.random));
    delay(way_back).await;
    (response, fault)
}

/// Reads the beginning of a body, and keeps nothing of it.
async fn discard(body: Body) -> Result<(), axum::Error> {
    let (mut stream, mut read) = (body.into_data_stream(), 0);
    while let Some(part) = stream.next().await {
        read += part?.len();
        if read > MOST_DISCARDED {
            break;
        }
    }
    Ok(())
}

fn runtime(fault: Option<&Fault>, elapsed: Duration) -> Option<String> {
    match fault {
        Some(Fault::Runtime(text)) => text.clone(),
        _ => Some(format!("{:.6}", elapsed.as_secs_f64())),
    }
}

fn report(summary: Summary) -> HttpResponse {
    let Summary {
        leads,
        requests,
        bulk_requests,
        limited,
        faults,
    } = summary;
    let report = json!({ "leads": leads, "requests": requests, "bulk_requests": bulk_requests, "limited": limited, "faults": faults });
    let mut response = HttpResponse::new(Body::from(report.to_string()));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    response
}

/// Sleeps, but not for zero: that would still take a tick of the timer.
async fn delay(time: Duration) {
    if !time.is_zero() {
        sleep(time).await;
    }
}

async fn resume_after(time: Duration, pause: u64, listener: Arc<Listener>) {
    sleep(time).await;
    // Another program may have taken the port for a moment.
    while listener.resume(Some(pause)).is_err() {
        sleep(Duration::from_millis(10)).await;
    }
}

/// Runs work until it is done or the sandbox is dropped. `None` means the latter.
pub(crate) async fn until_stopped<T>(
    mut stopped: watch::Receiver<bool>,
    work: impl Future<Output = T>,
) -> Option<T> {
    match select(pin!(stopped.wait_for(|stopped| *stopped)), pin!(work)).await {
        Either::Left(_) => None,
        Either::Right((done, _)) => Some(done),
    }
}
