//! Loads leads, and serves the run's progress to Prometheus at the same time: `cargo run --example metrics`,
//! and in another terminal `curl http://127.0.0.1:9180/metrics`. It loads into the sandbox, so that you can
//! try it; the rest is the same in a real program.

use std::error::Error;

use copper_crm::{
    NewLead,
    bulk::{Progress, Snapshot},
};
use copper_crm_sandbox::Sandbox;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let copper = sandbox.copper().build()?;
    let leads: Vec<_> = (1..=300)
        .map(|n| NewLead::named(format!("Lead {n}")).tag("metrics"))
        .collect();
    let mut run = copper.bulk_create_leads(leads);

    match TcpListener::bind("127.0.0.1:9180").await {
        Ok(listener) => {
            println!("# http://127.0.0.1:9180/metrics");
            tokio::spawn(serve(listener, run.progress()));
        }
        Err(error) => eprintln!("no metrics are served: {error}"),
    }
    while run.next().await.is_some() {}
    print!("{}", page(&run.progress().now()));
    Ok(())
}

/// Answers every request with the metrics.
async fn serve(listener: TcpListener, progress: Progress) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let progress = progress.clone();
        tokio::spawn(async move {
            let mut request = [0; 1024];
            if stream.read(&mut request).await.is_err() {
                return;
            }
            let page = page(&progress.now());
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
                page.len()
            );
            // The client may be gone.
            let _ = stream.write_all(answer.as_bytes()).await;
        });
    }
}

/// The metrics, in Prometheus's text format.
fn page(now: &Snapshot) -> String {
    let counts = [
        ("done", now.settled.done),
        ("rejected", now.settled.rejected),
        ("not_sent", now.settled.not_sent),
        ("unknown", now.settled.unknown),
    ];
    let mut page = String::from("# TYPE copper_records_total counter\n");
    for (outcome, count) in counts {
        page += &format!("copper_records_total{{outcome=\"{outcome}\"}} {count}\n");
    }
    let seconds_left = now.time_left.map(|left| left.as_secs_f64());
    let gauges = [
        ("taken", Some(now.taken as f64)),
        ("expected", now.total.map(|total| total as f64)),
        ("per_second", Some(now.per_second)),
        ("seconds_left", seconds_left),
    ];
    for (name, value) in gauges {
        if let Some(value) = value {
            page += &format!("# TYPE copper_{name} gauge\ncopper_{name} {value}\n");
        }
    }
    page
}
