//! A line of waiters in this process, with the store's replies about them.

use std::collections::VecDeque;
use std::time::Duration;

use crate::Class;
use crate::gate::queue::Queue;
use crate::store::Request;

/// The most slots in one ask.
const BATCH: usize = 64;

/// A slot that the store has granted and that no waiter has taken yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Granted {
    pub(super) id: u64,
    pub(super) class: Class,
    /// The time at which the request may be sent.
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

/// The state of one line.
#[derive(Debug, Default)]
pub(super) struct LineState {
    pub(super) queue: Queue,
    pub(super) granted: VecDeque<Granted>,
    /// The class and the numbers of the requests for which slots were asked.
    pub(super) asked: Option<(Class, Vec<u64>)>,
    /// The time of the next ask.
    pub(super) again: Duration,
}

impl LineState {
    /// The class of the next waiters without a grant, and the number of these waiters.
    pub(super) fn wanted(&self) -> Option<(Class, usize)> {
        let mut rest = self.queue.waiting().skip(self.granted.len());
        let class = rest.next()?.class;
        let alike = rest.take_while(|ticket| ticket.class == class);
        Some((class, 1 + alike.take(BATCH - 1).count()))
    }

    /// The first grant for this class, if there is one.
    pub(super) fn grant(&self, class: Class) -> Option<Granted> {
        let mut granted = self.granted.iter().copied();
        granted.find(|granted| granted.class == class)
    }

    pub(super) fn take(&mut self, id: u64) {
        self.granted.retain(|granted| granted.id != id);
    }
}
