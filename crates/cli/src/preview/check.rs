//! Checks before anything is sent: the library's rules, and what only all rows together show.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

use crate::{
    args::import::Args,
    display::reasons::Reasons,
    doubt::key::Key,
    read::row::Row,
    records::{input::Input, record::Record},
};

/// The most reasons that are told apart.
pub const MOST_REASONS: usize = 1000;
/// The outcome of an invalid row that is sent: Copper decides.
pub const INVALID: &str = "invalid";
/// The outcome of an invalid row that is kept back.
const HELD_BACK: &str = "rejected before they are sent";

/// The first line of each address, by its hash.
#[derive(Default)]
struct Addresses {
    lines: HashMap<u64, u64>,
    hasher: RandomState,
}

/// The findings of a dry run.
pub struct Checked {
    pub reasons: Reasons,
    /// True for each row that is rejected before it is sent.
    pub held_back: Vec<bool>,
}

impl Checked {
    pub fn new(input: &Input, args: &Args) -> Self {
        let mut checked = Self {
            reasons: Reasons::of_most(MOST_REASONS),
            held_back: Vec::new(),
        };
        let mut addresses = Addresses::default();
        for (row, record) in input.records() {
            let index = checked.held_back.len() as u64;
            checked.held_back.push(false);
            match input.reason(&row, index) {
                Some(reason) => checked.add(true, &reason, &row),
                None => {
                    if let Err(invalid) = record.check() {
                        checked.add(false, &invalid.to_string(), &row);
                    }
                }
            }
            if let Some(key) = args.doubt.upserted() {
                checked.has_key(key, &record, &row);
            }
            checked.addresses_are_new(&mut addresses, &record, &row);
        }
        checked
    }

    /// An upsert sends no lead without its match key.
    fn has_key(&mut self, key: Key, record: &Record, row: &Row) {
        if record.as_lead().is_some_and(|lead| !key.is_in(lead)) {
            let what = format!("`{key}` is blank, by which it is to be found");
            self.add(true, &what, row);
        }
    }

    /// Copper rejects the second person with an address.
    fn addresses_are_new(&mut self, addresses: &mut Addresses, record: &Record, row: &Row) {
        for email in record.addresses() {
            let address = email.email.trim().to_lowercase();
            let hash = addresses.hasher.hash_one(address);
            let first = *addresses.lines.entry(hash).or_insert(row.line);
            if first != row.line {
                let what = format!("`emails` has an address that line {first} has, too");
                self.add(false, &what, row);
            }
        }
    }

    fn add(&mut self, held_back: bool, what: &str, row: &Row) {
        let index = self.held_back.len().saturating_sub(1);
        if let Some(held) = self.held_back.last_mut() {
            *held |= held_back;
        }
        let outcome = if held_back { HELD_BACK } else { INVALID };
        self.reasons.add(outcome, what, index as u64, row.line);
    }

    /// The outcome of such rows, in words.
    pub fn fate(&self) -> &'static str {
        let has = |outcome| self.reasons.groups().iter().any(|g| g.outcome == outcome);
        match (has(INVALID), has(HELD_BACK)) {
            (true, true) => "The invalid ones would be sent nevertheless, and Copper would decide",
            (true, false) => "They would be sent nevertheless, and Copper would decide",
            _ => "The rest would be sent",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        args::import::tests::read,
        display::problems::Problems,
        read::{format::Format, source::Source},
        records::input::{Checks, Unwatched},
    };

    fn checked(options: &[&str], lines: &str) -> (String, Vec<bool>) {
        let args = read(&[&["a.jsonl"], options].concat()).expect("they are taken");
        let source = Source::of_text(lines, Format::JsonLines).expect("a source");
        let mut problems = Problems::default();
        let input = Input::new(
            source,
            args.entity,
            &Default::default(),
            &Checks {
                settings: args.settings,
                ..Checks::default()
            },
            Default::default(),
            &mut problems,
            &mut Unwatched,
        );
        assert_eq!(problems.to_string(), "");
        let checked = Checked::new(&input, &args);
        (checked.reasons.to_string(), checked.held_back)
    }

    const LEADS: &str = "{\"name\": \"Jim\", \"email\": \"jim@example.com\", \"tags\": [\"a\"]}\n\
        {\"name\": \" \", \"email\": \"jim\"}\n\n{\"name\": \"Pam\", \"tags\": [\"a\", \" \"]}";

    #[test]
    fn what_copper_can_not_take_is_told_by_line() {
        let told = "  1 invalid: email: it has no @; name: it is blank (line 2)\n  \
            1 invalid: tags: it is blank (line 4)\n";
        assert_eq!(checked(&[], LEADS), (told.to_owned(), vec![false; 3]));
        let told = told.replace("invalid", HELD_BACK);
        assert_eq!(
            checked(&["--check"], LEADS),
            (told, vec![false, true, true])
        );
    }

    #[test]
    fn an_upsert_sends_no_lead_that_it_can_not_find_again() {
        let (told, held_back) = checked(&["--upsert", "email"], LEADS);
        let blank = "`email` is blank, by which it is to be found (line 4)";
        assert!(told.contains(blank), "{told}");
        assert_eq!(held_back, [false, false, true]);
    }

    #[test]
    fn two_people_do_not_have_one_address() {
        let lines = "{\"name\": \"Jim\", \"emails\": \"a@example.com; A@example.com\"}\n\
            {\"name\": \"Pam\", \"emails\": \"pam\"}\n\
            {\"name\": \"James\", \"emails\": \"b@example.com; A@Example.com\"}";
        let (told, held_back) = checked(&["--entity=people", "--check"], lines);
        assert_eq!(
            told,
            "  1 rejected before they are sent: emails: it has no @ (line 2)\n  \
            1 invalid: `emails` has an address that line 1 has, too (line 3)\n"
        );
        assert_eq!(held_back, [false, true, false]);
    }
}
