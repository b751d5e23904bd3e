//! Why records did not get into Copper, with the lines that each reason is for: a thousand records that
//! were not sent have one reason, and are one line on the terminal.

use std::fmt;

use super::lines::Lines;

/// Reasons beyond these are only counted.
const SHOWN: usize = 20;

#[derive(Default)]
pub struct Reasons {
    groups: Vec<Group>,
    others: u64,
}

struct Group {
    outcome: &'static str,
    reason: String,
    lines: Lines,
}

impl Reasons {
    pub fn add(&mut self, outcome: &'static str, reason: &str, index: u64, line: u64) {
        let has_room = self.groups.len() < SHOWN;
        let group = self
            .groups
            .iter_mut()
            .find(|group| group.outcome == outcome && group.reason == reason);
        match group {
            Some(group) => group.lines.add(index, line),
            None if has_room => {
                let mut lines = Lines::default();
                lines.add(index, line);
                self.groups.push(Group {
                    outcome,
                    reason: reason.to_owned(),
                    lines,
                });
            }
            None => self.others += 1,
        }
    }
}

impl fmt::Display for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for group in &self.groups {
            let Group {
                outcome,
                reason,
                lines,
            } = group;
            writeln!(f, "  {outcome}: {reason} ({lines})")?;
        }
        match self.others {
            0 => Ok(()),
            others => writeln!(f, "  and {others} more, for other reasons"),
        }
    }
}
