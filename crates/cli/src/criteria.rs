//! The criteria of a search that a condition of `--where` can set, for each kind of record.

use copper_crm::types::{
    CompanySearch, ContactTypeId, CustomerSourceId, LeadSearch, LeadStatusId, PersonSearch,
    TagFilter, Timestamp, UserId,
};

/// A criterion that is a text.
#[derive(Clone, Copy, Debug)]
pub enum Text {
    Name,
    EmailDomain,
    Company,
    Title,
    City,
    State,
    PostalCode,
    Country,
}

/// Two ends of a range.
type Ends<'s, T> = (&'s mut Option<T>, &'s mut Option<T>);

/// A search. What it does not have is none.
pub trait Criteria: Default {
    /// The noun for what it finds.
    const MANY: &'static str;
    fn owners(&mut self) -> &mut Vec<UserId>;
    fn tags(&mut self) -> &mut Option<TagFilter>;
    fn created(&mut self) -> Ends<'_, Timestamp>;
    fn contacted(&mut self) -> Ends<'_, Timestamp>;
    fn text(&mut self, text: Text) -> Option<&mut Option<String>>;
    /// Returns false if the search has another address already.
    fn set_email(&mut self, _: &str) -> Option<bool> {
        None
    }
    fn statuses(&mut self) -> Option<&mut Vec<LeadStatusId>> {
        None
    }
    fn sources(&mut self) -> Option<&mut Vec<CustomerSourceId>> {
        None
    }
    fn contact_types(&mut self) -> Option<&mut Vec<ContactTypeId>> {
        None
    }
    fn modified(&mut self) -> Option<Ends<'_, Timestamp>> {
        None
    }
    fn value(&mut self) -> Option<Ends<'_, f64>> {
        None
    }
}

/// Writes what all of them have, and the texts that this one has beside the name and the parts of an address.
macro_rules! criteria {
    ($($search:ident $many:literal [$($text:ident $field:ident),*] { $($more:item)* })*) => {$(
        impl Criteria for $search {
            const MANY: &'static str = $many;

            fn owners(&mut self) -> &mut Vec<UserId> {
                &mut self.assignee_ids
            }

            fn tags(&mut self) -> &mut Option<TagFilter> {
                &mut self.tags
            }

            fn created(&mut self) -> Ends<'_, Timestamp> {
                (&mut self.minimum_created_date, &mut self.maximum_created_date)
            }

            fn contacted(&mut self) -> Ends<'_, Timestamp> {
                (&mut self.minimum_interaction_date, &mut self.maximum_interaction_date)
            }

            fn text(&mut self, text: Text) -> Option<&mut Option<String>> {
                Some(match text {
                    Text::Name => &mut self.name,
                    Text::City => &mut self.city,
                    Text::State => &mut self.state,
                    Text::PostalCode => &mut self.postal_code,
                    Text::Country => &mut self.country,
                    $(Text::$text => &mut self.$field,)*
                    _ => return None,
                })
            }

            $($more)*
        }
    )*};
}

criteria! {
    LeadSearch "leads" [Company company_name, Title title] {
        fn set_email(&mut self, address: &str) -> Option<bool> {
            Some(self.emails.replace(address.to_owned()).is_none())
        }

        fn statuses(&mut self) -> Option<&mut Vec<LeadStatusId>> {
            Some(&mut self.status_ids)
        }

        fn sources(&mut self) -> Option<&mut Vec<CustomerSourceId>> {
            Some(&mut self.customer_source_ids)
        }

        fn modified(&mut self) -> Option<Ends<'_, Timestamp>> {
            Some((&mut self.minimum_modified_date, &mut self.maximum_modified_date))
        }

        fn value(&mut self) -> Option<Ends<'_, f64>> {
            Some((&mut self.minimum_monetary_value, &mut self.maximum_monetary_value))
        }
    }
    PersonSearch "people" [] {
        fn set_email(&mut self, address: &str) -> Option<bool> {
            let is_first = self.emails.is_empty();
            self.emails = vec![address.to_owned()];
            Some(is_first)
        }

        fn contact_types(&mut self) -> Option<&mut Vec<ContactTypeId>> {
            Some(&mut self.contact_type_ids)
        }
    }
    CompanySearch "companies" [EmailDomain email_domains] {
        fn contact_types(&mut self) -> Option<&mut Vec<ContactTypeId>> {
            Some(&mut self.contact_type_ids)
        }
    }
}
