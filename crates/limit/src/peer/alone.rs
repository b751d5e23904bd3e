//! The fallback: a process that keeps limits by itself while the store can't be reached.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Kept, Notice, Peer, Slots, Turn, line_of};
use crate::gate::{self, Gate, Place, Ticket};

/// The interval at which waiters check whether an unreachable store is back.
const CHECK: Duration = Duration::from_millis(100);

/// The limits that this process keeps by itself while the store can't be reached.
#[derive(Debug)]
pub(super) struct Alone {
    /// The gate for these limits. None means that nothing is sent.
    pub(super) gate: Option<Gate>,
    pub(super) tickets: BTreeMap<Place, Ticket>,
}

impl Peer {
    /// Returns true while the store can't be reached and the fallback applies.
    pub fn is_alone(&self) -> bool {
        self.alone.is_some()
    }

    pub(super) fn go_alone(&mut self, now: Duration) {
        self.notices.push(Notice::Gone);
        let gate = self.fallback.limits(&self.limits).map(|limits| {
            let mut gate = Gate::new(limits);
            gate.hold_all(now.saturating_add(self.careful()));
            gate
        });
        self.alone = Some(Alone {
            gate,
            tickets: BTreeMap::new(),
        });
    }

    pub(super) fn alone_gate(&mut self) -> Option<&mut Gate> {
        self.alone.as_mut()?.gate.as_mut()
    }

    pub(super) fn poll_alone(&mut self, ticket: Ticket, now: Duration) -> Turn {
        let check = now.saturating_add(CHECK);
        let Some(Alone {
            gate: Some(gate),
            tickets,
        }) = &mut self.alone
        else {
            return Turn::NotUntil(check);
        };
        let twin = *tickets
            .entry(ticket.place)
            .or_insert_with(|| gate.join(ticket.class));
        match gate.poll(twin, now) {
            gate::Turn::Go(slots) => {
                tickets.remove(&ticket.place);
                if let Some(line) = line_of(ticket) {
                    if let Some(state) = self.lines.get_mut(&line) {
                        state.queue.leave(ticket);
                    }
                    self.tidy(line);
                }
                Turn::Go(Slots(Kept::Alone(slots)))
            }
            gate::Turn::NotUntil(time) => Turn::NotUntil(time.min(check)),
            gate::Turn::Behind => Turn::NotUntil(check),
        }
    }
}
