//! The commands that the simulation has in memory do what a real Redis does: the same exchanges at the same times
//! get the same replies.

use std::time::Duration;

use redis::{Script, Value};
use rolling_limit::peer::{Due, Peer, Turn};
use rolling_limit::store::Fallback;
use rolling_limit_redis::script::{Call, SCRIPT, reply};

use crate::connection::connect;
use crate::fake::Fake;
use crate::server::Server;
use crate::simulation::{EXPORT, LIMITS};

#[test]
fn the_script_replies_in_a_redis_as_it_does_in_the_simulation() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let mut connection = connect(&server);
    // The clock is the only thing that a test can't set.
    let clock = "redis.call('TIME')";
    assert_eq!(SCRIPT.matches(clock).count(), 1);
    let script = Script::new(&SCRIPT.replace(clock, "{ ARGV[2], ARGV[3] }"));
    let fake = Fake::new().expect("a script that compiles");
    let mut peers: Vec<Peer> = (0..4)
        .map(|_| Peer::new(LIMITS, Fallback::Closed))
        .collect();
    let mut tickets: Vec<_> = peers.iter_mut().map(|peer| peer.join(EXPORT)).collect();
    let mut in_flight = Vec::new();
    // Keys expire by the real clock, so the times are close to it.
    let start = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a time");
    let (mut exchanges, mut granted) = (0, 0);
    for step in 0..8_000u64 {
        let now = start + Duration::from_millis(step * 7);
        let number = usize::try_from(step % 4).expect("a small number");
        let peer = &mut peers[number];
        if let Turn::Go(slots) = peer.poll(tickets[number], now) {
            in_flight.push((
                now + Duration::from_millis(step % 900),
                number,
                peer.sent(slots, now),
            ));
            tickets[number] = peer.join(EXPORT);
            granted += 1;
        }
        in_flight.retain(|(answered, of, request)| {
            let is_due = *of == number && *answered <= now;
            if is_due {
                let status = if step % 31 == 0 { 429 } else { 200 };
                peer.answered(request, now, status, Some(0.1));
            }
            !is_due
        });
        if step % 997 == 0 {
            peer.hold(
                (step % 2 == 0).then_some(EXPORT),
                now + Duration::from_millis(900),
            );
        }
        if let Due::At(time) = peer.due(now)
            && time <= now
        {
            let call = Call::new("{compared}:", &number.to_string(), &peer.begin(now));
            let (expected, _) = fake.call(&call, now).expect("the script runs");
            let mut invocation = script.prepare_invoke();
            call.keys.iter().for_each(|key| {
                invocation.key(key);
            });
            let invocation = invocation
                .arg(&call.argument)
                .arg(now.as_secs())
                .arg(u64::from(now.subsec_micros()));
            let found: Value = invocation
                .invoke(&mut connection)
                .expect("the script runs in Redis");
            assert_eq!(found, expected, "step {step}: {}", call.argument);
            match step % 13 {
                0 => peer.failed(now),
                _ => peer.replied(reply(&found).expect("a reply"), now),
            }
            exchanges += 1;
        }
    }
    assert!(
        exchanges > 300 && granted > 60,
        "{exchanges} exchanges, {granted} granted"
    );
}
