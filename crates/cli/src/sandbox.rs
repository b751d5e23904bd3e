//! Serves the sandbox by itself, for programs in other processes and other languages.
//!
//! `copper sandbox --port 8080`, then point the program at what it prints.

use std::{error::Error, io, process::ExitCode, thread, time::Duration};

use copper_crm::limit::AppliesTo;
use copper_crm_sandbox::{Builder, Network, Sandbox};
use tokio::{sync::oneshot, time::timeout};

const HELP: &str = "\
Serves an in-process Copper on 127.0.0.1, with Copper's documented rules and rate limits.

  copper sandbox [options]

  --port N         the port (8080); 0 is any that is free
  --scale X        makes the windows of the rate limits X times as long, such as 0.01
  --lan, --wan, --wifi, --slow
                   puts such a network, and such a busy server, in between
  --seed N         the seed of all that is random (0)
  --count-refused  lets requests that are refused with 429 count for the limits as well
  --until-eof      stops when its standard input ends
  --help           shows this
";

struct Options {
    sandbox: Builder,
    until_eof: bool,
}

pub async fn main(args: impl Iterator<Item = String>) -> ExitCode {
    match options(args) {
        Ok(None) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Ok(Some(options)) => match serve(options).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                eprintln!("the sandbox can't be served: {why}");
                ExitCode::FAILURE
            }
        },
        Err(why) => {
            eprintln!("{why}; --help tells what there is");
            ExitCode::from(2)
        }
    }
}

fn options(mut args: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut options = Options {
        sandbox: Sandbox::builder().port(8080),
        until_eof: false,
    };
    while let Some(name) = args.next() {
        let sandbox = options.sandbox;
        options.sandbox = match name.as_str() {
            "--help" | "-h" => return Ok(None),
            "--port" => sandbox.port(number(&name, args.next())?),
            "--scale" => sandbox.scale(number(&name, args.next())?),
            "--seed" => sandbox.seed(number(&name, args.next())?),
            "--lan" => sandbox.network(Network::lan()),
            "--wan" => sandbox.network(Network::wan()),
            "--wifi" => sandbox.network(Network::wifi()),
            "--slow" => sandbox.network(Network::slow_server()),
            "--count-refused" => sandbox.count_refused(true),
            "--until-eof" => {
                options.until_eof = true;
                sandbox
            }
            other => return Err(format!("there is no option {other}")),
        };
    }
    Ok(Some(options))
}

fn number<T: std::str::FromStr>(name: &str, text: Option<String>) -> Result<T, String> {
    let text = text.ok_or_else(|| format!("{name} needs a number"))?;
    text.parse()
        .map_err(|_| format!("{name} needs a number, not {text}"))
}

async fn serve(options: Options) -> Result<(), Box<dyn Error>> {
    let sandbox = options.sandbox.start().await?;
    introduce(&sandbox);
    let (at_eof, mut eof) = oneshot::channel::<()>();
    let mut at_eof = Some(at_eof);
    // Not without being told to: a program in the background that reads is stopped by its terminal.
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
            println!("{now}");
            shown = now;
        }
    }
    drop(at_eof);
    println!("{}", sandbox.summary());
    Ok(())
}

fn introduce(sandbox: &Sandbox) {
    println!("An in-process Copper is at {}", sandbox.base_url());
    for limit in sandbox.limits() {
        let what = match limit.applies_to {
            AppliesTo::All => "requests",
            AppliesTo::Bulk => "bulk requests",
        };
        println!("  at most {} {what} in {:?}", limit.requests, limit.window);
    }
    let host = sandbox
        .base_url()
        .splitn(4, '/')
        .take(3)
        .collect::<Vec<_>>()
        .join("/");
    println!("\nPoint a program at it:\n");
    println!("  export COPPER_BASE_URL={}", sandbox.base_url());
    println!("  export COPPER_ACCESS_TOKEN={}", sandbox.token());
    println!("  export COPPER_USER_EMAIL={}\n", sandbox.email());
    println!(
        "How it stands is told here when it has changed, and by GET {host}/sandbox; Ctrl-C stops it.\n"
    );
}
