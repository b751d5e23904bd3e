//! `copper sandbox`: serves the sandbox, for programs in other processes and other languages.

use std::{error::Error, io, thread, time::Duration};

use copper_crm::limit::AppliesTo;
use copper_crm_sandbox::{Network, Sandbox};
use tokio::{sync::oneshot, time::timeout};

use crate::{
    args::sandbox::Options,
    display::{print, say},
};

/// Runs the command until it is stopped, and returns its exit status.
pub async fn run(options: Options) -> u8 {
    match serve(options).await {
        Ok(()) => 0,
        Err(why) => {
            say(format_args!("the sandbox can't be served: {why}"));
            1
        }
    }
}

async fn start(options: &Options) -> Result<Sandbox, impl Error + use<>> {
    let network = [
        (options.lan, Network::lan as fn() -> Network),
        (options.wan, Network::wan),
        (options.wifi, Network::wifi),
        (options.slow, Network::slow_server),
    ];
    let mut builder = Sandbox::builder()
        .address(options.host)
        .port(options.port)
        .seed(options.seed)
        .count_refused(options.count_refused);
    if let Some(factor) = options.scale {
        builder = builder.scale(factor);
    }
    if let Some((_, network)) = network.into_iter().find(|(is_chosen, _)| *is_chosen) {
        builder = builder.network(network());
    }
    builder.start().await
}

async fn serve(options: Options) -> Result<(), Box<dyn Error>> {
    let sandbox = start(&options).await?;
    introduce(&sandbox);
    let (at_eof, mut eof) = oneshot::channel::<()>();
    let mut at_eof = Some(at_eof);
    // Only if it is asked for: a program in the background that reads its terminal is stopped.
    if options.until_eof {
        let at_eof = at_eof.take();
        thread::spawn(move || {
            let _ = io::copy(&mut io::stdin(), &mut io::sink());
            drop(at_eof);
        });
    }
    let mut shown = sandbox.summary();
    while timeout(Duration::from_secs(1), &mut eof).await.is_err() {
        let now = sandbox.summary();
        if now != shown {
            print(now);
            shown = now;
        }
    }
    drop(at_eof);
    print(sandbox.summary());
    Ok(())
}

fn introduce(sandbox: &Sandbox) {
    print(format_args!(
        "An in-process Copper is at {}",
        sandbox.base_url()
    ));
    for limit in sandbox.limits() {
        let what = match limit.applies_to {
            AppliesTo::All => "requests",
            AppliesTo::Bulk => "bulk requests",
        };
        print(format_args!(
            "  at most {} {what} in {:?}",
            limit.requests, limit.window
        ));
    }
    let host = sandbox
        .base_url()
        .splitn(4, '/')
        .take(3)
        .collect::<Vec<_>>()
        .join("/");
    print("\nPoint a program at it:\n");
    print(format_args!(
        "  export COPPER_BASE_URL={}",
        sandbox.base_url()
    ));
    print(format_args!(
        "  export COPPER_ACCESS_TOKEN={}",
        sandbox.token()
    ));
    print(format_args!(
        "  export COPPER_USER_EMAIL={}\n",
        sandbox.email()
    ));
    print(format_args!(
        "Its state is printed here when it changes, and is shown by GET {host}/sandbox; Ctrl-C stops it.\n"
    ));
}
