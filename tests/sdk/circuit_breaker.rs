//! Outages in the middle of a run, in virtual time: at most the leads of three requests are in doubt, the run
//! continues by itself, and its outcomes are true.

use std::{collections::HashSet, sync::Arc, time::Duration};

use copper_crm::{
    Copper, Error, NewLead, Outcome,
    bulk::{Run, StoppedBy, Summary},
    schema::OPERATIONS,
    types::BulkCreateLeads,
};
use copper_crm_sandbox::{Fault, Network, Sandbox, When};
use futures_util::future::join_all;
use serde_json::json;

use crate::support::clock::in_virtual_time;

const MINUTE: Duration = Duration::from_secs(60);
/// The leads of three requests.
const THREE_REQUESTS: u64 = 30;

/// The kinds of outage, as seen from outside. They affect reads as well.
#[derive(Clone, Debug)]
enum Outage {
    Refused,
    Struck(Fault),
}

impl Outage {
    fn all() -> Vec<Self> {
        let mut all = vec![Self::Refused];
        all.extend(
            [
                Fault::ResetBefore,
                Fault::ResetAfter,
                Fault::CloseAfter,
                Fault::ErrorBefore(503),
                Fault::ErrorAfter(502),
                Fault::StallBefore,
                Fault::StallAfter,
                Fault::StallMidBody,
            ]
            .map(Self::Struck),
        );
        all
    }

    async fn begin(&self, sandbox: &Sandbox) {
        match self {
            Self::Refused => sandbox.pause().await,
            Self::Struck(fault) => sandbox.inject(fault.clone(), When::always()),
        }
    }

    fn end(&self, sandbox: &Sandbox) {
        match self {
            Self::Refused => sandbox.resume().expect("the port is free"),
            Self::Struck(_) => sandbox.clear_faults(),
        }
    }
}

async fn sandbox(network: Network) -> (Arc<Sandbox>, Copper) {
    let sandbox = Sandbox::builder().network(network).start().await;
    let sandbox = sandbox.expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    (Arc::new(sandbox), copper)
}

fn leads(n: usize) -> impl Iterator<Item = NewLead> + Send + 'static {
    (0..n).map(|n| NewLead::named(format!("Lead {n}")))
}

/// Polls a run to its end, and checks that each lead has exactly one outcome and that all are true. Calls
/// `at` with the index of each outcome as it comes.
async fn true_outcomes(
    run: &mut Run<'_, BulkCreateLeads>,
    sandbox: &Sandbox,
    mut at: impl FnMut(u64),
) {
    let mut outcomes = Vec::new();
    while let Some(item) = run.next().await {
        assert_eq!(item.index, outcomes.len() as u64);
        at(item.index);
        outcomes.push((item.input.name, item.outcome));
    }
    let leads = sandbox.leads();
    let held: HashSet<_> = leads
        .iter()
        .filter_map(|lead| lead["name"].as_str())
        .collect();
    assert_eq!(held.len(), leads.len(), "no lead is there twice");
    for (name, outcome) in outcomes {
        match outcome {
            Outcome::Done(_) => assert!(held.contains(&*name), "{name} is done"),
            Outcome::Rejected(why) => panic!("{name}: {why}"),
            Outcome::NotSent(why) => {
                assert!(!held.contains(&*name), "{name}: {why}");
                assert_names_no_other_call(&format!("{why} {}", json!(why)));
            }
            Outcome::Unknown(why) => assert_names_no_other_call(&format!("{why} {}", json!(why))),
        }
    }
}

/// The reason why a run ended names no operation but its own, in whatever form it is told.
fn assert_names_no_call_of_ours(run: &Run<'_, BulkCreateLeads>) -> Arc<Error> {
    let by = run.stopped_by();
    let Some(StoppedBy::Error(why)) = &by else {
        panic!("it must say why: {by:?}")
    };
    assert_names_no_other_call(&format!("{why} {why:?} {}", json!(why.as_ref())));
    Arc::clone(why)
}

fn assert_names_no_other_call(told: &str) {
    let others = told.replace("bulk_create_leads", "");
    for operation in OPERATIONS {
        assert!(!others.contains(operation.id), "{told}");
    }
}

/// A run of `count` leads with an outage of a minute after each of the outcomes in `after`, delayed by
/// `phase`. The run must continue by itself.
async fn survives(outage: Outage, network: Network, count: usize, after: &[u64], phase: Duration) {
    let (sandbox, copper) = sandbox(network).await;
    let mut run = copper.bulk_create_leads(leads(count));
    let strike = |index| {
        if after.contains(&index) {
            let (outage, sandbox) = (outage.clone(), Arc::clone(&sandbox));
            tokio::spawn(async move {
                tokio::time::sleep(phase).await;
                outage.begin(&sandbox).await;
                tokio::time::sleep(MINUTE).await;
                outage.end(&sandbox);
            });
        }
    };
    true_outcomes(&mut run, &sandbox, strike).await;
    let summary = run.summary();
    let what = format!("{outage:?}, {phase:?} after {after:?}: {summary}");
    assert!(run.stopped_by().is_none(), "{what}: {:?}", run.stopped_by());
    assert_eq!((summary.rejected, summary.not_sent), (0, 0), "{what}");
    let in_doubt = THREE_REQUESTS * after.len() as u64;
    assert!(summary.unknown <= in_doubt, "{what}");
    assert_eq!(summary.total(), count as u64);
    let limited = sandbox.summary().limited;
    assert_eq!(limited, 0, "{what}");
}

#[test]
fn an_outage_of_a_minute_in_ten_thousand_leads_costs_three_requests_at_most() {
    in_virtual_time(async {
        let reset = Outage::Struck(Fault::ResetAfter);
        let stall = Outage::Struck(Fault::StallAfter);
        join_all(
            [Outage::Refused, reset, stall]
                .map(|outage| survives(outage, Network::lan(), 10_000, &[3_000], Duration::ZERO)),
        )
        .await;
    });
}

#[test]
fn an_outage_costs_three_requests_at_most_whatever_it_looks_like_and_whenever_it_comes() {
    in_virtual_time(async {
        for network in [Network::lan(), Network::wan()] {
            let runs = Outage::all().into_iter().flat_map(|outage| {
                let phases = [0, 170, 410, 730].map(Duration::from_millis);
                phases.map(|phase| survives(outage.clone(), network, 300, &[57], phase))
            });
            join_all(runs).await;
        }
    });
}

#[test]
fn a_second_outage_is_survived_like_the_first() {
    in_virtual_time(async {
        let runs = Outage::all()
            .into_iter()
            .map(|outage| survives(outage, Network::lan(), 600, &[99, 399], Duration::ZERO));
        join_all(runs).await;
    });
}

#[test]
fn an_outage_that_does_not_end_is_waited_out_for_minutes_and_the_rest_is_not_sent() {
    in_virtual_time(async {
        join_all(Outage::all().into_iter().map(|outage| async move {
            let (sandbox, copper) = sandbox(Network::lan()).await;
            let mut run = copper.bulk_create_leads(leads(300));
            let strike = |index| {
                if index == 57 {
                    let (outage, sandbox) = (outage.clone(), Arc::clone(&sandbox));
                    tokio::spawn(async move { outage.begin(&sandbox).await });
                }
            };
            true_outcomes(&mut run, &sandbox, strike).await;
            let summary = run.summary();
            assert!(summary.unknown <= THREE_REQUESTS, "{outage:?}: {summary}");
            assert!(summary.not_sent >= 200, "{outage:?}: {summary}");
            assert_names_no_call_of_ours(&run);
        }))
        .await;
    });
}

#[test]
fn where_reads_are_answered_and_bulk_requests_are_lost_the_run_ends_after_six_of_them() {
    in_virtual_time(async {
        let faults = [
            Fault::ResetAfter,
            Fault::ErrorAfter(500),
            Fault::StallBefore,
            Fault::TooShort,
            Fault::EmptyBody,
        ];
        join_all(faults.map(|fault| async move {
            let (sandbox, copper) = sandbox(Network::lan()).await;
            let bulk = When::from(5).of("bulk_create_leads");
            sandbox.inject(fault.clone(), bulk);
            let mut run = copper.bulk_create_leads(leads(500));
            true_outcomes(&mut run, &sandbox, |_| {}).await;
            let summary = run.summary();
            assert_eq!(summary.done, 40, "{fault:?}: {summary}");
            assert!(
                summary.unknown <= 2 * THREE_REQUESTS,
                "{fault:?}: {summary}"
            );
            let why = assert_names_no_call_of_ours(&run);
            assert!(!why.may_have_taken_effect(), "{why}");
        }))
        .await;
    });
}

#[test]
fn where_nothing_is_ever_answered_nothing_is_waited_for() {
    in_virtual_time(async {
        let (sandbox, copper) = sandbox(Network::none()).await;
        sandbox.pause().await;
        let start = tokio::time::Instant::now();
        let mut run = copper.bulk_create_leads(leads(500));
        true_outcomes(&mut run, &sandbox, |_| {}).await;
        assert_eq!(run.summary().not_sent, 500);
        let Some(StoppedBy::Error(why)) = run.stopped_by() else {
            panic!("it must say why")
        };
        assert!(why.is_not_connected(), "{why}");
        assert!(start.elapsed() < MINUTE, "{:?}", start.elapsed());
    });
}

#[test]
fn where_all_stalls_from_the_start_three_requests_are_in_doubt() {
    in_virtual_time(async {
        let (sandbox, copper) = sandbox(Network::lan()).await;
        sandbox.inject(Fault::StallAfter, When::always());
        let mut run = copper.bulk_create_leads(leads(500));
        true_outcomes(&mut run, &sandbox, |_| {}).await;
        let summary = run.summary();
        assert!(summary.unknown <= THREE_REQUESTS, "{summary}");
        assert_eq!(summary.not_sent, 500 - summary.unknown, "{summary}");
    });
}

#[test]
fn a_run_that_waits_out_an_outage_can_be_stopped() {
    in_virtual_time(async {
        let (sandbox, copper) = sandbox(Network::lan()).await;
        sandbox.inject(Fault::ResetAfter, When::from(3));
        let mut run = copper.bulk_create_leads(leads(300));
        let handle = run.stop_handle();
        let start = tokio::time::Instant::now();
        tokio::spawn(async move {
            tokio::time::sleep(MINUTE).await;
            handle.stop();
        });
        true_outcomes(&mut run, &sandbox, |_| {}).await;
        let summary = run.summary();
        assert_eq!(summary.done, 20, "{summary}");
        assert!(summary.unknown <= THREE_REQUESTS, "{summary}");
        assert!(matches!(run.stopped_by(), Some(StoppedBy::Caller)));
        assert!(start.elapsed() < 2 * MINUTE, "it did not wait on");
    });
}

/// The outcomes of a run that waits this long for the end of an outage of this length.
async fn waited_out(
    outage: Outage,
    longest: Duration,
    length: Duration,
) -> (Summary, Option<StoppedBy>) {
    let (sandbox, copper) = sandbox(Network::lan()).await;
    let mut run = copper
        .bulk_create_leads(leads(300))
        .wait_out_outages(longest);
    let strike = |index| {
        if index == 100 {
            let (outage, sandbox) = (outage.clone(), Arc::clone(&sandbox));
            tokio::spawn(async move {
                outage.begin(&sandbox).await;
                tokio::time::sleep(length).await;
                outage.end(&sandbox);
            });
        }
    };
    true_outcomes(&mut run, &sandbox, strike).await;
    if run.stopped_by().is_some() {
        assert_names_no_call_of_ours(&run);
    }
    (run.summary(), run.stopped_by())
}

#[test]
fn a_run_that_waits_out_outages_outlives_long_ones_and_a_token_that_somebody_repairs() {
    in_virtual_time(async {
        let outages = [
            Outage::Refused,
            Outage::Struck(Fault::ErrorBefore(503)),
            Outage::Struck(Fault::Refusal(401)),
        ];
        let runs = outages.map(|outage| waited_out(outage, 20 * MINUTE, 15 * MINUTE));
        for (summary, stopped_by) in join_all(runs).await {
            assert!(stopped_by.is_none(), "{summary}: {stopped_by:?}");
            assert_eq!((summary.rejected, summary.not_sent), (0, 0), "{summary}");
            assert!(summary.unknown <= THREE_REQUESTS, "{summary}");
        }
    });
}

#[test]
fn an_outage_longer_than_a_run_waits_for_ends_it() {
    in_virtual_time(async {
        let outages = [Fault::ErrorBefore(503), Fault::Refusal(401)].map(Outage::Struck);
        let runs = outages.map(|outage| waited_out(outage, 7 * MINUTE, 15 * MINUTE));
        for (summary, stopped_by) in join_all(runs).await {
            assert!(matches!(stopped_by, Some(StoppedBy::Error(_))), "{summary}");
            assert!(summary.not_sent > 0, "{summary}");
        }
    });
}
