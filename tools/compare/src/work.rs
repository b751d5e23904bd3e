//! One measured run with the canned server, in its own process.

use std::{
    env,
    io::{self, Error},
    path::PathBuf,
    process::Command,
    time::Duration,
};

use copper_crm::{
    Copper, Outcome,
    limit::{AppliesTo, Limit},
};
use futures_util::future::join_all;
use tokio::runtime::Builder;

use crate::{
    leads::leads,
    loops,
    usage::{Usage, peak},
};

/// Requests in flight at the same time, as in a run of this crate.
const AT_ONCE: usize = 16;
/// Leads that are created before the measurement, so that connections and code are warm.
const WARM_UP: u64 = 1_000;

/// The program that is measured.
#[derive(Clone, Debug)]
pub struct Work {
    /// By this crate, or by the handwritten loop.
    pub ours: bool,
    /// On all cores, or on one thread.
    pub on_all_cores: bool,
    pub leads: u64,
    /// The number of runs on one client that share the leads.
    pub runs: u64,
    pub journal: Option<PathBuf>,
}

/// The resources that it used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    pub leads_a_second: f64,
    /// User and system time.
    pub cpu_micros_a_lead: f64,
    pub allocations_a_lead: f64,
    pub bytes_a_lead: f64,
    pub peak_kib: f64,
}

impl Work {
    /// Runs it in a process of its own.
    pub fn measure(&self, program: &str, base_url: &str) -> io::Result<Cost> {
        let output = Command::new(env::current_exe()?.with_file_name(program))
            .args(["run", base_url, if self.ours { "ours" } else { "loop" }])
            .arg(if self.on_all_cores { "cores" } else { "thread" })
            .args([self.leads.to_string(), self.runs.to_string()])
            .args(&self.journal)
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let numbers: Vec<f64> = text.split_whitespace().flat_map(str::parse).collect();
        let [
            leads_a_second,
            cpu_micros_a_lead,
            allocations_a_lead,
            bytes_a_lead,
            peak_kib,
        ] = numbers[..]
        else {
            let why = String::from_utf8_lossy(&output.stderr);
            return Err(Error::other(format!("{self:?} failed: {text}{why}")));
        };
        Ok(Cost {
            leads_a_second,
            cpu_micros_a_lead,
            allocations_a_lead,
            bytes_a_lead,
            peak_kib,
        })
    }

    /// The work of the process that `measure` starts. `allocated` counts allocations and bytes.
    pub fn run(mut args: impl Iterator<Item = String>, allocated: impl Fn() -> (usize, usize)) {
        let base_url = args.next().expect("a base URL");
        let ours = args.next().as_deref() == Some("ours");
        let on_all_cores = args.next().as_deref() == Some("cores");
        let mut number = || {
            args.next()
                .and_then(|it| it.parse().ok())
                .expect("a number")
        };
        let (leads, runs): (u64, u64) = (number(), number());
        let work = Self {
            ours,
            on_all_cores,
            leads,
            runs,
            journal: args.next().map(PathBuf::from),
        };
        let mut runtime = match on_all_cores {
            true => Builder::new_multi_thread(),
            false => Builder::new_current_thread(),
        };
        let runtime = runtime.enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let client = Client::new(&base_url);
            client
                .run(&Self {
                    leads: WARM_UP * runs,
                    journal: None,
                    ..work.clone()
                })
                .await;
            let (usage, before) = (Usage::start(), allocated());
            let created = client.run(&work).await;
            let (cpu, wall, after) = (usage.cpu(), usage.wall(), allocated());
            assert_eq!(created, leads, "all leads are created");
            let each = |much: f64| much / leads as f64;
            println!(
                "{} {} {} {} {}",
                leads as f64 / wall.as_secs_f64(),
                each(cpu.as_secs_f64() * 1e6),
                each((after.0 - before.0) as f64),
                each((after.1 - before.1) as f64),
                peak(),
            );
        });
    }
}

struct Client {
    base_url: String,
    copper: Copper,
    http: reqwest::Client,
}

impl Client {
    fn new(base_url: &str) -> Self {
        // The limiter has its work to do, but nobody waits for it.
        let limit = |applies_to| Limit {
            applies_to,
            requests: 1_000_000,
            window: Duration::from_secs(1),
        };
        let copper = Copper::builder("token", "user@example.com")
            .base_url(base_url)
            .limits([limit(AppliesTo::All), limit(AppliesTo::Bulk)])
            .build();
        Self {
            base_url: base_url.to_owned(),
            copper: copper.expect("a client"),
            http: loops::client(),
        }
    }

    /// The number of leads that were created.
    async fn run(&self, work: &Work) -> u64 {
        let each = work.leads / work.runs;
        let runs = (0..work.runs).map(|n| {
            let (copper, http, base_url) = (
                self.copper.clone(),
                self.http.clone(),
                self.base_url.clone(),
            );
            let journal = work
                .journal
                .as_ref()
                .map(|path| path.with_extension(n.to_string()));
            let ours = work.ours;
            tokio::spawn(async move {
                if !ours {
                    return loops::concurrent(&http, &base_url, leads(each), AT_ONCE)
                        .await
                        .created;
                }
                let mut run = copper.bulk_create_leads(leads(each));
                if let Some(path) = &journal {
                    let _ = std::fs::remove_file(path);
                    run = run.journal(path);
                }
                let mut created = 0;
                while let Some(item) = run.next().await {
                    created += u64::from(matches!(item.outcome, Outcome::Done(_)));
                }
                if let Some(path) = &journal {
                    let _ = std::fs::remove_file(path);
                }
                created
            })
        });
        join_all(runs)
            .await
            .into_iter()
            .map(|created| created.expect("a run"))
            .sum()
    }
}
