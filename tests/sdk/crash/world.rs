//! A sandbox that misbehaves at random, by a seed.

use std::time::Duration;

use copper_crm_sandbox::{Delay, Fault, Network, Odd, Sandbox, When};
use rand::{Rng, rngs::SmallRng};
use serde_json::json;

const IMPORT: &str = "bulk_create_leads";

/// A sandbox whose windows last a hundredth, with a network that lets answers overtake each other.
pub async fn sandbox(rng: &mut SmallRng) -> Sandbox {
    let network = Network {
        one_way: Delay::of(0, rng.random_range(0..=2)),
        work: Delay::of(0, rng.random_range(0..=8)).with_tail(0.02, 30),
    };
    let lag = Duration::from_millis(rng.random_range(0..=50));
    let shortest = match rng.random_bool(0.5) {
        true => lag,
        false => Duration::ZERO,
    };
    let sandbox = Sandbox::builder().scale(0.01).network(network);
    let sandbox = sandbox.search_lag(shortest, lag);
    sandbox.seed(rng.random()).start().await.expect("a sandbox")
}

/// Lets some things go wrong now and then.
pub fn torment(sandbox: &Sandbox, rng: &mut SmallRng) {
    for _ in 0..rng.random_range(0..=4) {
        let often = rng.random_range(0.01..0.06);
        sandbox.inject(fault(rng), When::randomly(often).of(IMPORT));
    }
    if rng.random_bool(0.25) {
        let fault = match rng.random_bool(0.5) {
            true => Fault::Refuse(Duration::from_millis(rng.random_range(1..60))),
            false => Fault::CloseOnAccept(rng.random_range(1..=2)),
        };
        sandbox.inject(fault, When::nth(rng.random_range(1..20)).of(IMPORT));
    }
    if rng.random_bool(0.25) {
        let size = Fault::SizeLimit(rng.random_range(1..=6));
        sandbox.inject(size, When::from(rng.random_range(1..20)).of(IMPORT));
    }
    if rng.random_bool(0.1) {
        let stop = Fault::Refusal([401, 403, 404][rng.random_range(0..3)]);
        sandbox.inject(stop, When::nth(rng.random_range(1..30)).of(IMPORT));
    }
}

fn fault(rng: &mut SmallRng) -> Fault {
    let at = rng.random_range(0..5);
    let server_error = [500, 502, 503, 504][rng.random_range(0..4)];
    match rng.random_range(0..16) {
        0 => Fault::ResetBefore,
        1 => Fault::ResetAfter,
        2 => Fault::CloseBefore,
        3 => Fault::CloseAfter,
        4 => Fault::CutOff,
        5 => Fault::ErrorBefore(server_error),
        6 => Fault::ErrorAfter(server_error),
        7 | 8 => Fault::TooManyRequests {
            retry_after: Some("0".to_owned()),
        },
        9 => Fault::Refusal([400, 413, 422][rng.random_range(0..3)]),
        10 => Fault::Refusal([408, 409, 302][rng.random_range(0..3)]),
        11 => Fault::Drip {
            pieces: rng.random_range(1..5),
            pause: Duration::from_millis(rng.random_range(1..10)),
        },
        12 => Fault::TooShort,
        13 => Fault::EmptyBody,
        14 => Fault::OddItem {
            at,
            odd: Odd::FailureWithId,
        },
        _ => Fault::OddItem {
            at,
            odd: Odd::Id(json!("seven")),
        },
    }
}

/// Whether a request that was struck by this may have created the `n`th of its leads, or not, for all
/// that its sender can know.
pub fn leaves_doubt(fault: &Fault, n: usize) -> bool {
    match fault {
        Fault::OddItem { at, odd } => *at == n && *odd != Odd::FailureWithId,
        Fault::ResetBefore
        | Fault::ResetAfter
        | Fault::CloseBefore
        | Fault::CloseAfter
        | Fault::CutOff
        | Fault::ErrorBefore(_)
        | Fault::ErrorAfter(_)
        | Fault::TooShort
        | Fault::EmptyBody => true,
        Fault::Refusal(status) => !is_refusal(*status),
        _ => false,
    }
}

/// Whether this status says that nothing was done.
pub fn is_refusal(status: u16) -> bool {
    (400..=499).contains(&status) && !matches!(status, 408 | 409)
}
