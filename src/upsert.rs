//! Upserts of many leads, through the same pipeline: one lead a request, each found again by what the
//! caller says. That is taken from the lead itself, for only a lead that carries what it is found by is
//! found when the whole is repeated.

use progenitor_client::Error;
use serde::Serialize;

use crate::{
    Copper,
    client::Client,
    endpoint::{Answer, Endpoint},
    generated::operation,
    item::{Item, item_of_body, item_of_record},
    operation::Operation,
    outcome::Rejection,
    run::{Run, Source},
    types::{CustomFieldDefinitionId, Lead, LeadMatch, NewLead, UpsertLead},
};

/// By what an upsert run finds the leads that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum MatchBy {
    /// By the lead's own e-mail address.
    Email,
    /// By the value that the lead itself has in this custom field, which must be available on leads and
    /// filterable: a key of the caller's own, say.
    CustomField(CustomFieldDefinitionId),
}

impl MatchBy {
    /// The match for this lead; none if it lacks the value.
    fn of(self, lead: &NewLead) -> Option<LeadMatch> {
        match self {
            Self::Email => {
                let email = lead.email.as_ref()?.email.trim();
                (!email.is_empty()).then(|| LeadMatch::email(email))
            }
            Self::CustomField(id) => {
                let fields = lead.custom_fields.iter();
                let mut of_it = fields.filter(|field| field.custom_field_definition_id == id);
                let value = of_it.next()?.value.clone();
                let value = value.filter(|value| !value.is_blank())?;
                Some(LeadMatch::custom_field(id, value))
            }
        }
    }

    /// The field that a lead can't do without, and what to say if it does.
    fn missing(self) -> Rejection {
        match self {
            Self::Email => Rejection::unsent(
                "email",
                "it has none, and was to be matched by it".to_owned(),
            ),
            Self::CustomField(id) => Rejection::unsent(
                "custom_fields",
                format!("it has no value in field {id}, and was to be matched by it"),
            ),
        }
    }
}

/// The requests of an upsert run, of one lead each.
pub struct UpsertLeads(Vec<UpsertLead>);

impl Endpoint for UpsertLeads {
    type Input = NewLead;
    type Output = Lead;
    type Terms = MatchBy;
    const OPERATION: &'static Operation = operation::UPSERT_LEAD;

    fn wrap(leads: Vec<NewLead>, by: &MatchBy) -> Self {
        let request = |lead| UpsertLead {
            // It has one: `key` was asked before.
            match_: by.of(&lead).unwrap_or_else(|| LeadMatch::email("")),
            properties: lead,
        };
        Self(leads.into_iter().map(request).collect())
    }

    fn unwrap(self) -> Vec<NewLead> {
        self.0
            .into_iter()
            .map(|request| request.properties)
            .collect()
    }

    #[allow(private_interfaces, reason = "this is what seals the trait")]
    async fn send(client: &Client, requests: &Self) -> Answer<Lead> {
        let mut items: Vec<Item<Lead>> = Vec::with_capacity(requests.0.len());
        for request in &requests.0 {
            let answer = client.upsert_lead(client.inner.computed(), request).await;
            items.push(match answer {
                Ok(lead) => item_of_record(lead.into_inner()),
                Err(Error::InvalidResponsePayload(body, error)) => match item_of_body(&body) {
                    Some(item) => item,
                    None => return Err(Error::InvalidResponsePayload(body, error)),
                },
                Err(error) => return Err(error),
            });
        }
        let credentials = client.inner.credentials();
        Ok(items
            .into_iter()
            .map(|item| item.without(credentials))
            .collect())
    }

    fn key(lead: &NewLead, by: &MatchBy) -> Result<Option<String>, Rejection> {
        match by.of(lead) {
            // Addresses are the same to Copper whatever their case.
            Some(found_by) => Ok(Some(found_by.field_value.to_string().to_lowercase())),
            None => Err(by.missing()),
        }
    }

    fn place(base_url: &str, by: &MatchBy) -> String {
        format!("{base_url} {by:?}")
    }
}

impl Copper {
    /// Updates the lead that matches, or creates one if none does, for any number of leads: a sync that may
    /// be run again as a whole, and creates nothing twice.
    ///
    /// Prefer it where the same leads come again and again, or where it must not matter how often the
    /// program was run: a nightly sync, a form, a few hundred rows. For a first load of many leads prefer
    /// [`bulk_create_leads`](Self::bulk_create_leads): it puts ten leads into a request, so that an upsert
    /// run, with one, gets a tenth of its speed, at most some 170 leads a minute.
    ///
    /// It is a [`Run`] like that of a bulk endpoint, with the same outcomes, and differs in these:
    ///
    /// - What is left in doubt is sent again, a few times, before it is
    ///   [`Unknown`](crate::Outcome::Unknown); and `Unknown` means just to upsert it once more.
    /// - A lead that lacks what it is matched by is [`Rejected`](crate::Outcome::Rejected) before anything
    ///   is sent. One that several leads match is rejected too, and
    ///   [`matching_ids`](crate::bulk::Rejection::matching_ids) names them.
    /// - Leads with the same e-mail, or the same value, are sent one after the other, in the order of the
    ///   input, so that the later updates what the earlier created.
    /// - Fields that a lead leaves out stay as they are.
    /// - Requests count with single calls, not as bulk ones. The first 171 leads go out as fast as answers
    ///   come; nine requests of each minute are left to single calls, which go first, and a bulk run beside
    ///   it takes turns with it.
    /// - A [`journal`](Run::journal) is not needed to repeat it, but spares what is done already. What was
    ///   in flight is sent again, be it after a later record of the same lead that is done: an input with
    ///   such records is better repeated as a whole, without one. It belongs to its `match_by` as well as
    ///   to its input.
    ///
    /// That a lead which was created is found by the next upsert at once is what Copper's documentation
    /// lets one expect, but nobody has verified it.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::{NewLead, bulk::MatchBy, types::Email};
    ///
    /// let lead = |name: &str| NewLead {
    ///     email: Some(Email::new(format!("{name}@example.com"))),
    ///     ..NewLead::named(name)
    /// };
    /// for _night in 1..=2 {
    ///     let mut run = copper.upsert_leads(["Jim", "Pam"].map(lead), MatchBy::Email);
    ///     while run.next().await.is_some() {}
    ///     assert_eq!(run.summary().done, 2);
    /// }
    /// assert_eq!(sandbox.leads().len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/leads/upsert-a-lead.html>
    pub fn upsert_leads<'a, K>(
        &self,
        leads: impl Source<'a, NewLead, Key = K>,
        match_by: MatchBy,
    ) -> Run<'a, UpsertLeads, K> {
        Run::with_terms(self.clone(), leads, match_by)
    }
}
