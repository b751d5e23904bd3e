//! Keeps promise 3 in the corners, one by one, with the limiter's pure state: what a request that
//! never left, is never answered, is answered late or is refused does to the slots, and who goes
//! before whom. `tests/limiter.rs` has the random schedules.

use rolling_limit as limit;

use std::time::Duration;

use limit::gate::{Gate, Slots, Turn};
use limit::{AppliesTo, Lane, Limit};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Five requests in 10 s, of them one bulk request a second.
fn gate() -> Gate {
    let limit = |applies_to, requests, millis| Limit {
        applies_to,
        requests,
        window: ms(millis),
    };
    Gate::new([
        limit(AppliesTo::All, 5, 10_000),
        limit(AppliesTo::Bulk, 1, 1000),
    ])
}

fn go(gate: &mut Gate, lane: Lane, now: u64) -> Slots {
    let ticket = gate.join(lane);
    match gate.poll(ticket, ms(now)) {
        Turn::Go(slots) => slots,
        other => panic!("{other:?}"),
    }
}

/// When a bulk request could go.
fn next(gate: &mut Gate, now: u64) -> Duration {
    let ticket = gate.join(Lane::Bulk);
    let turn = gate.poll(ticket, ms(now));
    gate.leave(ticket);
    match turn {
        Turn::Go(slots) => {
            gate.give_back(&slots);
            ms(now)
        }
        Turn::NotUntil(time) => time,
        Turn::Behind => panic!("nobody else waits"),
    }
}

#[test]
fn a_bulk_request_that_waits_holds_no_slot_a_single_call_could_use() {
    let mut gate = gate();
    let _first = go(&mut gate, Lane::Bulk, 0);
    let waiting = gate.join(Lane::Bulk);
    assert!(matches!(gate.poll(waiting, ms(0)), Turn::NotUntil(_)));
    for _ in 0..4 {
        go(&mut gate, Lane::Single, 0);
    }
}

#[test]
fn a_bulk_request_goes_after_a_single_call_that_came_later() {
    let mut gate = gate();
    let (bulk, single) = (gate.join(Lane::Bulk), gate.join(Lane::Single));
    assert!(matches!(gate.poll(bulk, ms(0)), Turn::Behind));
    assert!(matches!(gate.poll(single, ms(0)), Turn::Go(_)));
    assert!(matches!(gate.poll(bulk, ms(0)), Turn::Go(_)));
    assert!(
        matches!(gate.poll(bulk, ms(0)), Turn::Behind),
        "its ticket is used up"
    );
}

#[test]
fn slots_of_a_request_that_never_left_are_free_at_once() {
    let mut gate = gate();
    let slots = go(&mut gate, Lane::Bulk, 0);
    assert_eq!(next(&mut gate, 5), Duration::MAX);
    gate.give_back(&slots);
    let slots = go(&mut gate, Lane::Bulk, 5);
    let request = gate.sent(slots, ms(5));
    gate.never_left(&request);
    assert_eq!(next(&mut gate, 6), ms(6));
}

#[test]
fn without_an_answer_the_time_counts_from_the_grace_after_sending() {
    let mut gate = gate();
    let slots = go(&mut gate, Lane::Bulk, 0);
    let cold = gate.sent(slots, ms(100));
    assert_eq!(next(&mut gate, 100), ms(100 + 750 + 1000 + 2));
    gate.answered(&cold, ms(150), 200, None);
    let slots = go(&mut gate, Lane::Bulk, 1200);
    let _warm = gate.sent(slots, ms(1200));
    assert_eq!(next(&mut gate, 1200), ms(1200 + 500 + 1000 + 2));
}

#[test]
fn refusals_widen_the_grace_by_much_more_than_the_margin() {
    let mut gate = gate();
    for refused in 1..=4u32 {
        let slots = go(&mut gate, Lane::Bulk, 2000 * u64::from(refused));
        let now = ms(2000 * u64::from(refused));
        let request = gate.sent(slots, now);
        gate.answered(&request, now, 429, None);
        let risen = (1 << (refused + 1)) - 2;
        assert_eq!(gate.grace(now), ms(500 + 8 * risen));
    }
}

#[test]
fn an_answer_after_the_grace_takes_the_slots_again_if_the_request_may_have_arrived_late() {
    let mut gate = gate();
    let slots = go(&mut gate, Lane::Bulk, 0);
    let request = gate.sent(slots, ms(0));
    assert_eq!(next(&mut gate, 5000), ms(5000));
    gate.answered(&request, ms(5000), 200, Some(0.5));
    assert_eq!(next(&mut gate, 5000), ms(4500 + 1000 + 2));
}

#[test]
fn a_hold_keeps_to_its_lane_or_stops_all_and_never_gets_shorter() {
    let mut gate = gate();
    gate.hold(Lane::Bulk, ms(3000));
    gate.hold(Lane::Bulk, ms(1000));
    assert_eq!(next(&mut gate, 0), ms(3000));
    go(&mut gate, Lane::Single, 0);
    gate.hold(Lane::Single, ms(2000));
    let single = gate.join(Lane::Single);
    assert!(matches!(gate.poll(single, ms(0)), Turn::NotUntil(time) if time == ms(2000)));
}

#[test]
fn a_waiter_that_may_not_go_yet_keeps_its_place_however_long_it_waits() {
    let mut gate = gate();
    let slots = go(&mut gate, Lane::Bulk, 0);
    let _request = gate.sent(slots, ms(0));
    let (first, second) = (gate.join(Lane::Bulk), gate.join(Lane::Bulk));
    assert!(matches!(gate.poll(first, ms(0)), Turn::NotUntil(_)));
    let opens = 750 + 1000 + 2;
    for now in [0, 300, 600, 900, 1200, 1500, opens] {
        assert!(matches!(gate.poll(second, ms(now)), Turn::Behind), "{now}");
    }
    assert!(matches!(gate.poll(first, ms(opens)), Turn::Go(_)));
}

#[test]
fn a_refusal_widens_the_margin() {
    let mut gate = gate();
    let slots = go(&mut gate, Lane::Bulk, 0);
    let request = gate.sent(slots, ms(0));
    gate.answered(&request, ms(50), 429, None);
    assert_eq!(next(&mut gate, 50), ms(50 + 1000 + 4));
}
