//! A condition of `--where`: a field, a comparison and a value, as part of a search.

use copper_crm::{
    directory::{Directory, DirectoryError, DirectoryKind, Field},
    types::{LeadSearch, Timestamp},
};

/// A condition on leads.
#[derive(Clone, Debug)]
pub struct Term {
    field: Named,
    comparison: Comparison,
    value: Value,
}

#[derive(Clone, Copy, Debug)]
enum Named {
    Status,
    Source,
    Owner,
    Tag,
    Text(fn(&mut LeadSearch) -> &mut Option<String>),
    /// The lower and the upper end of a range of times.
    Time(Range<Timestamp>),
    Number(Range<f64>),
}

type Range<T> = fn(&mut LeadSearch) -> (&mut Option<T>, &mut Option<T>);

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

const FIELDS: [(&str, Named); 16] = [
    ("status", Named::Status),
    ("source", Named::Source),
    ("owner", Named::Owner),
    ("tag", Named::Tag),
    ("name", Named::Text(|search| &mut search.name)),
    ("email", Named::Text(|search| &mut search.emails)),
    ("company", Named::Text(|search| &mut search.company_name)),
    ("title", Named::Text(|search| &mut search.title)),
    ("city", Named::Text(|search| &mut search.city)),
    ("state", Named::Text(|search| &mut search.state)),
    ("postal_code", Named::Text(|search| &mut search.postal_code)),
    ("country", Named::Text(|search| &mut search.country)),
    (
        "created",
        Named::Time(|search| {
            (
                &mut search.minimum_created_date,
                &mut search.maximum_created_date,
            )
        }),
    ),
    (
        "modified",
        Named::Time(|search| {
            (
                &mut search.minimum_modified_date,
                &mut search.maximum_modified_date,
            )
        }),
    ),
    (
        "contacted",
        Named::Time(|search| {
            (
                &mut search.minimum_interaction_date,
                &mut search.maximum_interaction_date,
            )
        }),
    ),
    (
        "value",
        Named::Number(|search| {
            (
                &mut search.minimum_monetary_value,
                &mut search.maximum_monetary_value,
            )
        }),
    ),
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
        let (_, field) = FIELDS
            .into_iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| expected(text))?;
        let value = match field {
            Named::Time(_) => {
                let day = day(value).ok_or("a date is wanted, such as created>=2026-01-31")?;
                Value::Day(day, day.saturating_add(LAST_SECOND))
            }
            Named::Number(_) => {
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
            _ => None,
        }
    }

    /// Adds it to a search.
    pub fn add(
        &self,
        search: &mut LeadSearch,
        directory: &Directory,
    ) -> Result<(), DirectoryError> {
        match (self.field, &self.value) {
            (Named::Status, Value::Text(name)) => search.status_ids.push(directory.status(name)?),
            (Named::Source, Value::Text(name)) => {
                search.customer_source_ids.push(directory.source(name)?);
            }
            (Named::Owner, Value::Text(name)) => search.assignee_ids.push(directory.user(name)?),
            (Named::Tag, Value::Text(tag)) => search.tags = Some(vec![tag.clone()].into()),
            (Named::Text(of), Value::Text(text)) => *of(search) = Some(text.clone()),
            (Named::Time(range), Value::Day(first, last)) => {
                let (from, to) = match self.comparison {
                    Comparison::Is => (Some(*first), Some(*last)),
                    Comparison::AtLeast => (Some(*first), None),
                    Comparison::Above => (Some(last.saturating_add(1)), None),
                    Comparison::AtMost => (None, Some(*last)),
                    Comparison::Below => (None, Some(first.saturating_sub(1))),
                };
                let (minimum, maximum) = range(search);
                if let Some(from) = from {
                    let narrowed = minimum.map_or(from, |minimum| minimum.0.max(from));
                    *minimum = Some(Timestamp(narrowed));
                }
                if let Some(to) = to {
                    let narrowed = maximum.map_or(to, |maximum| maximum.0.min(to));
                    *maximum = Some(Timestamp(narrowed));
                }
            }
            (Named::Number(range), Value::Number(number)) => {
                let (minimum, maximum) = range(search);
                let (above, below) = (number.next_up(), number.next_down());
                match self.comparison {
                    Comparison::Is => (*minimum, *maximum) = (Some(*number), Some(*number)),
                    Comparison::AtLeast => *minimum = Some(*number),
                    Comparison::Above => *minimum = Some(above),
                    Comparison::AtMost => *maximum = Some(*number),
                    Comparison::Below => *maximum = Some(below),
                }
            }
            // `parse` gives every field the value that belongs to it.
            _ => {}
        }
        Ok(())
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
    use copper_crm::types::LeadStatusId;

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
        assert!(
            error.to_string().contains("did you mean \"New\"?"),
            "{error}"
        );
    }
}
