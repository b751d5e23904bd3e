//! What Copper is not expected to take, told before anything is sent: by the library's checks, and by what
//! only all rows together show. With `--check`, the run goes by the library's checks as well.

use std::collections::HashMap;

use copper_crm::{
    Check,
    types::{NewLead, NewPerson},
};

use super::{args::Args, input::Input, key::Key, reasons::Reasons, records::Records};

/// Copper would decide.
const AT_FAULT: &str = "at fault";
/// It would not be sent.
const HELD_BACK: &str = "rejected before they are sent";

/// What a dry run finds out about the rows.
pub struct Checked {
    pub reasons: Reasons,
    /// Of each row, whether it would not be sent.
    pub held_back: Vec<bool>,
}

impl Checked {
    pub fn new(input: &Input, args: &Args) -> Self {
        let mut checked = Self {
            reasons: Reasons::default(),
            held_back: vec![false; input.rows.len()],
        };
        match &input.records {
            Records::Leads(all) => {
                checked.each(all, input, args);
                if let Some(key) = args.doubt.upserted() {
                    checked.each_has(key, all, input);
                }
            }
            Records::People(all) => {
                checked.each(all, input, args);
                checked.addresses_are_of_one_person(all, input);
            }
            Records::Companies(all) => checked.each(all, input, args),
            Records::Opportunities(all) => checked.each(all, input, args),
            // Those that lack something can't even be read.
            Records::Activities(_) => {}
        }
        checked
    }

    fn each<T: Check>(&mut self, all: &[T], input: &Input, args: &Args) {
        for (index, record) in all.iter().enumerate() {
            if let Err(invalid) = record.check() {
                self.add(args.check, &invalid.to_string(), index, input);
            }
        }
    }

    /// An upsert sends no lead without what it is found by.
    fn each_has(&mut self, key: Key, all: &[NewLead], input: &Input) {
        for (index, lead) in all.iter().enumerate() {
            if !key.is_in(lead) {
                let what = format!("`{key}` is blank, by which it is to be found");
                self.add(true, &what, index, input);
            }
        }
    }

    /// Copper rejects the second person with an address.
    fn addresses_are_of_one_person(&mut self, all: &[NewPerson], input: &Input) {
        let mut first: HashMap<String, usize> = HashMap::new();
        for (index, person) in all.iter().enumerate() {
            for email in &person.emails {
                let address = email.email.trim().to_lowercase();
                let first = *first.entry(address).or_insert(index);
                if let Some(row) = input.rows.get(first).filter(|_| first != index) {
                    let what = format!("`emails` has an address that line {} has, too", row.line);
                    self.add(false, &what, index, input);
                }
            }
        }
    }

    fn add(&mut self, held_back: bool, what: &str, index: usize, input: &Input) {
        let Some((row, held)) = input.rows.get(index).zip(self.held_back.get_mut(index)) else {
            return;
        };
        *held |= held_back;
        let outcome = if held_back { HELD_BACK } else { AT_FAULT };
        self.reasons.add(outcome, what, index as u64, row.line);
    }

    /// What would become of such rows.
    pub fn fate(&self) -> &'static str {
        let has = |outcome| self.reasons.groups().iter().any(|g| g.outcome == outcome);
        match (has(AT_FAULT), has(HELD_BACK)) {
            (true, true) => "Those at fault would be sent all the same, and Copper would decide",
            (true, false) => "They would be sent all the same, and Copper would decide",
            _ => "The rest would be sent",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            args::{Args, Asked},
            json_file,
            problems::Problems,
        },
        *,
    };

    fn checked(options: &[&str], lines: &str) -> (String, Vec<bool>) {
        let Ok(Asked::Import(args)) = Args::read(&[&["a.jsonl"], options].concat()) else {
            panic!("{options:?} are refused");
        };
        let mut input = Input::new(args.entity, Default::default());
        let mut problems = Problems::default();
        json_file::read_lines(lines, &mut input, &mut problems);
        assert_eq!(problems.to_string(), "");
        let checked = Checked::new(&input, &args);
        (checked.reasons.to_string(), checked.held_back)
    }

    const LEADS: &str = "{\"name\": \"Jim\", \"email\": \"jim@example.com\", \"tags\": [\"a\"]}\n\
        {\"name\": \" \", \"email\": \"jim\"}\n\n{\"name\": \"Pam\", \"tags\": [\"a\", \" \"]}";

    #[test]
    fn what_copper_can_not_take_is_told_by_line() {
        let told = "  1 at fault: email: it has no @; name: it is blank (line 2)\n  \
            1 at fault: tags: it is blank (line 4)\n";
        assert_eq!(checked(&[], LEADS), (told.to_owned(), vec![false; 3]));
        let told = told.replace("at fault", HELD_BACK);
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
            1 at fault: `emails` has an address that line 1 has, too (line 3)\n"
        );
        assert_eq!(held_back, [false, true, false]);
    }
}
