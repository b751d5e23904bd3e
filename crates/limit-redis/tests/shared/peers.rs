//! Several processes at one Redis, in virtual time. Exchanges and notifications arrive at once.

use std::time::Duration;

use rolling_limit::Class;
use rolling_limit::gate::Ticket;
use rolling_limit::peer::{Due, InFlight, Notice, Peer, Turn};
use rolling_limit::store::{Fallback, Reply};
use rolling_limit_redis::script::{Call, channel, reply};

use crate::fake::Fake;
use crate::simulation::{EXPORT, LIMITS};

/// Goes before exports. Only the limit of a minute counts it.
const SEARCH: Class = Class::new("search");
const NAME: &str = "{peers}:";
const SECOND: Duration = Duration::from_secs(1);
const STEP: Duration = Duration::from_millis(5);
/// An empty log is waited out for so long.
const CAREFUL: Duration = Duration::from_millis(1_500);

struct Peers {
    redis: Fake,
    all: Vec<Peer>,
    alive: Vec<bool>,
    now: Duration,
    /// Redis' clock goes so much after that of the test.
    behind: Duration,
    /// The processes in the order of their grants.
    granted: Vec<usize>,
    notified: Vec<usize>,
    margin: Duration,
}

impl Peers {
    fn new(count: usize) -> Self {
        Self {
            redis: Fake::new().expect("a script that compiles"),
            all: (0..count)
                .map(|_| Peer::new(LIMITS, Fallback::Closed))
                .collect(),
            alive: vec![true; count],
            now: Duration::from_secs(10_000),
            behind: Duration::ZERO,
            granted: Vec::new(),
            notified: Vec::new(),
            margin: Duration::ZERO,
        }
    }

    /// Makes the log, and waits until it says something.
    fn with_log(count: usize) -> Self {
        let mut peers = Self::new(count);
        let ticket = peers.all[0].join(SEARCH);
        peers.exchange(0);
        peers.all[0].leave(ticket);
        peers.wait(CAREFUL + SECOND);
        peers
    }

    fn call(&mut self, number: usize) -> Reply {
        let exchange = self.all[number].begin(self.now);
        let call = Call::new(NAME, &number.to_string(), &exchange);
        let at = self.now - self.behind;
        let (value, published) = self.redis.call(&call, at).expect("the script runs");
        for (to, wait) in published {
            let of = |number: &usize| channel(NAME, &number.to_string()) == to;
            let other = (0..self.all.len()).find(of).expect("one of them");
            self.notified.push(other);
            self.all[other].notified(wait, self.now);
        }
        reply(&value).expect("a reply")
    }

    /// Does the exchanges of this process that are due.
    fn exchange(&mut self, number: usize) {
        while let Due::At(time) = self.all[number].due(self.now)
            && time <= self.now
        {
            let reply = self.call(number);
            self.granted.extend(reply.grants.iter().map(|_| number));
            self.margin = reply.margin;
            self.all[number].replied(reply, self.now);
        }
    }

    /// Lets the exchanges of this process fail for so long.
    fn fail_for(&mut self, number: usize, time: Duration) {
        let end = self.now + time;
        while let Due::At(due) = self.all[number].due(self.now)
            && due <= end
        {
            self.now = self.now.max(due);
            self.all[number].begin(self.now);
            self.all[number].failed(self.now);
        }
        self.now = end;
    }

    fn step(&mut self) {
        self.now += STEP;
        for number in 0..self.all.len() {
            if self.alive[number] {
                self.exchange(number);
            }
        }
    }

    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.step();
        }
    }

    /// Sends this request if it may go.
    fn send(&mut self, number: usize, ticket: Ticket) -> Option<InFlight> {
        match self.all[number].poll(ticket, self.now) {
            Turn::Go(slots) => Some(self.all[number].sent(slots, self.now)),
            _ => None,
        }
    }

    /// Sends this request within this time, or not at all.
    fn sends(&mut self, number: usize, ticket: Ticket, within: Duration) -> Option<InFlight> {
        let end = self.now + within;
        loop {
            if let Some(request) = self.send(number, ticket) {
                return Some(request);
            }
            if self.now >= end {
                return None;
            }
            self.step();
        }
    }
}

#[test]
fn processes_are_served_in_the_order_in_which_they_asked() {
    let mut peers = Peers::with_log(7);
    let order = [3, 1, 5, 0, 2, 4];
    // All three slots are taken when they ask.
    for _ in 0..3 {
        let ticket = peers.all[6].join(EXPORT);
        assert!(peers.sends(6, ticket, STEP).is_some());
    }
    peers.granted.clear();
    let mut tickets = Vec::new();
    for number in order {
        let ticket = peers.all[number].join(EXPORT);
        peers.exchange(number);
        tickets.push((number, ticket));
    }
    let end = peers.now + 10 * SECOND;
    while !tickets.is_empty() && peers.now < end {
        peers.step();
        tickets.retain(|(number, ticket)| {
            let sent = peers.send(*number, *ticket);
            if let Some(sent) = &sent {
                peers.all[*number].answered(sent, peers.now, 200, Some(0.0));
            }
            sent.is_none()
        });
    }
    assert_eq!(peers.granted, order);
}

#[test]
fn a_search_of_one_process_goes_before_the_exports_of_all_others() {
    let mut peers = Peers::with_log(6);
    for number in 0..5 {
        for _ in 0..4 {
            peers.all[number].join(EXPORT);
        }
        peers.exchange(number);
    }
    peers.granted.clear();
    let search = peers.all[5].join(SEARCH);
    assert!(
        peers.sends(5, search, STEP).is_some(),
        "the 3 exports a second do not hold up a search"
    );
    assert_eq!(peers.granted, [5]);
    // Once nobody may send, a search that comes last is the first to go.
    peers.all[5].hold(None, peers.now + 2 * SECOND);
    peers.exchange(5);
    peers.granted.clear();
    let search = peers.all[4].join(SEARCH);
    assert!(peers.sends(4, search, 3 * SECOND).is_some());
    assert_eq!(peers.granted.first(), Some(&4));
}

#[test]
fn all_processes_together_keep_to_the_limit_of_a_minute() {
    let mut peers = Peers::with_log(4);
    let mut times = Vec::new();
    let mut tickets: Vec<Ticket> = peers.all.iter_mut().map(|peer| peer.join(SEARCH)).collect();
    let end = peers.now + 70 * SECOND;
    while peers.now < end {
        peers.step();
        for (number, ticket) in tickets.iter_mut().enumerate() {
            while let Some(sent) = peers.send(number, *ticket) {
                peers.all[number].answered(&sent, peers.now, 200, Some(0.0));
                times.push(peers.now);
                *ticket = peers.all[number].join(SEARCH);
                peers.exchange(number);
            }
        }
    }
    assert!(times.len() > 180, "{}", times.len());
    for minute in times.windows(181) {
        assert!(minute[180] - minute[0] >= LIMITS[0].window());
    }
}

#[test]
fn only_the_first_of_many_waiters_is_notified() {
    let mut peers = Peers::with_log(30);
    let mut sent = Vec::new();
    for _ in 0..3 {
        let ticket = peers.all[0].join(EXPORT);
        sent.push(peers.sends(0, ticket, STEP).expect("a slot is free"));
    }
    for number in 1..30 {
        peers.all[number].join(EXPORT);
        peers.exchange(number);
    }
    peers.notified.clear();
    let now = peers.now;
    peers.all[0].answered(&sent[0], now, 200, Some(0.0));
    peers.exchange(0);
    assert_eq!(peers.notified, [1]);
}

#[test]
fn a_waiter_whose_process_died_is_passed_over() {
    let mut peers = Peers::with_log(2);
    for _ in 0..3 {
        let ticket = peers.all[0].join(EXPORT);
        let sent = peers.sends(0, ticket, STEP).expect("a slot is free");
        let now = peers.now;
        peers.all[0].answered(&sent, now, 200, Some(0.0));
    }
    peers.all[0].join(EXPORT);
    peers.exchange(0);
    peers.alive[0] = false;
    let next = peers.all[1].join(EXPORT);
    peers.granted.clear();
    // A window until there is a slot, and half a second of silence.
    assert!(peers.sends(1, next, SECOND).is_none());
    assert!(peers.sends(1, next, SECOND).is_some());
    assert_eq!(peers.granted, [1]);
}

#[test]
fn slots_of_a_process_that_died_are_free_in_three_seconds() {
    let mut peers = Peers::with_log(2);
    for _ in 0..3 {
        peers.all[0].join(EXPORT);
    }
    peers.exchange(0);
    assert_eq!(peers.granted, [0, 0, 0]);
    peers.alive[0] = false;
    let next = peers.all[1].join(EXPORT);
    assert!(
        peers.sends(1, next, SECOND).is_none(),
        "it may have sent its requests"
    );
    assert!(peers.sends(1, next, 2 * SECOND).is_some());
}

#[test]
fn a_refusal_of_one_process_makes_all_more_careful_until_a_clean_minute_has_passed() {
    let mut peers = Peers::with_log(2);
    let ticket = peers.all[0].join(EXPORT);
    let sent = peers.sends(0, ticket, STEP).expect("a slot is free");
    let now = peers.now;
    peers.all[0].answered(&sent, now, 429, None);
    peers.exchange(0);
    let ticket = peers.all[1].join(EXPORT);
    assert!(peers.sends(1, ticket, SECOND).is_some());
    assert_eq!(peers.margin, Duration::from_millis(2));
    peers.wait(60 * SECOND);
    let ticket = peers.all[1].join(EXPORT);
    assert!(peers.sends(1, ticket, SECOND).is_some());
    assert_eq!(peers.margin, Duration::ZERO);
}

#[test]
fn grants_that_are_held_back_are_given_back() {
    let mut peers = Peers::with_log(2);
    let ticket = peers.all[0].join(EXPORT);
    peers.exchange(0);
    peers.granted.clear();
    let until = peers.now + 5 * SECOND;
    peers.all[0].hold(Some(EXPORT), until);
    assert!(peers.sends(0, ticket, 4 * SECOND).is_none());
    let other = peers.all[1].join(EXPORT);
    assert!(peers.sends(1, other, SECOND / 2).is_none());
    assert!(peers.sends(0, ticket, SECOND).is_some());
    assert!(peers.now >= until);
    assert!(peers.sends(1, other, SECOND).is_some());
}

#[test]
fn a_clock_that_is_set_back_is_met_like_an_empty_log() {
    let mut peers = Peers::with_log(2);
    for _ in 0..3 {
        let ticket = peers.all[0].join(EXPORT);
        assert!(peers.sends(0, ticket, STEP).is_some());
    }
    peers.all[0].notices();
    peers.behind = Duration::from_secs(60 * 60);
    let ticket = peers.all[0].join(EXPORT);
    assert!(peers.sends(0, ticket, CAREFUL - 2 * STEP).is_none());
    assert_eq!(peers.all[0].notices(), [Notice::LogLost]);
    assert!(peers.sends(0, ticket, 4 * STEP).is_some());
}

#[test]
fn a_clock_that_is_corrected_a_little_changes_nothing() {
    let mut peers = Peers::with_log(1);
    peers.all[0].notices();
    peers.behind = Duration::from_millis(900);
    let ticket = peers.all[0].join(EXPORT);
    assert!(peers.sends(0, ticket, STEP).is_some());
    assert!(peers.all[0].notices().is_empty());
}

#[test]
fn what_was_sent_alone_counts_when_the_store_is_back() {
    let mut peers = Peers::with_log(2);
    peers.all[0] = Peer::new(LIMITS, Fallback::Share(1));
    let tickets = [(); 3].map(|()| peers.all[0].join(EXPORT));
    peers.fail_for(0, 4 * SECOND);
    // One is in flight when the store is back, and two are sent then.
    let [first, second, third] = tickets.map(|ticket| match peers.all[0].poll(ticket, peers.now) {
        Turn::Go(slots) => slots,
        turn => panic!("its share is the whole: {turn:?}"),
    });
    let first = peers.all[0].sent(first, peers.now);
    peers.wait(2 * SECOND);
    assert!(!peers.all[0].is_alone());
    let second = peers.all[0].sent(second, peers.now);
    let third = peers.all[0].sent(third, peers.now);
    let now = peers.now;
    for request in [first, second, third] {
        peers.all[0].answered(&request, now, 200, Some(0.0));
    }
    peers.exchange(0);
    peers.wait(CAREFUL);
    let searches = 180 - 3;
    for number in 0..=searches {
        let ticket = peers.all[1].join(SEARCH);
        let sent = peers.sends(1, ticket, STEP);
        assert_eq!(sent.is_some(), number < searches, "{number}");
    }
}

#[test]
fn one_that_was_alone_waits_when_the_store_is_back_for_what_others_sent_alone() {
    let mut peers = Peers::with_log(1);
    let ticket = peers.all[0].join(EXPORT);
    peers.fail_for(0, 2 * SECOND);
    assert!(peers.all[0].is_alone());
    while peers.all[0].is_alone() {
        peers.step();
    }
    assert!(peers.sends(0, ticket, CAREFUL - 2 * STEP).is_none());
    assert!(peers.sends(0, ticket, SECOND).is_some());
}
