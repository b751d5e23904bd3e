//! A condition of `--where`: a field, a comparison and a value, as part of a search.

use copper_crm::{
    directory::{Directory, DirectoryError, DirectoryKind, Field},
    types::{MatchOption, TagFilter, TagMatch, Timestamp},
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
                let (from, to) = match self.comparison {
                    Comparison::Is => (Some(*number), Some(*number)),
                    Comparison::AtLeast => (Some(*number), None),
                    Comparison::Above => (Some(number.next_up()), None),
                    Comparison::AtMost => (None, Some(*number)),
                    Comparison::Below => (None, Some(number.next_down())),
                };
                if let Some(from) = from {
                    *minimum = Some(minimum.map_or(from, |minimum| minimum.max(from)));
                }
                if let Some(to) = to {
                    *maximum = Some(maximum.map_or(to, |maximum| maximum.min(to)));
                }
            }),
        };
        found.ok_or_else(|| format!("`{}` is no condition on {}", self.name, S::MANY))
    }

    /// Gives nothing if the search has no such criterion. A search takes one value of a field, except for tags.
    fn add_text<S: Criteria>(
        &self,
        text: &str,
        search: &mut S,
        directory: &Directory,
    ) -> Result<Option<()>, String> {
        let twice = || {
            let name = self.name;
            format!("`{name}=` is there twice, and no record has two values of {name}")
        };
        Ok(match self.field {
            Named::Status => set(search.statuses(), || directory.status(text), twice)?,
            Named::Source => set(search.sources(), || directory.source(text), twice)?,
            Named::ContactType => {
                let types = search.contact_types();
                set(types, || directory.contact_type(text), twice)?
            }
            Named::Owner => set(Some(search.owners()), || directory.user(text), twice)?,
            Named::Tag => {
                let tags = search.tags();
                *tags = Some(with_tag(tags.take(), text));
                Some(())
            }
            Named::Email => match search.set_email(text) {
                Some(false) => return Err(twice()),
                set => set.map(|_| ()),
            },
            Named::Text(of) => match search.text(of) {
                Some(Some(_)) => return Err(twice()),
                field => field.map(|field| *field = Some(text.to_owned())),
            },
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

/// Sets the only id of a list, if the search has the list.
fn set<T>(
    ids: Option<&mut Vec<T>>,
    id: impl FnOnce() -> Result<T, DirectoryError>,
    twice: impl FnOnce() -> String,
) -> Result<Option<()>, String> {
    let Some(ids) = ids else {
        return Ok(None);
    };
    if !ids.is_empty() {
        return Err(twice());
    }
    ids.push(id().map_err(|error| error.to_string())?);
    Ok(Some(()))
}

/// Adds a tag that each record must have.
fn with_tag(tags: Option<TagFilter>, tag: &str) -> TagFilter {
    let mut all = match tags {
        None => return vec![tag.to_owned()].into(),
        Some(TagFilter::Any(tags)) => tags,
        Some(TagFilter::By(tags)) => tags.value,
    };
    all.push(tag.to_owned());
    TagFilter::By(TagMatch {
        option: MatchOption::All,
        value: all,
    })
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
    fn all_conditions_must_be_true() {
        let range = |terms: &[&str]| {
            let found = search(terms);
            (found.minimum_monetary_value, found.maximum_monetary_value)
        };
        assert_eq!(range(&["value>=10", "value>=5"]), (Some(10.0), None));
        assert_eq!(range(&["value<=5", "value<=10"]), (None, Some(5.0)));
        assert_eq!(range(&["value>=10", "value=5"]), (Some(10.0), Some(5.0)));
        let tags = |terms: &[&str]| serde_json::to_value(search(terms).tags).expect("JSON");
        assert_eq!(tags(&["tag=a"]), serde_json::json!(["a"]));
        let all = serde_json::json!({"option": "ALL", "value": ["a", "b", "c"]});
        assert_eq!(tags(&["tag=a", "tag=b", "tag=c"]), all);
    }

    #[test]
    fn two_values_of_one_field_are_refused() {
        let directory = Directory::default()
            .with_statuses([(LeadStatusId(7), "New"), (LeadStatusId(8), "Junk")]);
        for terms in [
            ["status=New", "status=Junk"],
            ["city=Scranton", "city=Utica"],
            ["email=a@example.com", "email=b@example.com"],
        ] {
            let [first, second] = terms.map(|term| Term::parse(term).expect("a condition"));
            let mut search = LeadSearch::default();
            first.add(&mut search, &directory).expect("one value");
            let error = second.add(&mut search, &directory).expect_err("two values");
            assert!(error.contains("is there twice"), "{error}");
        }
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
