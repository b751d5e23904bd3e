//! Keeps the figures of the published table true, with fewer requests: seeds are fixed, so a failure here is a
//! change of the rule, never bad luck.

use std::time::Duration;

use rolling_limit::gate::Ticket;
use rolling_limit::peer::{Due, Notice, Peer, Slots, Turn};
use rolling_limit::store::Fallback;
use rolling_limit_redis::script::{Call, reply};

use crate::fake::Fake;
use crate::simulation::{EXPORT, LIMITS, Outcome, Plan, Ways, run};

const REQUESTS: u32 = 900;

fn plan(hosts: Vec<Ways>) -> Plan {
    Plan {
        hosts,
        work: (150.0, 50.0),
        dies: None,
        clocks_differ: false,
        shared: true,
        requests: REQUESTS,
        seed: 1,
    }
}

fn mixed(redis: f64) -> Vec<Ways> {
    [5.0, 5.0, 40.0, 40.0, 40.0, 40.0, 80.0, 80.0]
        .map(|way| Ways::wan(way).redis(redis))
        .to_vec()
}

#[track_caller]
fn is_within(outcome: &Outcome, rate: f64, refused_percent: f64, busiest: f64) {
    let found = (outcome.rate(), outcome.refused_percent(), outcome.busiest());
    assert!(
        found.0 >= rate && found.1 <= refused_percent && found.2 <= busiest,
        "{found:?}"
    );
}

#[test]
fn eight_hosts_at_different_distances_use_nearly_all_of_the_rate_and_share_it_evenly() {
    is_within(&run(&plan(mixed(0.5))), 2.90, 0.02, 1.2);
    is_within(&run(&plan(mixed(5.0))), 2.90, 0.02, 1.2);
}

#[test]
fn a_redis_that_is_far_costs_little() {
    is_within(&run(&plan(mixed(30.0))), 2.85, 0.02, 1.2);
}

#[test]
fn a_host_by_itself_loses_at_most_two_percent() {
    is_within(&run(&plan(vec![Ways::wan(40.0)])), 2.93 * 0.98, 0.0, 1.0);
}

#[test]
fn a_host_by_itself_loses_little_over_a_slow_server_too() {
    let on_slow_server = |shared| Plan {
        work: (900.0, 600.0),
        shared,
        // How long its requests take is learnt from hundreds of them.
        requests: 3 * REQUESTS,
        ..plan(vec![Ways::wan(40.0)])
    };
    let (shared, alone) = (run(&on_slow_server(true)), run(&on_slow_server(false)));
    assert!(
        shared.rate() >= 0.95 * alone.rate(),
        "{} of {}",
        shared.rate(),
        alone.rate()
    );
}

#[test]
fn clocks_that_differ_by_minutes_make_no_difference() {
    let same = run(&plan(mixed(5.0)));
    let differ = run(&Plan {
        clocks_differ: true,
        ..plan(mixed(5.0))
    });
    assert_eq!(same.sent, differ.sent);
    assert_eq!(
        (same.accepted, same.refused),
        (differ.accepted, differ.refused)
    );
}

#[test]
fn a_host_that_dies_holds_up_the_others_for_a_moment_only() {
    let dies = Some((2, 0.3));
    is_within(
        &run(&Plan {
            dies,
            ..plan(mixed(5.0))
        }),
        2.90,
        0.02,
        1.2,
    );
}

#[test]
fn lopsided_routes_are_learnt_from_few_refusals() {
    let lopsided = [Ways::lopsided(30.0, 50.0), Ways::lopsided(50.0, 30.0)].repeat(4);
    let outcome = run(&Plan {
        requests: 1_500,
        ..plan(lopsided)
    });
    assert!(outcome.refused <= 8, "{} refused", outcome.refused);
    assert!(outcome.rate() > 2.85, "{}", outcome.rate());
}

#[test]
fn a_request_takes_two_exchanges_and_a_notification_or_so() {
    let outcome = run(&plan(vec![Ways::wan(40.0)]));
    assert!(outcome.per_request(outcome.exchanges) < 2.05);
    let outcome = run(&plan(vec![Ways::wan(40.0); 8]));
    assert!(outcome.per_request(outcome.exchanges) < 2.1);
    assert!(outcome.per_request(outcome.notified) < 1.1);
}

/// One process, whose exchanges arrive at once.
struct Near {
    peer: Peer,
    redis: Fake,
    now: Duration,
}

impl Near {
    fn new(fallback: Fallback) -> Self {
        Self {
            peer: Peer::new(LIMITS, fallback),
            redis: Fake::new().expect("a script that compiles"),
            now: Duration::from_secs(1_000),
        }
    }

    /// Does all exchanges that are due.
    fn exchange(&mut self) {
        while let Due::At(time) = self.peer.due(self.now)
            && time <= self.now
        {
            let exchange = self.peer.begin(self.now);
            let call = Call::new("{near}:", "near", &exchange);
            let (value, _) = self.redis.call(&call, self.now).expect("the script runs");
            self.peer.replied(reply(&value).expect("a reply"), self.now);
        }
    }

    /// Lets all exchanges fail for so long.
    fn fail_for(&mut self, time: Duration) {
        let end = self.now + time;
        while let Due::At(due) = self.peer.due(self.now)
            && due <= end
        {
            self.now = self.now.max(due);
            self.peer.begin(self.now);
            self.peer.failed(self.now);
        }
        self.now = end;
    }

    /// Polls this waiter until it may go, for so long at most.
    fn goes(&mut self, ticket: Ticket, within: Duration) -> Option<Slots> {
        let end = self.now + within;
        while self.now < end {
            self.now += Duration::from_millis(10);
            self.exchange();
            if let Turn::Go(slots) = self.peer.poll(ticket, self.now) {
                return Some(slots);
            }
        }
        None
    }

    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now += Duration::from_millis(10);
            self.exchange();
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn an_empty_log_is_waited_out_before_the_first_request() {
    let mut near = Near::new(Fallback::Closed);
    let ticket = near.peer.join(EXPORT);
    near.exchange();
    near.wait(Duration::from_millis(1_400));
    assert!(!matches!(near.peer.poll(ticket, near.now), Turn::Go(_)));
    near.wait(Duration::from_millis(200));
    assert!(matches!(near.peer.poll(ticket, near.now), Turn::Go(_)));
}

#[test]
fn a_log_that_is_lost_is_waited_out_and_said() {
    let mut near = Near::new(Fallback::Closed);
    let ticket = near.peer.join(EXPORT);
    let slots = near.goes(ticket, 2 * SECOND).expect("it may go");
    let request = near.peer.sent(slots, near.now);
    near.peer.answered(&request, near.now, 200, Some(0.0));
    assert_eq!(near.peer.notices(), [Notice::Reached]);
    near.redis.lose_all();
    let ticket = near.peer.join(EXPORT);
    near.exchange();
    assert_eq!(near.peer.notices(), [Notice::LogLost]);
    near.wait(Duration::from_millis(1_400));
    assert!(!matches!(near.peer.poll(ticket, near.now), Turn::Go(_)));
    near.wait(Duration::from_millis(200));
    assert!(matches!(near.peer.poll(ticket, near.now), Turn::Go(_)));
}

#[test]
fn a_store_that_is_gone_for_a_second_closes_or_leaves_a_share() {
    for (fallback, may_go) in [(Fallback::Closed, false), (Fallback::Share(8), true)] {
        let mut near = Near::new(fallback);
        near.exchange();
        let ticket = near.peer.join(EXPORT);
        near.fail_for(Duration::from_millis(500));
        assert!(!near.peer.is_alone());
        near.fail_for(SECOND);
        assert!(near.peer.is_alone());
        assert_eq!(near.peer.notices(), [Notice::Gone]);
        assert!(
            !matches!(near.peer.poll(ticket, near.now), Turn::Go(_)),
            "others may have sent just now"
        );
        near.fail_for(2 * SECOND);
        let turn = near.peer.poll(ticket, near.now);
        assert_eq!(matches!(turn, Turn::Go(_)), may_go, "{fallback:?}");
        if let Turn::Go(slots) = turn {
            let _request = near.peer.sent(slots, near.now);
        }
        // One of eight sends one in 8/3 seconds.
        let second = near.peer.join(EXPORT);
        near.fail_for(2 * SECOND);
        assert!(!matches!(near.peer.poll(second, near.now), Turn::Go(_)));
        near.fail_for(2 * SECOND);
        let turn = near.peer.poll(second, near.now);
        assert_eq!(matches!(turn, Turn::Go(_)), may_go, "{fallback:?}");
        near.wait(SECOND);
        assert!(!near.peer.is_alone());
    }
}

#[test]
fn a_lost_reply_costs_no_slot() {
    let mut near = Near::new(Fallback::Closed);
    near.exchange();
    let first = near.peer.join(EXPORT);
    near.exchange();
    near.wait(Duration::from_millis(1_450));
    // The script runs, and its reply never arrives.
    let mut lost = 0;
    while lost == 0 {
        near.now += Duration::from_millis(10);
        if let Due::At(time) = near.peer.due(near.now)
            && time <= near.now
        {
            let exchange = near.peer.begin(near.now);
            let call = Call::new("{near}:", "near", &exchange);
            let (value, _) = near.redis.call(&call, near.now).expect("the script runs");
            lost = reply(&value).expect("a reply").grants.len();
            near.peer.failed(near.now);
        }
    }
    near.wait(Duration::from_millis(300));
    assert!(matches!(near.peer.poll(first, near.now), Turn::Go(_)));
    for _ in 0..2 {
        let next = near.peer.join(EXPORT);
        near.exchange();
        near.wait(Duration::from_millis(30));
        assert!(matches!(near.peer.poll(next, near.now), Turn::Go(_)));
    }
    let fourth = near.peer.join(EXPORT);
    near.exchange();
    near.wait(Duration::from_millis(30));
    assert!(!matches!(near.peer.poll(fourth, near.now), Turn::Go(_)));
}

#[test]
fn a_grant_that_nobody_claims_is_given_back() {
    let mut near = Near::new(Fallback::Closed);
    near.exchange();
    let sleepers: Vec<_> = (0..3).map(|_| near.peer.join(EXPORT)).collect();
    near.wait(3 * SECOND);
    // Nobody has polled them. One that came later is served all the same.
    let late = near.peer.join(EXPORT);
    assert!(near.goes(late, SECOND).is_some());
    // They have their place again when they are polled.
    assert!(near.goes(sleepers[0], SECOND).is_some());
}

#[test]
fn a_permit_that_is_not_sent_for_long_keeps_its_slot() {
    let mut near = Near::new(Fallback::Closed);
    near.exchange();
    let mut held = Vec::new();
    for _ in 0..3 {
        let ticket = near.peer.join(EXPORT);
        held.push(near.goes(ticket, 2 * SECOND).expect("it may go"));
    }
    let next = near.peer.join(EXPORT);
    assert!(near.goes(next, 10 * SECOND).is_none());
    near.peer.give_back(&held.remove(0));
    assert!(near.goes(next, Duration::from_millis(100)).is_some());
}

#[test]
fn a_hold_reaches_the_other_processes() {
    let mut near = Near::new(Fallback::Closed);
    let mut other = Peer::new(LIMITS, Fallback::Closed);
    near.exchange();
    near.peer.join(EXPORT);
    near.exchange();
    near.wait(2 * SECOND);
    near.peer.hold(Some(EXPORT), near.now + 5 * SECOND);
    near.exchange();
    let ticket = other.join(EXPORT);
    for _ in 0..450 {
        near.now += Duration::from_millis(10);
        if let Due::At(time) = other.due(near.now)
            && time <= near.now
        {
            let call = Call::new("{near}:", "other", &other.begin(near.now));
            let (value, _) = near.redis.call(&call, near.now).expect("the script runs");
            other.replied(reply(&value).expect("a reply"), near.now);
        }
        assert!(!matches!(other.poll(ticket, near.now), Turn::Go(_)));
    }
}
