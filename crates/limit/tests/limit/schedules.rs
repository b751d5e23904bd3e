//! The guarantee over thousands of random schedules, with the limiter's pure state. Whatever is cancelled,
//! and however late requests arrive, a server never counts more than its limits, nobody overtakes in the
//! queue, and no slot is lost. The network does everything that the rule allows: any delay there beyond the
//! least, up to the current grace; any work; any delay back. The grace is half a second at first. Later it is
//! the time that nearly all requests kept before. So the guarantee then is for a network that does not
//! change, and is tested with such a past.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;
use rolling_limit::gate::{Gate, InFlight, Slots, Ticket, Turn};
use rolling_limit::{Class, Limit};

use crate::simulation::{EXPORT, SEARCH, most_within};

/// The delays of one request, in milliseconds.
#[derive(Debug, Clone)]
struct Trip {
    there: u64,
    work: u64,
    back: u64,
    status: u16,
    /// The share of its work that the server reports, or nonsense, or nothing.
    says: Option<f64>,
}

/// The quickest possible requests.
const QUICK: Trip = Trip {
    there: 0,
    work: 100,
    back: 0,
    status: 200,
    says: Some(1.0),
};

#[derive(Debug, Clone)]
enum Step {
    Join(Class),
    Leave(Index),
    /// Every waiter whose turn it is takes its slots.
    Serve,
    GiveBack(Index),
    Send(Index, Trip),
    /// A request that was sent is abandoned, but still arrives.
    Lose(Index),
    NeverLeft(Index),
    Wait(u64),
}

fn trip() -> impl Strategy<Value = Trip> {
    let nonsense = vec![
        None,
        Some(f64::NAN),
        Some(-1.0),
        Some(1e9),
        Some(f64::INFINITY),
    ];
    let says = prop_oneof![
        4 => Just(Some(1.0)),
        1 => Just(Some(0.5)),
        1 => prop::sample::select(nonsense),
    ];
    let late = prop_oneof![Just(0), 0..50u64, 0..=500u64];
    let status = prop_oneof![8 => Just(200), 1 => Just(429), 1 => Just(500)];
    let back = prop_oneof![Just(0), 0..400u64];
    (late, 0..2500u64, back, status, says).prop_map(|(there, work, back, status, says)| Trip {
        there,
        work,
        back,
        status,
        says,
    })
}

fn class() -> impl Strategy<Value = Class> {
    prop_oneof![1 => Just(SEARCH), 2 => Just(EXPORT)]
}

fn step() -> impl Strategy<Value = Step> {
    let any = any::<Index>;
    prop_oneof![
        4 => class().prop_map(Step::Join),
        1 => any().prop_map(Step::Leave),
        4 => Just(Step::Serve),
        1 => any().prop_map(Step::GiveBack),
        6 => (any(), trip()).prop_map(|(which, trip)| Step::Send(which, trip)),
        1 => any().prop_map(Step::Lose),
        1 => any().prop_map(Step::NeverLeft),
        5 => (0..700u64).prop_map(Step::Wait),
    ]
}

fn limits() -> impl Strategy<Value = [Limit; 2]> {
    let limit = |(requests, window)| Limit::new(requests, Duration::from_millis(window));
    ((1..7u32, 500..3000u64), (1..4u32, 200..1500u64))
        .prop_map(move |(all, exports)| [limit(all), limit(exports).only(&[EXPORT])])
}

struct Flight {
    request: InFlight,
    arrival: usize,
    answered: Duration,
    status: u16,
    runtime: Option<f64>,
}

struct World {
    gate: Gate,
    now: Duration,
    /// The least way there and back.
    least: (Duration, Duration),
    /// Class, place and ticket, in the expected order.
    waiting: Vec<(Class, usize, Ticket)>,
    joined: usize,
    unsent: Vec<(Class, Slots)>,
    flights: Vec<Flight>,
    /// The time span in which requests may have been counted at the server; None if they certainly were not.
    arrivals: Vec<Option<(Class, Duration)>>,
}

fn at<T>(items: &mut Vec<T>, which: Index) -> Option<T> {
    (!items.is_empty()).then(|| items.remove(which.index(items.len())))
}

impl World {
    /// After some requests with the least time on the wire, all but the first on open connections.
    fn new(limits: [Limit; 2], there: u64, back: u64, behind: usize) -> Self {
        let least = (Duration::from_millis(there), Duration::from_millis(back));
        let (gate, now) = (Gate::new(limits), Duration::ZERO);
        let (waiting, unsent, flights, arrivals) = Default::default();
        let mut world = Self {
            gate,
            now,
            least,
            waiting,
            joined: 0,
            unsent,
            flights,
            arrivals,
        };
        for _ in 0..behind {
            world.join(EXPORT);
            world.drain();
        }
        world
    }

    fn join(&mut self, class: Class) {
        self.waiting
            .push((class, self.joined, self.gate.join(class)));
        self.waiting
            .sort_by_key(|(class, joined, _)| (*class == EXPORT, *joined));
        self.joined += 1;
    }

    /// Waiters whose turn it is take their slots; the others may not. Returns the time of the next turn.
    fn serve(&mut self) -> Option<Duration> {
        while let Some((class, _, ticket)) = self.waiting.first().copied() {
            match self.gate.poll(ticket, self.now) {
                Turn::Go(slots) => self.unsent.push((class, slots)),
                Turn::NotUntil(time) => {
                    self.waiting.iter().skip(1).for_each(|(.., behind)| {
                        assert!(matches!(self.gate.poll(*behind, self.now), Turn::Behind));
                    });
                    return Some(time);
                }
                Turn::Behind => panic!("the first is behind nobody"),
            }
            self.waiting.remove(0);
        }
        None
    }

    /// Sends a request that is late by no more than its grace.
    fn send(&mut self, (class, slots): (Class, Slots), trip: &Trip) {
        let ms = Duration::from_millis;
        let late = ms(trip.there).min(self.gate.grace(self.now));
        let arrival = self.now + self.least.0 + late;
        self.flights.push(Flight {
            request: self.gate.sent(slots, self.now),
            arrival: self.arrivals.len(),
            answered: arrival + ms(trip.work) + self.least.1 + ms(trip.back),
            status: trip.status,
            runtime: trip.says.map(|share| share * ms(trip.work).as_secs_f64()),
        });
        self.arrivals.push(Some((class, arrival)));
    }

    /// Time passes, and answers come.
    fn go_to(&mut self, time: Duration) {
        self.flights.sort_by_key(|flight| flight.answered);
        while self
            .flights
            .first()
            .is_some_and(|flight| flight.answered <= time)
        {
            let flight = self.flights.remove(0);
            self.now = flight.answered;
            self.gate
                .answered(&flight.request, self.now, flight.status, flight.runtime);
        }
        self.now = time;
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Join(class) => self.join(class),
            Step::Leave(which) => {
                if let Some((.., ticket)) = at(&mut self.waiting, which) {
                    self.gate.leave(ticket);
                }
            }
            Step::Serve => drop(self.serve()),
            Step::GiveBack(which) => {
                if let Some((_, slots)) = at(&mut self.unsent, which) {
                    self.gate.give_back(&slots);
                }
            }
            Step::Send(which, trip) => {
                if let Some(slots) = at(&mut self.unsent, which) {
                    self.send(slots, &trip);
                }
            }
            Step::Lose(which) => drop(at(&mut self.flights, which)),
            Step::NeverLeft(which) => {
                if let Some(flight) = at(&mut self.flights, which) {
                    self.gate.never_left(&flight.request);
                    self.arrivals[flight.arrival] = None;
                }
            }
            Step::Wait(ms) => self.go_to(self.now + Duration::from_millis(ms)),
        }
    }

    /// After this many more requests that were answered late, one in 50 of them because it was delayed in
    /// flight for this long, including the first.
    fn with_past(mut self, count: usize, held_up: u64) -> Self {
        for number in 0..count {
            let there = if number % 50 == 0 { held_up } else { 0 };
            self.join(EXPORT);
            self.drain_by(&Trip {
                there,
                work: 1_600,
                ..QUICK
            });
        }
        self
    }

    /// All waiters go, one after the other, with the quickest requests.
    fn drain(&mut self) {
        self.drain_by(&QUICK);
    }

    fn drain_by(&mut self, trip: &Trip) {
        loop {
            let next = self.serve();
            while let Some(slots) = self.unsent.pop() {
                self.send(slots, trip);
            }
            let answer = self.flights.iter().map(|flight| flight.answered).min();
            match next.into_iter().chain(answer).min() {
                Some(time) => self.go_to(time.max(self.now)),
                None => break,
            }
        }
        assert!(self.waiting.is_empty());
    }

    fn counted(&self, limit: Limit) -> usize {
        let arrivals = self
            .arrivals
            .iter()
            .flatten()
            .filter(|(class, _)| limit.counts(*class));
        let mut times: Vec<Duration> = arrivals.map(|(_, time)| *time).collect();
        times.sort();
        most_within(limit.window(), &times)
    }
}

/// Plays the steps to their end, and checks the result.
fn play(mut world: World, limits: [Limit; 2], steps: Vec<Step>) -> Result<(), TestCaseError> {
    for step in steps {
        world.step(step);
    }
    world.drain();
    for limit in limits {
        prop_assert!(
            world.counted(limit) <= limit.requests() as usize,
            "{:?}",
            limit
        );
    }
    // A day later all slots are free, and no more than all.
    world.now += Duration::from_secs(86_400);
    for _ in 0..10 {
        world.join(EXPORT);
    }
    world.serve();
    let least = limits.iter().map(|limit| limit.requests() as usize).min();
    prop_assert_eq!(Some(world.unsent.len()), least);
    Ok(())
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(5),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(2_500))]

    #[test]
    fn a_server_never_counts_more_than_its_limits_and_no_slot_is_lost(
        limits in limits(),
        (there, back, behind) in (0..60u64, 0..60u64, 2..40usize),
        steps in prop::collection::vec(step(), 1..100),
    ) {
        play(World::new(limits, there, back, behind), limits, steps)?;
    }
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn nor_when_the_grace_is_learnt_and_the_network_goes_on_as_it_did(
        limits in limits(),
        (there, back, behind) in (0..60u64, 0..60u64, 2..40usize),
        (past, held_up) in (30..330usize, 0..=500u64),
        steps in prop::collection::vec(step(), 1..100),
    ) {
        let world = World::new(limits, there, back, behind).with_past(past, held_up);
        // Twice as long while there are few; and a guard, for the least way may not be the least.
        let (longest, learnt) = (2 * held_up + 20, world.gate.grace(world.now));
        let learnt_in = Duration::from_millis(held_up)..=Duration::from_millis(longest.min(600));
        prop_assert!(learnt_in.contains(&learnt), "{:?}", learnt);
        play(world, limits, steps)?;
    }
}
