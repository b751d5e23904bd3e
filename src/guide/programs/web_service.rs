//! A web service: each `POST /leads` becomes a lead, and is answered when Copper has the lead. One endless run serves
//! all requests. It sends a single lead at once, and many leads in requests of ten.
//!
//! `web_service ADDRESS`, for example `127.0.0.1:8080`. SIGTERM or Ctrl-C ends it.

use std::{env, error::Error, time::Duration};

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use copper_crm::{
    Copper, NewLead, Outcome,
    bulk::{StopHandle, from_stream, keyed},
};
use futures_util::stream;
use serde::Deserialize;
use tokio::{net::TcpListener, signal, sync::mpsc, sync::oneshot, time::timeout};

/// A lead, and the channel for its reply.
type Order = (oneshot::Sender<Reply>, NewLead);
type Reply = (StatusCode, String);

/// The most leads that wait. If there are more, the service refuses them.
const QUEUE: usize = 200;
/// The time for which the run waits for the end of an outage, or for somebody to repair the token.
const LONGEST_OUTAGE: Duration = Duration::from_secs(4 * 60 * 60);
/// The time for which a client waits for its reply. After that, the lead is still created.
const REPLY_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
struct Form {
    name: String,
    email: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = env::args().nth(1).unwrap_or("127.0.0.1:8080".to_owned());
    let copper = Copper::from_env()?;
    let (queue, orders) = mpsc::channel::<Order>(QUEUE);
    let orders = stream::unfold(orders, |mut orders| async {
        orders.recv().await.map(|order| (order, orders))
    });
    let mut run = copper
        .bulk_create_leads(keyed(from_stream(orders)))
        .wait_out_outages(LONGEST_OUTAGE);
    let stop = run.stop_handle();
    let leads = tokio::spawn(async move {
        while let Some(item) = run.next().await {
            let reply = match item.outcome {
                Outcome::Done(lead) => (StatusCode::CREATED, lead.id.to_string()),
                Outcome::Rejected(why) => (StatusCode::UNPROCESSABLE_ENTITY, why.to_string()),
                Outcome::NotSent(why) => (StatusCode::SERVICE_UNAVAILABLE, why.to_string()),
                // It may be in Copper. Log it for a person; sending it again could create it twice.
                Outcome::Unknown(why) => (StatusCode::ACCEPTED, why.to_string()),
            };
            // The client may be gone.
            let _ = item.key.send(reply);
        }
        println!("{}", run.summary());
    });

    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    let service = Router::new()
        .route("/leads", post(create))
        .with_state(queue);
    axum::serve(listener, service)
        .with_graceful_shutdown(ended(stop))
        .await?;
    // Shutting down drops the queue, which ends the run. Nothing in flight is lost.
    leads.await?;
    Ok(())
}

async fn create(State(queue): State<mpsc::Sender<Order>>, Json(form): Json<Form>) -> Reply {
    let (reply, replied) = oneshot::channel();
    let lead = NewLead::named(form.name).email(form.email).tag("website");
    if queue.try_send((reply, lead)).is_err() {
        return (StatusCode::TOO_MANY_REQUESTS, "try again later".to_owned());
    }
    match timeout(REPLY_TIMEOUT, replied).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(_)) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "it is shutting down".to_owned(),
        ),
        Err(_) => (StatusCode::ACCEPTED, "it is still in the queue".to_owned()),
    }
}

/// Waits for the signal to end, and stops the run: requests in flight are settled, the rest is `NotSent`.
async fn ended(stop: StopHandle) {
    let mut terminate =
        signal::unix::signal(signal::unix::SignalKind::terminate()).expect("signals can be had");
    tokio::select! {
        _ = signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    stop.stop();
}
