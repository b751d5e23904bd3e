//! The corner cases of the rule: the effect on the slots of a request that never left, is never answered, is
//! answered late or is refused, and the order of waiters.

use std::time::Duration;

use super::{Gate, Slots, Turn};
use crate::{Class, Limit};

/// Somebody waits for the answer.
const SEARCH: Class = Class::new("search");
const EXPORT: Class = Class::new("export").priority(1);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Five requests in 10 s, of them one export a second.
fn gate() -> Gate {
    Gate::new([
        Limit::new(5, ms(10_000)),
        Limit::new(1, ms(1000)).only(&[EXPORT]),
    ])
}

fn go(gate: &mut Gate, class: Class, now: u64) -> Slots {
    let ticket = gate.join(class);
    match gate.poll(ticket, ms(now)) {
        Turn::Go(slots) => slots,
        other => panic!("{other:?}"),
    }
}

/// When an export could go.
fn next(gate: &mut Gate, now: u64) -> Duration {
    let ticket = gate.join(EXPORT);
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
fn a_waiting_request_holds_no_slot_that_another_class_could_use() {
    let mut gate = gate();
    let _first = go(&mut gate, EXPORT, 0);
    let waiting = gate.join(EXPORT);
    assert!(matches!(gate.poll(waiting, ms(0)), Turn::NotUntil(_)));
    for _ in 0..4 {
        go(&mut gate, SEARCH, 0);
    }
}

#[test]
fn a_request_of_better_priority_goes_first_although_it_came_later() {
    let mut gate = gate();
    let (export, search) = (gate.join(EXPORT), gate.join(SEARCH));
    assert!(matches!(gate.poll(export, ms(0)), Turn::Behind));
    assert!(matches!(gate.poll(search, ms(0)), Turn::Go(_)));
    assert!(matches!(gate.poll(export, ms(0)), Turn::Go(_)));
    assert!(
        matches!(gate.poll(export, ms(0)), Turn::Behind),
        "its ticket is used up"
    );
}

#[test]
fn slots_of_a_request_that_never_left_are_free_at_once() {
    let mut gate = gate();
    let slots = go(&mut gate, EXPORT, 0);
    assert_eq!(next(&mut gate, 5), Duration::MAX);
    gate.give_back(&slots);
    let slots = go(&mut gate, EXPORT, 5);
    let request = gate.sent(slots, ms(5));
    gate.never_left(&request);
    assert_eq!(next(&mut gate, 6), ms(6));
}

#[test]
fn without_an_answer_the_time_counts_from_the_grace_after_sending() {
    let mut gate = gate();
    let slots = go(&mut gate, EXPORT, 0);
    let cold = gate.sent(slots, ms(100));
    assert_eq!(next(&mut gate, 100), ms(100 + 750 + 1000 + 2));
    gate.answered(&cold, ms(150), 200, None);
    let slots = go(&mut gate, EXPORT, 1200);
    let _warm = gate.sent(slots, ms(1200));
    assert_eq!(next(&mut gate, 1200), ms(1200 + 500 + 1000 + 2));
}

#[test]
fn refusals_widen_the_grace_by_much_more_than_the_margin() {
    let mut gate = gate();
    for refused in 1..=4u32 {
        let slots = go(&mut gate, EXPORT, 2000 * u64::from(refused));
        let now = ms(2000 * u64::from(refused));
        let request = gate.sent(slots, now);
        gate.answered(&request, now, 429, None);
        let raised = (1 << (refused + 1)) - 2;
        assert_eq!(gate.grace(now), ms(500 + 8 * raised));
    }
}

#[test]
fn an_answer_after_the_grace_takes_the_slots_again_if_the_request_may_have_arrived_late() {
    let mut gate = gate();
    let slots = go(&mut gate, EXPORT, 0);
    let request = gate.sent(slots, ms(0));
    assert_eq!(next(&mut gate, 5000), ms(5000));
    gate.answered(&request, ms(5000), 200, Some(0.5));
    assert_eq!(next(&mut gate, 5000), ms(4500 + 1000 + 2));
}

#[test]
fn a_hold_keeps_to_its_class_or_stops_all_and_never_gets_shorter() {
    let mut gate = gate();
    gate.hold(EXPORT, ms(3000));
    gate.hold(EXPORT, ms(1000));
    assert_eq!(next(&mut gate, 0), ms(3000));
    go(&mut gate, SEARCH, 0);
    gate.hold_all(ms(2000));
    let search = gate.join(SEARCH);
    assert!(matches!(gate.poll(search, ms(0)), Turn::NotUntil(time) if time == ms(2000)));
}

#[test]
fn a_waiter_that_may_not_go_yet_keeps_its_place_however_long_it_waits() {
    let mut gate = gate();
    let slots = go(&mut gate, EXPORT, 0);
    let _request = gate.sent(slots, ms(0));
    let (first, second) = (gate.join(EXPORT), gate.join(EXPORT));
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
    let slots = go(&mut gate, EXPORT, 0);
    let request = gate.sent(slots, ms(0));
    gate.answered(&request, ms(50), 429, None);
    assert_eq!(next(&mut gate, 50), ms(50 + 1000 + 4));
}

#[test]
fn classes_that_no_limit_ties_together_do_not_wait_for_each_other() {
    const READ: Class = Class::new("read");
    const WRITE: Class = Class::new("write");
    let limit = |classes| Limit::new(1, ms(1000)).only(classes);
    let mut gate = Gate::new([limit(&[READ]), limit(&[WRITE])]);
    let _first = go(&mut gate, READ, 0);
    let waiting = gate.join(READ);
    assert!(matches!(gate.poll(waiting, ms(0)), Turn::NotUntil(_)));
    let _other = go(&mut gate, WRITE, 0);
    for _ in 0..10 {
        let _uncounted = go(&mut gate, Class::new("free"), 0);
    }
}

#[test]
fn classes_tied_by_a_third_wait_in_one_queue() {
    const ONE: Class = Class::new("one");
    const TWO: Class = Class::new("two");
    const THREE: Class = Class::new("three");
    let tied = |classes| Limit::new(1, ms(1000)).only(classes);
    let mut gate = Gate::new([tied(&[ONE, TWO]), tied(&[TWO, THREE])]);
    let _first = go(&mut gate, ONE, 0);
    let waiting = gate.join(ONE);
    assert!(matches!(gate.poll(waiting, ms(0)), Turn::NotUntil(_)));
    let behind = gate.join(THREE);
    assert!(matches!(gate.poll(behind, ms(0)), Turn::Behind));
}

#[test]
fn a_hold_reaches_a_class_that_no_limit_counts() {
    let mut gate = Gate::new([]);
    gate.hold(EXPORT, ms(3000));
    assert_eq!(next(&mut gate, 0), ms(3000));
    go(&mut gate, SEARCH, 0);
}
