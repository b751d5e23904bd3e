//! A class of requests: the name by which limits and queues treat them.

use std::fmt;
use std::hash::{Hash, Hasher};

/// A class of requests that limits and queues treat alike, such as "search" or "export".
///
/// A class is known by its name: two with the same name are the same class. Make each a constant.
///
/// ```
/// use rolling_limit::Class;
///
/// const SEARCH: Class = Class::new("search");
/// const EXPORT: Class = Class::new("export").priority(1).leaves_one_in(20);
/// assert_ne!(SEARCH, EXPORT);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Class {
    name: &'static str,
    priority: u8,
    leaves_one_in: Option<u32>,
}

impl Class {
    /// A class of the first priority that uses all slots.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            priority: 0,
            leaves_one_in: None,
        }
    }

    /// Sets the priority. Of the requests that wait in one queue, those with the lowest number go first. The
    /// default is 0. Requests with the same priority go first come, first served.
    pub const fn priority(mut self, priority: u8) -> Self {
        self.priority = priority;
        self
    }

    /// Leaves one slot in `share` of each limit to other classes. Otherwise a class that sends many requests
    /// at once would use up a limit, and others would find no slot until the window has passed. With 0 it
    /// leaves nothing, and it leaves nothing of a limit with fewer than `share` requests.
    pub const fn leaves_one_in(mut self, share: u32) -> Self {
        self.leaves_one_in = match share {
            0 => None,
            _ => Some(share),
        };
        self
    }

    /// Returns the name.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The number of slots of a limit of `requests` that this class may use: at least one.
    pub fn share_of(self, requests: u32) -> u32 {
        let left = self
            .leaves_one_in
            .and_then(|share| requests.checked_div(share));
        requests.saturating_sub(left.unwrap_or(0)).max(1)
    }

    /// The number that orders waiting requests: the lowest goes first.
    pub(crate) fn rank(self) -> u8 {
        self.priority
    }
}

impl PartialEq for Class {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Class {}

impl Hash for Class {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_uses_all_slots_or_leaves_a_few_and_always_has_one() {
        let all = Class::new("all");
        let leaves = all.leaves_one_in(20);
        let of = |class: Class| [0, 1, 19, 20, 180].map(|requests| class.share_of(requests));
        assert_eq!(of(all), [1, 1, 19, 20, 180]);
        assert_eq!(of(leaves), [1, 1, 19, 19, 171]);
        assert_eq!(of(all.leaves_one_in(1)), [1, 1, 1, 1, 1]);
        assert_eq!(of(all.leaves_one_in(0)), of(all));
    }

    #[test]
    fn a_class_is_known_by_its_name() {
        assert_eq!(Class::new("a").priority(3), Class::new("a"));
        assert_ne!(Class::new("a"), Class::new("b"));
        assert_eq!(Class::new("a").to_string(), "a");
    }
}
