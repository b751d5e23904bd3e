//! Upserts of many leads, through the same pipeline: one lead per request, matched by a value that the lead
//! itself has. So every repetition finds the same lead.

use progenitor_client::Error;
use serde::Serialize;

use crate::{
    Copper,
    client::Client,
    endpoint::{BulkResult, Endpoint},
    generated::operation,
    item::{Item, item_of_body, item_of_record},
    operation::Operation,
    outcome::Rejection,
    run::{Run, Source},
    types::{CustomFieldDefinitionId, Lead, LeadMatch, NewLead, UpsertLead},
};

/// The match of an upsert run: the value by which it finds leads that are already there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum MatchBy {
    /// By the lead's own e-mail address.
    Email,
    /// By the value that the lead has in this custom field, such as a key of your own. The field must be
    /// available on leads and filterable.
    CustomField(CustomFieldDefinitionId),
}

impl MatchBy {
    /// The match of this lead. None if it lacks the value.
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

    /// The field that a lead needs, and the message if it lacks it.
    fn missing(self) -> Rejection {
        match self {
            Self::Email => Rejection::unsent(
                "email",
                "it is missing, and the lead is matched by it".to_owned(),
            ),
            Self::CustomField(id) => Rejection::unsent(
                "custom_fields",
                format!("it has no value in field {id}, and the lead is matched by it"),
            ),
        }
    }
}

/// The requests of an upsert run, with one lead each.
pub struct UpsertLeads(Vec<UpsertLead>);

impl Endpoint for UpsertLeads {
    type Input = NewLead;
    type Output = Lead;
    type Terms = MatchBy;
    const OPERATION: &'static Operation = operation::UPSERT_LEAD;

    fn wrap(leads: Vec<NewLead>, by: &MatchBy) -> Self {
        let request = |lead| UpsertLead {
            // The lead has a value: `key` was called before.
            match_: by.of(&lead).unwrap_or_else(|| LeadMatch::email("")),
            properties: lead,
        };
        Self(leads.into_iter().map(request).collect())
    }

    fn into_records(self) -> Vec<NewLead> {
        self.0
            .into_iter()
            .map(|request| request.properties)
            .collect()
    }

    #[allow(private_interfaces, reason = "this is what seals the trait")]
    async fn send(client: &Client, requests: &Self) -> BulkResult<Lead> {
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
            // Copper compares addresses without case.
            Some(found_by) => Ok(Some(found_by.field_value.to_string().to_lowercase())),
            None => Err(by.missing()),
        }
    }

    fn place(base_url: &str, by: &MatchBy) -> String {
        format!("{base_url} {by:?}")
    }
}

impl Copper {
    /// Updates the lead that matches, or creates one if none does, for any number of leads. It is idempotent:
    /// you can run the whole sync again, and it creates nothing twice.
    ///
    /// Use it if the same leads come again and again, or if it must not matter how often the program runs: a
    /// nightly sync, a web form, a few hundred rows. For a first load of many leads, use
    /// [`bulk_create_leads`](Self::bulk_create_leads). That puts ten leads into a request. An upsert run
    /// sends one, so it has a tenth of the speed: at most some 170 leads a minute.
    ///
    /// It is a [`Run`] like that of a bulk endpoint, with the same outcomes, except that:
    ///
    /// - A request in doubt is sent again a few times before its lead is
    ///   [`Unknown`](crate::Outcome::Unknown). An `Unknown` upsert may simply be repeated.
    /// - A lead that lacks the value to match by is [`Rejected`](crate::Outcome::Rejected) before anything is
    ///   sent. A lead that several leads in Copper match is rejected as well, and
    ///   [`matching_ids`](crate::bulk::Rejection::matching_ids) has their ids.
    /// - Leads with the same address or value are sent one after the other, in the order of the input, so a
    ///   later one updates the lead that an earlier one created.
    /// - Fields that a lead leaves out stay unchanged. **All others are replaced whole, also lists (phone numbers,
    ///   tags, websites, socials) and the address**: a lead in Copper with two phones and three tags keeps one
    ///   phone and one tag if the record has one of each. To add to lists, use
    ///   [`sync_leads`](Self::sync_leads) with [`Lists::Add`](crate::sync::Lists::Add).
    /// - Its requests count as single calls and not as bulk requests. The first 171 leads are sent as fast as
    ///   answers come. Nine requests of each minute are left to single calls, which go first. A bulk run at
    ///   the same time takes turns with it.
    /// - A [`journal`](Run::journal) is not needed to repeat it, but saves the work that is already done. A
    ///   request that was in flight is sent again, even after a later record of the same lead. So if several
    ///   records of the input match one lead, repeat the whole run without a journal. The journal belongs to
    ///   its `match_by` as well as to its input.
    ///
    /// By Copper's documentation, the next upsert should find a created lead at once. Nobody has verified
    /// this.
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
