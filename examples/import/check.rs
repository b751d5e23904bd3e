//! What Copper takes no record with, or nobody means: told by row before anything is sent, if the user
//! asks for it. Otherwise Copper is asked, which knows best.

use std::collections::HashMap;

use copper_crm::types::{Email, NewActivity, NewCompany, NewLead, NewOpportunity, NewPerson};

use super::{input::Input, reasons::Reasons, records::Records};

const AT_FAULT: &str = "at fault";

/// What is wrong with one record, in words that don't quote it.
type Faults = Vec<&'static str>;

/// All that is wrong with the records of an input that can be read.
pub fn all(input: &Input) -> Reasons {
    let mut reasons = Reasons::default();
    match &input.records {
        Records::Leads(all) => each(all, lead, input, &mut reasons),
        Records::People(all) => {
            each(all, person, input, &mut reasons);
            addresses_are_of_one_person(all, input, &mut reasons);
        }
        Records::Companies(all) => each(all, company, input, &mut reasons),
        Records::Opportunities(all) => each(all, opportunity, input, &mut reasons),
        Records::Activities(all) => each(all, activity, input, &mut reasons),
    }
    reasons
}

fn each<T>(all: &[T], check: fn(&T) -> Faults, input: &Input, reasons: &mut Reasons) {
    for ((index, row), record) in (0..).zip(&input.rows).zip(all) {
        for fault in check(record) {
            reasons.add(AT_FAULT, fault, index, row.line);
        }
    }
}

fn lead(lead: &NewLead) -> Faults {
    let emails = emails("`email` has no @", &lead.email);
    [name(&lead.name), emails, tags(&lead.tags)].concat()
}

fn person(person: &NewPerson) -> Faults {
    let emails = emails("`emails` has an address without an @", &person.emails);
    [name(&person.name), emails, tags(&person.tags)].concat()
}

fn company(company: &NewCompany) -> Faults {
    [name(&company.name), tags(&company.tags)].concat()
}

fn opportunity(opportunity: &NewOpportunity) -> Faults {
    [name(&opportunity.name), tags(&opportunity.tags)].concat()
}

fn activity(activity: &NewActivity) -> Faults {
    if_so(is_blank(&activity.details), "`details` is blank")
}

fn name(name: &str) -> Faults {
    if_so(is_blank(name), "`name` is blank")
}

fn emails<'e>(what: &'static str, emails: impl IntoIterator<Item = &'e Email>) -> Faults {
    let mut emails = emails.into_iter();
    if_so(emails.any(|email| !email.email.contains('@')), what)
}

fn tags(tags: &[String]) -> Faults {
    if_so(
        tags.iter().any(|tag| is_blank(tag)),
        "`tags` has an empty one",
    )
}

fn if_so(is_so: bool, what: &'static str) -> Faults {
    is_so.then_some(what).into_iter().collect()
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Copper rejects the second person with an address.
fn addresses_are_of_one_person(all: &[NewPerson], input: &Input, reasons: &mut Reasons) {
    let mut lines: HashMap<String, u64> = HashMap::new();
    for ((index, row), person) in (0..).zip(&input.rows).zip(all) {
        for email in &person.emails {
            let first = *lines
                .entry(email.email.trim().to_lowercase())
                .or_insert(row.line);
            if first != row.line {
                let what = format!("`emails` has an address that line {first} has, too");
                reasons.add(AT_FAULT, &what, index, row.line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            activity::ACTIVITIES, entity::Entity, json_file, lead::LEADS, person::PEOPLE,
            problems::Problems,
        },
        *,
    };

    fn told(entity: &'static Entity, lines: &str) -> String {
        let mut input = Input::new(entity, Default::default());
        let mut problems = Problems::default();
        json_file::read_lines(lines, &mut input, &mut problems);
        assert_eq!(problems.to_string(), "");
        all(&input).to_string()
    }

    #[test]
    fn what_copper_can_not_take_is_told_by_line() {
        let lines = "{\"name\": \"Jim\", \"email\": \"jim@example.com\", \"tags\": [\"a\"]}\n\
            {\"name\": \" \", \"email\": \"jim\"}\n\n{\"name\": \"Pam\", \"tags\": [\"a\", \" \"]}\n{}";
        assert_eq!(
            told(&LEADS, lines),
            "  2 at fault: `name` is blank (lines 2, 5)\n  \
            1 at fault: `email` has no @ (line 2)\n  \
            1 at fault: `tags` has an empty one (line 4)\n"
        );
        let call = r#"{"parent_type": "person", "parent_id": 1, "type_id": 1, "details": "?"}"#;
        assert_eq!(told(&ACTIVITIES, call), "");
    }

    #[test]
    fn two_people_do_not_have_one_address() {
        let lines = "{\"name\": \"Jim\", \"emails\": \"a@example.com; A@example.com\"}\n\
            {\"name\": \"Pam\", \"emails\": \"pam\"}\n\
            {\"name\": \"James\", \"emails\": \"b@example.com; A@Example.com\"}";
        assert_eq!(
            told(&PEOPLE, lines),
            "  1 at fault: `emails` has an address without an @ (line 2)\n  \
            1 at fault: `emails` has an address that line 1 has, too (line 3)\n"
        );
    }
}
