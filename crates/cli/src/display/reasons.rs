//! The reasons why records are not in Copper, grouped, each with its lines: a thousand records with one
//! reason are one line on the terminal.

use std::{cmp::Reverse, collections::HashMap, fmt};

use super::{escape::escaped, lines::Lines};

/// The most reasons that are listed; others are only counted.
const SHOWN: usize = 20;

#[derive(Default)]
pub struct Reasons {
    groups: Vec<Group>,
    places: HashMap<(&'static str, String), usize>,
    /// The most groups, if there is a limit.
    most: Option<usize>,
    /// The number of records whose reason is in no group.
    others: u64,
}

pub struct Group {
    pub outcome: &'static str,
    pub reason: String,
    pub lines: Lines,
}

impl Reasons {
    /// Reasons of which no more than so many are told apart: with a million rows there can be as many.
    pub fn of_most(most: usize) -> Self {
        Self {
            most: Some(most),
            ..Self::default()
        }
    }

    /// Adds the reason of one record. Returns the place of its group among the groups; it is beyond all if
    /// there are too many.
    pub fn add(&mut self, outcome: &'static str, reason: &str, index: u64, line: u64) -> usize {
        let key = (outcome, reason.to_owned());
        let is_full = self.most.is_some_and(|most| self.groups.len() >= most);
        if is_full && !self.places.contains_key(&key) {
            self.others += 1;
            return usize::MAX;
        }
        let place = *self.places.entry(key).or_insert(self.groups.len());
        if place == self.groups.len() {
            self.groups.push(Group {
                outcome,
                reason: reason.to_owned(),
                lines: Lines::default(),
            });
        }
        if let Some(group) = self.groups.get_mut(place) {
            group.lines.add(index, line);
        }
        place
    }

    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// In the order in which they first came.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }
}

impl fmt::Display for Reasons {
    /// The most frequent first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut groups: Vec<&Group> = self.groups.iter().collect();
        groups.sort_by_key(|group| Reverse(group.lines.count));
        let (shown, others) = groups.split_at(SHOWN.min(groups.len()));
        for Group {
            outcome,
            reason,
            lines,
        } in shown
        {
            writeln!(
                f,
                "  {} {outcome}: {} ({lines})",
                lines.count,
                escaped(reason)
            )?;
        }
        let count = others.iter().map(|group| group.lines.count).sum::<u64>();
        match (count, self.others) {
            (0, 0) => Ok(()),
            (count, 0) => writeln!(f, "  {count} more, for {} other reasons", others.len()),
            (count, more) => writeln!(f, "  {} more, for many other reasons", count + more),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_told_once_with_its_count_and_the_most_frequent_first() {
        let mut reasons = Reasons::default();
        let rejected = |reason| ("rejected", reason);
        for (index, (outcome, reason)) in [
            rejected("name: invalid"),
            rejected("tags: invalid"),
            ("unknown", "tags: invalid"),
            rejected("tags: invalid"),
        ]
        .into_iter()
        .enumerate()
        {
            reasons.add(outcome, reason, index as u64, index as u64 + 2);
        }
        assert_eq!(
            reasons.to_string(),
            "  2 rejected: tags: invalid (lines 3, 5)\n  \
            1 rejected: name: invalid (line 2)\n  \
            1 unknown: tags: invalid (line 4)\n"
        );
    }

    #[test]
    fn no_more_reasons_are_told_apart_than_was_asked_for() {
        let mut reasons = Reasons::of_most(100);
        let places: Vec<usize> = (0..1000)
            .map(|n| {
                reasons.add(
                    "rejected",
                    &format!("duplicate of line {}", n % 500),
                    n,
                    n + 2,
                )
            })
            .collect();
        assert_eq!(reasons.groups().len(), 100);
        assert_eq!((places[99], places[100], places[599]), (99, usize::MAX, 99));
        let told = reasons.to_string();
        assert!(
            told.ends_with("  960 more, for many other reasons\n"),
            "{told}"
        );
    }

    #[test]
    fn rare_reasons_beyond_the_first_few_are_only_counted() {
        let mut reasons = Reasons::default();
        for n in 0..30 {
            reasons.add("rejected", &format!("reason {}", n % 25), n, n + 2);
        }
        let told = reasons.to_string();
        assert!(told.ends_with("  5 more, for 5 other reasons\n"), "{told}");
    }
}
