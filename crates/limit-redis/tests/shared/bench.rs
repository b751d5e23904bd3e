//! Prints how well hosts share a key's limits: accepted requests per second, the share refused by a strict
//! server, the busiest host over an even share, and exchanges and commands per request. The code itself runs,
//! in virtual time, and prints the same numbers every time:
//! `cargo bench -p rolling-limit-redis --bench sharing`. After `--`, a
//! number says how many requests, and a text which lines.

#[allow(dead_code)]
mod fake;
#[allow(dead_code)]
mod simulation;

use simulation::{Plan, Ways, run};

fn mixed(redis: f64) -> Vec<Ways> {
    [5.0, 5.0, 40.0, 40.0, 40.0, 40.0, 80.0, 80.0]
        .map(|way| Ways::wan(way).redis(redis))
        .to_vec()
}

fn lopsided(there: f64, back: f64) -> Vec<Ways> {
    [Ways::lopsided(there, back), Ways::lopsided(back, there)].repeat(4)
}

fn main() {
    let requests = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(20_000);
    let plan = |hosts: Vec<Ways>| Plan {
        hosts,
        work: (150.0, 50.0),
        dies: None,
        clocks_differ: false,
        requests,
        seed: 1,
    };
    let slow = Ways {
        there: 250.0,
        back: 250.0,
        jitter: 80.0,
        tail: 400.0,
        redis: 30.0,
    };
    let with_slow = || {
        let mut hosts = mixed(5.0);
        hosts[7] = slow;
        hosts
    };
    let plans = [
        ("1 host, WAN, Redis 0.5 ms", plan(vec![Ways::wan(40.0)])),
        (
            "1 host, WAN, Redis 30 ms",
            plan(vec![Ways::wan(40.0).redis(30.0)]),
        ),
        ("8 alike, WAN", plan(vec![Ways::wan(40.0); 8])),
        ("8 mixed 5/40/80 ms", plan(mixed(0.5))),
        ("the same, Redis 5 ms", plan(mixed(5.0))),
        ("the same, Redis 30 ms", plan(mixed(30.0))),
        (
            "the same, clocks differ by minutes",
            Plan {
                clocks_differ: true,
                ..plan(mixed(5.0))
            },
        ),
        ("the same, one of them slow", plan(with_slow())),
        (
            "the same, one dies",
            Plan {
                dies: Some((2, 0.3)),
                ..plan(mixed(5.0))
            },
        ),
        ("ways 30/50 and 50/30", plan(lopsided(30.0, 50.0))),
        ("ways 20/60 and 60/20", plan(lopsided(20.0, 60.0))),
        (
            "slow server, 8 alike",
            Plan {
                work: (900.0, 600.0),
                ..plan(vec![Ways::wan(40.0); 8])
            },
        ),
        (
            "slow server, 1 host",
            Plan {
                work: (900.0, 600.0),
                ..plan(vec![Ways::wan(40.0)])
            },
        ),
    ];
    println!(
        "{:36} | req/s | refused | worst seed | busiest | exchanges | commands",
        ""
    );
    let asked = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-') && argument.parse::<u32>().is_err());
    for (name, plan) in plans {
        if asked.as_ref().is_some_and(|asked| !name.contains(asked)) {
            continue;
        }
        let runs = [1, 2].map(|seed| {
            run(&Plan {
                seed,
                ..plan.clone()
            })
        });
        let mean =
            |of: &dyn Fn(&simulation::Outcome) -> f64| runs.iter().map(of).sum::<f64>() / 2.0;
        let worst =
            |of: &dyn Fn(&simulation::Outcome) -> f64| runs.iter().map(of).fold(0.0, f64::max);
        println!(
            "{name:36} | {:.2}  | {:.3} % | {:.3} %    | {:.2}    | {:.2}      | {:.0}",
            mean(&|run| run.rate()),
            mean(&|run| run.refused_percent()),
            worst(&|run| run.refused_percent()),
            worst(&|run| run.busiest()),
            mean(&|run| run.per_request(run.exchanges)),
            mean(&|run| run.per_request(run.commands)),
        );
    }
}
