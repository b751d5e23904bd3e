//! A condition of `--where`: a field, a comparison and a value, as part of a search.

use copper_crm::{
    directory::{Directory, DirectoryError, DirectoryKind, Field},
    types::Timestamp,
};

use crate::criteria::{Criteria, Text};

/// A condition on records.
#[derive(Clone, Debug)]
pub struct Term {
    name: &'static str,
    field: Named,
    comparison: Comparison,
    value: Value,
}

#[derive(Clone, Copy, Debug)]
enum Named {
    Status,
    Source,
    Owner,
    ContactType,
    Tag,
    Email,
    Text(Text),
    Created,
    Modified,
    Contacted,
    Number,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Is,
    AtLeast,
    AtMost,
    Above,
    Below,
}

#[derive(Clone, Debug)]
enum Value {
    Text(String),
    /// A day, from its first second to its last.
    Day(i64, i64),
    Number(f64),
}

const FIELDS: [(&str, Named); 18] = [
    ("status", Named::Status),
    ("source", Named::Source),
    ("owner", Named::Owner),
    ("contact_type", Named::ContactType),
    ("tag", Named::Tag),
    ("name", Named::Text(Text::Name)),
    ("email", Named::Email),
    ("email_domain", Named::Text(Text::EmailDomain)),
    ("company", Named::Text(Text::Company)),
    ("title", Named::Text(Text::Title)),
    ("city", Named::Text(Text::City)),
    ("state", Named::Text(Text::State)),
    ("postal_code", Named::Text(Text::PostalCode)),
    ("country", Named::Text(Text::Country)),
    ("created", Named::Created),
    ("modified", Named::Modified),
    ("contacted", Named::Contacted),
    ("value", Named::Number),
];

/// The two-letter comparisons come first.
const COMPARISONS: [(&str, Comparison); 5] = [
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    (">", Comparison::Above),
    ("<", Comparison::Below),
    ("=", Comparison::Is),
];

const LAST_SECOND: i64 = 86_399;

impl Term {
    /// Parses a condition such as `created>=2026-01-01`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let found = text.find(['=', '<', '>']).map(|at| text.split_at(at));
        let (name, rest) = found.ok_or_else(|| expected(text))?;
        let (sign, comparison) = COMPARISONS
            .into_iter()
            .find(|(sign, _)| rest.starts_with(sign))
            .ok_or_else(|| expected(text))?;
        let value = rest.get(sign.len()..).unwrap_or_default().trim();
        let name = name.trim().to_lowercase();
        let (name, field) = FIELDS
            .into_iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| expected(text))?;
        let value = match field {
            Named::Created | Named::Modified | Named::Contacted => {
                let day = day(value).ok_or("a date is wanted, such as created>=2026-01-31")?;
                Value::Day(day, day.saturating_add(LAST_SECOND))
            }
            Named::Number => {
                let number: Option<f64> = value.parse().ok();
                let number = number.filter(|number| number.is_finite());
                Value::Number(number.ok_or("a number is wanted, such as value>=1000")?)
            }
            _ if comparison != Comparison::Is => {
                return Err(format!("`{name}` can only be compared by ="));
            }
            _ if value.is_empty() => return Err(format!("`{name}=` wants a value")),
            _ => Value::Text(value.to_owned()),
        };
        Ok(Self {
            name,
            field,
            comparison,
            value,
        })
    }

    /// The kind of name that it needs.
    pub fn needs(&self) -> Option<DirectoryKind> {
        match self.field {
            Named::Status => Some(DirectoryKind::Status),
            Named::Source => Some(DirectoryKind::Source),
            Named::Owner => Some(DirectoryKind::User),
            Named::ContactType => Some(DirectoryKind::ContactType),
            _ => None,
        }
    }

    /// Adds it to a search. The error is one sentence, without its end.
    pub fn add<S: Criteria>(&self, search: &mut S, directory: &Directory) -> Result<(), String> {
        let found = match &self.value {
            Value::Text(text) => self.add_text(text, search, directory)?,
            Value::Day(first, last) => self.range(search).map(|ends| {
                let (from, to) = match self.comparison {
                    Comparison::Is => (Some(*first), Some(*last)),
                    Comparison::AtLeast => (Some(*first), None),
                    Comparison::Above => (Some(last.saturating_add(1)), None),
                    Comparison::AtMost => (None, Some(*last)),
                    Comparison::Below => (None, Some(first.saturating_sub(1))),
                };
                narrow(ends, from, to);
            }),
            Value::Number(number) => search.value().map(|(minimum, maximum)| {
                let (above, below) = (number.next_up(), number.next_down());
                match self.comparison {
                    Comparison::Is => (*minimum, *maximum) = (Some(*number), Some(*number)),
                    Comparison::AtLeast => *minimum = Some(*number),
                    Comparison::Above => *minimum = Some(above),
                    Comparison::AtMost => *maximum = Some(*number),
                    Comparison::Below => *maximum = Some(below),
                }
            }),
        };
        found.ok_or_else(|| format!("`{}` is no condition on {}", self.name, S::MANY))
    }

    /// Gives nothing if the search has no such criterion.
    fn add_text<S: Criteria>(
        &self,
        text: &str,
        search: &mut S,
        directory: &Directory,
    ) -> Result<Option<()>, String> {
        Ok(match self.field {
            Named::Status => push(search.statuses(), || directory.status(text))?,
            Named::Source => push(search.sources(), || directory.source(text))?,
            Named::ContactType => push(search.contact_types(), || directory.contact_type(text))?,
            Named::Owner => push(Some(search.owners()), || directory.user(text))?,
            Named::Tag => {
                *search.tags() = Some(vec![text.to_owned()].into());
                Some(())
            }
            Named::Email => search.set_email(text),
            Named::Text(of) => search.text(of).map(|field| *field = Some(text.to_owned())),
            // `parse` gives every field the value that belongs to it.
            Named::Created | Named::Modified | Named::Contacted | Named::Number => Some(()),
        })
    }

    fn range<'s, S: Criteria>(&self, search: &'s mut S) -> Option<Ends<'s>> {
        match self.field {
            Named::Modified => search.modified(),
            Named::Contacted => Some(search.contacted()),
            _ => Some(search.created()),
        }
    }
}

/// Adds an id to a list, if the search has it.
fn push<T>(
    ids: Option<&mut Vec<T>>,
    id: impl FnOnce() -> Result<T, DirectoryError>,
) -> Result<Option<()>, String> {
    let Some(ids) = ids else {
        return Ok(None);
    };
    ids.push(id().map_err(|error| error.to_string())?);
    Ok(Some(()))
}

/// The lower and the upper end of a range of times.
type Ends<'s> = (&'s mut Option<Timestamp>, &'s mut Option<Timestamp>);

fn narrow((minimum, maximum): Ends<'_>, from: Option<i64>, to: Option<i64>) {
    if let Some(from) = from {
        let narrowed = minimum.map_or(from, |minimum| minimum.0.max(from));
        *minimum = Some(Timestamp(narrowed));
    }
    if let Some(to) = to {
        let narrowed = maximum.map_or(to, |maximum| maximum.0.min(to));
        *maximum = Some(Timestamp(narrowed));
    }
}

fn expected(text: &str) -> String {
    let names: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
    format!(
        "{text:?} is no condition: give FIELD=VALUE, with one of {}",
        names.join(", ")
    )
}

/// The first second of a day in UTC.
fn day(text: &str) -> Option<i64> {
    // The library knows dates as values of fields: noon of their day.
    let date = Field::new(0, "date", "Date").value(text).ok()?;
    let noon = date.value?.as_date()?;
    Some(noon.0 - noon.0.rem_euclid(LAST_SECOND + 1))
}

#[cfg(test)]
mod tests {
    use copper_crm::types::{CompanySearch, LeadSearch, LeadStatusId, PersonSearch};

    use super::*;

    fn search(terms: &[&str]) -> LeadSearch {
        let directory = Directory::default().with_statuses([(LeadStatusId(7), "New")]);
        let mut search = LeadSearch::default();
        for term in terms {
            let term = Term::parse(term).expect("a condition");
            term.add(&mut search, &directory).expect("a name");
        }
        search
    }

    #[test]
    fn each_condition_is_a_part_of_the_search() {
        let found = search(&["status=new", "City = Scranton", "tag=a=b", "value>=10"]);
        assert_eq!(found.status_ids, [LeadStatusId(7)]);
        assert_eq!(found.city.as_deref(), Some("Scranton"));
        assert_eq!(found.tags, Some(vec!["a=b".to_owned()].into()));
        assert_eq!(found.minimum_monetary_value, Some(10.0));
    }

    #[test]
    fn a_day_lasts_from_its_first_second_to_its_last() {
        let first = 1_767_225_600;
        let times = |terms: &[&str]| {
            let found = search(terms);
            (
                found.minimum_created_date.map(|time| time.0),
                found.maximum_created_date.map(|time| time.0),
            )
        };
        for (term, expected) in [
            ("created=2026-01-01", (Some(first), Some(first + 86_399))),
            ("created>=2026-01-01", (Some(first), None)),
            ("created>2026-01-01", (Some(first + 86_400), None)),
            ("created<=2026-01-01", (None, Some(first + 86_399))),
            ("created<2026-01-01", (None, Some(first - 1))),
        ] {
            assert_eq!(times(&[term]), expected, "{term}");
        }
        assert_eq!(
            times(&[
                "created>=2026-01-01",
                "created>=2025-01-01",
                "created<2026-02-01"
            ]),
            (Some(first), Some(first + 31 * 86_400 - 1))
        );
    }

    #[test]
    fn a_name_that_the_account_does_not_have_is_an_error() {
        let term = Term::parse("status=Neww").expect("a condition");
        let directory = Directory::default().with_statuses([(LeadStatusId(7), "New")]);
        let error = term
            .add(&mut LeadSearch::default(), &directory)
            .expect_err("no such status");
        assert!(error.contains("did you mean \"New\"?"), "{error}");
    }

    #[test]
    fn people_and_companies_have_conditions_of_their_own() {
        let term = |text: &str| Term::parse(text).expect("a condition");
        let directory = Directory::default();
        let mut people = PersonSearch::default();
        for text in [
            "email=pam@example.com",
            "created>=2026-01-01",
            "city=Scranton",
        ] {
            term(text).add(&mut people, &directory).expect("a name");
        }
        assert_eq!(people.emails, ["pam@example.com"]);
        assert_eq!(people.city.as_deref(), Some("Scranton"));
        let mut companies = CompanySearch::default();
        term("email_domain=example.com")
            .add(&mut companies, &directory)
            .expect("a name");
        assert_eq!(companies.email_domains.as_deref(), Some("example.com"));
        for text in [
            "status=New",
            "value>=5",
            "modified>=2026-01-01",
            "title=Clerk",
        ] {
            let error = term(text).add(&mut people, &directory).expect_err(text);
            assert!(error.contains("is no condition on people"), "{error}");
        }
    }
}
