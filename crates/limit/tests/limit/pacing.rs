//! Checks the figures of the published pacing table: accepted requests per second within 1 %, and a share of
//! 429s at most 0.02 points higher. Seeds are fixed, so a failure here is a change of the rule, and never bad
//! luck.

use crate::simulation::{NETWORKS, Network, Ours, Run, Twist, run};

/// The table's row of this crate: accepted requests per second, refused ones in percent.
const TABLE: [(f64, f64); 4] = [(2.99, 0.0), (2.93, 0.0), (2.64, 0.155), (2.64, 0.187)];
const REQUESTS: usize = 60_000;

fn long_run(network: &Network) -> Run {
    let run = run(Ours::new(), network, REQUESTS, 1);
    let (rate, refused) = (run.rate(), run.refused_percent());
    println!("{}: {rate:.3} req/s, {refused:.3} % refused", network.name);
    run
}

/// The number of programs, of 1,000, that had a 429 among their first 30 requests.
fn cold_starts_refused(network: &Network) -> usize {
    let refused = |seed: &u64| run(Ours::new(), network, 30, *seed).refused > 0;
    let count = (1..=1_000).filter(refused).count();
    println!("{}: {count} of 1,000 cold starts with a 429", network.name);
    count
}

#[test]
fn accepted_requests_per_second_and_refusals_are_those_of_the_table() {
    for (network, (rate, refused)) in NETWORKS.iter().zip(TABLE) {
        let run = long_run(network);
        assert_eq!(run.sent.len(), REQUESTS);
        assert!((run.rate() / rate - 1.0).abs() <= 0.01, "{}", network.name);
        assert!(run.refused_percent() <= refused + 0.02, "{}", network.name);
    }
}

#[test]
fn refusals_stay_as_rare_when_connections_close_and_answers_are_held_up() {
    for (network, (_, refused)) in NETWORKS.iter().zip(TABLE) {
        let harsher = network.with(Twist::Harsher);
        let run = long_run(&harsher);
        assert!(run.refused_percent() <= refused + 0.02, "{}", network.name);
    }
}

#[test]
fn no_cold_start_on_lan_or_wan_is_refused() {
    for network in NETWORKS.iter().take(2) {
        assert_eq!(cold_starts_refused(network), 0, "{}", network.name);
        let harsher = network.with(Twist::Harsher);
        assert_eq!(
            cold_starts_refused(&harsher),
            0,
            "{}, harsher",
            network.name
        );
    }
}

#[test]
fn few_cold_starts_elsewhere_are_refused() {
    for network in NETWORKS.iter().skip(2) {
        assert!(cold_starts_refused(network) <= 58, "{}", network.name);
    }
}

#[test]
fn a_run_is_the_same_every_time() {
    let sent = || run(Ours::new(), &NETWORKS[2], 1_000, 7).sent;
    assert_eq!(sent(), sent());
}
