//! Prints how well hosts share a key's limits: accepted requests per second, the share refused by a strict
//! server, the busiest host over an even share, and exchanges, notifications and commands per request; and
//! what a host does by itself, without a Redis. The code itself runs, in virtual time, and prints the same numbers
//! every time: `cargo bench -p rolling-limit-redis --bench sharing`. After `--`, a
//! number says how many requests, and a text which lines.

#[allow(dead_code)]
mod fake;
#[allow(dead_code)]
mod simulation;

use simulation::{Outcome, Plan, Ways, run};

const SEEDS: [u64; 2] = [1, 2];
const SLOW: Ways = Ways {
    there: 250.0,
    back: 250.0,
    jitter: 80.0,
    tail: 400.0,
    redis: 30.0,
};
const SLOW_SERVER: (f64, f64) = (900.0, 600.0);

fn mixed(redis: f64) -> Vec<Ways> {
    [5.0, 5.0, 40.0, 40.0, 40.0, 40.0, 80.0, 80.0]
        .map(|way| Ways::wan(way).redis(redis))
        .to_vec()
}

fn lopsided(there: f64, back: f64) -> Vec<Ways> {
    [Ways::lopsided(there, back), Ways::lopsided(back, there)].repeat(4)
}

fn plans(requests: u32) -> Vec<(&'static str, Plan)> {
    let plan = |hosts: Vec<Ways>| Plan {
        hosts,
        work: (150.0, 50.0),
        dies: None,
        clocks_differ: false,
        shared: true,
        requests,
        seed: 1,
    };
    let alone = |ways| Plan {
        shared: false,
        ..plan(vec![ways])
    };
    let on_slow_server = |plan| Plan {
        work: SLOW_SERVER,
        ..plan
    };
    let with_slow = || {
        let mut hosts = mixed(5.0);
        hosts[7] = SLOW;
        hosts
    };
    vec![
        ("no Redis: 1 host, 5 ms", alone(Ways::wan(5.0))),
        ("no Redis: 1 host, 40 ms (WAN)", alone(Ways::wan(40.0))),
        ("no Redis: 1 host, 80 ms", alone(Ways::wan(80.0))),
        ("no Redis: 1 slow host", alone(SLOW)),
        (
            "no Redis: 1 host, ways 20/60",
            alone(Ways::lopsided(20.0, 60.0)),
        ),
        (
            "no Redis: 1 host, slow server",
            on_slow_server(alone(Ways::wan(40.0))),
        ),
        ("1 host, WAN, Redis 0.5 ms", plan(vec![Ways::wan(40.0)])),
        (
            "1 host, WAN, Redis 5 ms",
            plan(vec![Ways::wan(40.0).redis(5.0)]),
        ),
        (
            "1 host, WAN, Redis 30 ms",
            plan(vec![Ways::wan(40.0).redis(30.0)]),
        ),
        ("8 alike, WAN", plan(vec![Ways::wan(40.0); 8])),
        ("8 mixed 5/40/80 ms", plan(mixed(0.5))),
        ("the same, Redis 5 ms", plan(mixed(5.0))),
        ("the same, Redis 30 ms", plan(mixed(30.0))),
        (
            "Redis 5 ms, clocks differ by minutes",
            Plan {
                clocks_differ: true,
                ..plan(mixed(5.0))
            },
        ),
        ("Redis 5 ms, one of them slow", plan(with_slow())),
        (
            "Redis 5 ms, one dies",
            Plan {
                dies: Some((2, 0.3)),
                ..plan(mixed(5.0))
            },
        ),
        ("ways 30/50 and 50/30", plan(lopsided(30.0, 50.0))),
        ("ways 20/60 and 60/20", plan(lopsided(20.0, 60.0))),
        (
            "slow server, 1 host",
            on_slow_server(plan(vec![Ways::wan(40.0)])),
        ),
        (
            "slow server, 8 alike",
            on_slow_server(plan(vec![Ways::wan(40.0); 8])),
        ),
    ]
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let requests = arguments.iter().find_map(|argument| argument.parse().ok());
    let mut asked = arguments.iter();
    let asked = asked.find(|text| !text.starts_with('-') && text.parse::<u32>().is_err());
    println!(
        "| | req/s | refused | worst seed | busiest host | exchanges | notifications | commands |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (name, plan) in plans(requests.unwrap_or(20_000)) {
        if asked.is_some_and(|asked| !name.contains(asked)) {
            continue;
        }
        let of_seed = |seed| Plan {
            seed,
            ..plan.clone()
        };
        let runs = SEEDS.map(|seed| run(&of_seed(seed)));
        let mean =
            |of: &dyn Fn(&Outcome) -> f64| runs.iter().map(of).sum::<f64>() / SEEDS.len() as f64;
        let worst = |of: &dyn Fn(&Outcome) -> f64| runs.iter().map(of).fold(0.0, f64::max);
        println!(
            "| {name} | {:.2} | {:.3} % | {:.3} % | {:.2} | {:.2} | {:.2} | {:.0} |",
            mean(&|run| run.rate()),
            mean(&|run| run.refused_percent()),
            worst(&|run| run.refused_percent()),
            worst(&|run| run.busiest()),
            mean(&|run| run.per_request(run.exchanges)),
            mean(&|run| run.per_request(run.notified)),
            mean(&|run| run.per_request(run.commands)),
        );
    }
}
