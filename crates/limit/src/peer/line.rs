//! The waiters of one line of this process, and the store's replies about them.

use std::collections::VecDeque;
use std::time::Duration;

use crate::Class;
use crate::gate::queue::Queue;
use crate::store::Request;

/// The most slots that are asked for at once.
const BATCH: usize = 64;

/// A slot that the store has reserved, and no waiter has taken yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Granted {
    pub(super) id: u64,
    pub(super) class: Class,
    /// When the request may be sent.
    pub(super) at: Duration,
    /// The latest time at which it must be sent, unless it is renewed.
    pub(super) until: Duration,
}

impl Granted {
    pub(super) fn request(&self) -> Request {
        Request {
            id: self.id,
            class: self.class,
        }
    }
}

/// One line.
#[derive(Debug, Default)]
pub(super) struct LineState {
    pub(super) queue: Queue,
    pub(super) granted: VecDeque<Granted>,
    /// The class and the numbers of the requests that slots are asked for.
    pub(super) asked: Option<(Class, Vec<u64>)>,
    /// The time to ask again.
    pub(super) again: Duration,
}

impl LineState {
    /// The class of the next waiters without a grant, and their number.
    pub(super) fn wanted(&self) -> Option<(Class, usize)> {
        let mut rest = self.queue.waiting().skip(self.granted.len());
        let class = rest.next()?.class;
        let alike = rest.take_while(|ticket| ticket.class == class);
        Some((class, 1 + alike.take(BATCH - 1).count()))
    }

    /// The grant that a waiter of this class may take.
    pub(super) fn grant(&self, class: Class) -> Option<Granted> {
        let mut granted = self.granted.iter().copied();
        granted.find(|granted| granted.class == class)
    }

    pub(super) fn take(&mut self, id: u64) {
        self.granted.retain(|granted| granted.id != id);
    }
}
