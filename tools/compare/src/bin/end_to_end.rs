//! A whole run in real time, against a sandbox in another process with Copper's real limits and the network
//! of a WAN: leads per second, requests refused with 429, and CPU time of the client. It is compared with a
//! loop of one bulk request at a time, and with one of single creates.
//!
//! `cargo run --release --bin end_to_end -- [leads (3000)] [leads of the single creates (600)]`

use std::{env, io, process::Command};

use copper_crm::{Copper, NewLead, Outcome};
use copper_crm_compare::{leads::leads, loops, server::Server, usage::Usage};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");

/// A new sandbox for each side, so that none meets limits that another has used up.
fn sandbox() -> io::Result<Server> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Server::start(
        Command::new(cargo)
            .args([
                "run",
                "--quiet",
                "--manifest-path",
                ROOT,
                "--bin",
                "copper",
                "--",
                "sandbox",
            ])
            .args(["--port", "0", "--wan", "--until-eof"]),
        "COPPER_USER_EMAIL=",
    )
}

fn line(name: &str, usage: &Usage, sum: loops::Sum) -> f64 {
    let rate = sum.created as f64 / usage.wall().as_secs_f64();
    println!(
        "{name:34} {} leads in {:7.1} s: {rate:6.2} leads/s, {} times 429, {:.2} s of CPU",
        sum.created,
        usage.wall().as_secs_f64(),
        sum.limited,
        usage.cpu().as_secs_f64(),
    );
    rate
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let mut counts = env::args().skip(1).filter_map(|it| it.parse().ok());
    let (many, singly) = (counts.next().unwrap_or(3_000), counts.next().unwrap_or(600));

    let server = sandbox()?;
    let url = server.base_url();
    let usage = Usage::start();
    let sum = ours(&url, &server.token(), leads(many)).await;
    let rate = line("copper-crm", &usage, sum);
    drop(server);

    let server = sandbox()?;
    let usage = Usage::start();
    let sum = loops::one_by_one(&server.base_url(), &server.token(), leads(many), true).await;
    let bulk = line("one bulk request at a time", &usage, sum);
    drop(server);

    let server = sandbox()?;
    let usage = Usage::start();
    let sum = loops::one_by_one(&server.base_url(), &server.token(), leads(singly), false).await;
    let single = line("one single create at a time", &usage, sum);
    println!(
        "copper-crm: {:.2} times the bulk loop, {:.2} times the single creates",
        rate / bulk,
        rate / single
    );
    Ok(())
}

async fn ours(
    base_url: &str,
    token: &str,
    leads: impl Iterator<Item = NewLead> + Send,
) -> loops::Sum {
    let copper = Copper::builder(token, loops::EMAIL)
        .base_url(base_url)
        .build();
    let copper = copper.expect("a client");
    let mut run = copper.bulk_create_leads(leads);
    let mut sum = loops::Sum::default();
    while let Some(item) = run.next().await {
        match item.outcome {
            Outcome::Done(_) => sum.created += 1,
            _ => sum.refused += 1,
        }
    }
    sum.limited = limited(base_url).await;
    sum
}

/// The number of requests that the sandbox has refused with 429.
async fn limited(base_url: &str) -> u64 {
    let host: Vec<_> = base_url.splitn(4, '/').take(3).collect();
    let url = format!("{}/sandbox", host.join("/"));
    let answer = loops::client().get(url).send().await.expect("an answer");
    let summary: serde_json::Value = answer.json().await.expect("JSON");
    summary["limited"].as_u64().unwrap_or_default()
}
