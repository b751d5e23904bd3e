//! The methods with which users sync leads, people and companies.

use super::{Sync, SyncRun};
use crate::{
    Copper, NewLead,
    run::Source,
    types::{NewCompany, NewPerson},
};

impl Copper {
    /// Makes the leads in Copper agree with a source. Sends only what differs.
    ///
    /// The sync first reads the input to its end. Then it reads the leads of Copper, 200 in a request, and compares
    /// them with the records by the key of the [`Sync`]. A record without a lead is created. If a record's lead
    /// differs, the lead is changed, only in the fields that differ. Everything else is left alone: fields that a
    /// record does not name, leads that the input does not have, records that share a key, and leads that share a key.
    ///
    /// Reading 50,000 leads takes 250 requests; upserting them takes 50,000. A request holds up to ten creates
    /// or updates.
    ///
    /// In addition to the guarantees of all [runs](crate::bulk::Run), a sync guarantees:
    ///
    /// - A create in doubt is looked up by its key before its outcome is returned, as
    ///   [`Run::reconcile`](crate::bulk::Run::reconcile) does.
    /// - A lead is read again just before it is changed, by the same search. Only fields that differ then are sent. A
    ///   lead that the search no longer finds is left alone. Copper has no
    ///   conditional update. If others change the lead in the seconds between that reading and the update, their
    ///   changes to the fields that are sent may be overwritten.
    /// - The sync does not see a lead that others create with the same key after it has read Copper, or that Copper's
    ///   search does not find yet. Then two leads have the key. The next sync reports both.
    /// - A converted lead is no longer a lead, so its record is created again. To leave such records alone, find
    ///   converted leads as well, with `Sync::within(LeadSearch::default().include_converted_leads(true))`.
    ///
    /// The records stay in memory until their outcomes are returned, with about 50 more bytes for each. Of the leads in
    /// Copper, only the ids are kept.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::{NewLead, sync::{Sync, SyncOutcome}};
    ///
    /// let record = |name: &str| NewLead::named(name).email(format!("{name}@example.com"));
    /// let first = ["Jim", "Pam"].map(record);
    /// let mut run = copper.sync_leads(first, Sync::by_email());
    /// while run.next().await.is_some() {}
    /// assert_eq!(run.summary().created, 2);
    ///
    /// let second = [record("Jim"), record("Pam").title("Manager"), record("Ryan")];
    /// let mut run = copper.sync_leads(second, Sync::by_email());
    /// while let Some(item) = run.next().await {
    ///     match item.outcome {
    ///         SyncOutcome::Created(lead) => println!("#{} is {}", item.index, lead.id),
    ///         SyncOutcome::Updated(updated) => println!("#{}: {}", item.index, updated.changes[0]),
    ///         SyncOutcome::Unchanged { id } => println!("#{} is {id}", item.index),
    ///         SyncOutcome::Rejected(why) => eprintln!("correct {}: {why}", item.input.name),
    ///         SyncOutcome::NotSent(why) => eprintln!("sync again #{}: {why}", item.index),
    ///         SyncOutcome::Unknown(why) => eprintln!("look up #{}: {why}", item.index),
    ///     }
    /// }
    /// assert_eq!(
    ///     run.summary().to_string(),
    ///     "3 leads: 1 created, 1 updated, 1 unchanged, 0 rejected, 0 not sent, 0 unknown"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/leads/list-leads-search.html>
    pub fn sync_leads<'a>(
        &self,
        records: impl Source<'a, NewLead, Key = ()>,
        sync: Sync,
    ) -> SyncRun<'a> {
        SyncRun::new(self, records, sync)
    }

    /// Makes the people in Copper agree with a source, as [`sync_leads`](Self::sync_leads) does with leads.
    ///
    /// By e-mail address, a record and a person are the same if they have one address in common. If a record matches
    /// two people, or two records match one person, they are reported and left alone. A person's list of addresses
    /// becomes that of the record; [`Lists::Add`](crate::sync::Lists::Add) keeps the other addresses.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::{sync::{Lists, Policies, Sync}, types::NewPerson};
    ///
    /// let pam = || NewPerson::named("Pam Beesly").email("pam@example.com");
    /// let by_email = || Sync::by_email().policies(Policies::default().lists(Lists::Add));
    /// let mut run = copper.sync_people([pam()], by_email());
    /// while run.next().await.is_some() {}
    /// let mut run = copper.sync_people([pam().title("Manager"), NewPerson::named("Jim")], by_email());
    /// while run.next().await.is_some() {}
    /// assert_eq!(
    ///     run.summary().to_string(),
    ///     "2 people: 0 created, 1 updated, 0 unchanged, 1 rejected, 0 not sent, 0 unknown"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/people/list-people-search.html>
    pub fn sync_people<'a>(
        &self,
        records: impl Source<'a, NewPerson, Key = ()>,
        sync: Sync<NewPerson>,
    ) -> SyncRun<'a, NewPerson> {
        SyncRun::new(self, records, sync)
    }

    /// Makes the companies in Copper agree with a source, as [`sync_leads`](Self::sync_leads) does with leads. The key
    /// is the [name](Sync::by_name), the [domain](Sync::by_email_domain) or a custom field.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
    /// # let copper = sandbox.copper().build()?;
    /// use copper_crm::{sync::Sync, types::NewCompany};
    ///
    /// let companies = ["Dunder Mifflin", "Sabre"].map(NewCompany::named);
    /// let mut run = copper.sync_companies(companies, Sync::by_name());
    /// while run.next().await.is_some() {}
    /// let mut run = copper.sync_companies([NewCompany::named("SABRE")], Sync::by_name().update_only());
    /// while run.next().await.is_some() {}
    /// assert_eq!(
    ///     run.summary().to_string(),
    ///     "1 companies: 0 created, 1 updated, 0 unchanged, 0 rejected, 0 not sent, 0 unknown"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// API: <https://developer.copper.com/companies/list-companies-search.html>
    pub fn sync_companies<'a>(
        &self,
        records: impl Source<'a, NewCompany, Key = ()>,
        sync: Sync<NewCompany>,
    ) -> SyncRun<'a, NewCompany> {
        SyncRun::new(self, records, sync)
    }
}
