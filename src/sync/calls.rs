//! The syncs that users call: of leads, people and companies.

use super::{Sync, SyncRun};
use crate::{
    Copper, NewLead,
    run::Source,
    types::{NewCompany, NewPerson},
};

impl Copper {
    /// Brings leads in step with a source, sending only what differs.
    ///
    /// The input is read to its end first. Then the leads of Copper are read, 200 a request, and compared with
    /// the records by the key of the [`Sync`]. A record without a lead is created, one whose lead differs
    /// changes that lead, only in the fields that differ. All else is left alone: what records do not name,
    /// leads that the input does not have, records that share a key, and leads that do.
    ///
    /// Reading 50,000 leads takes 250 requests; upserting them takes 50,000. Creates and updates go ten to a
    /// request.
    ///
    /// Guaranteed beside what holds for all [runs](crate::bulk::Run):
    ///
    /// - A create in doubt is looked up by the key before its outcome is given out, as
    ///   [`Run::reconcile`](crate::bulk::Run::reconcile) does.
    /// - A lead that is to be changed is read again just before, and what is sent is what differs then. Copper
    ///   has no conditional update: what others change between that reading and the update, some seconds, may
    ///   be overwritten in the fields that are sent.
    /// - A lead that others create with the same key after it was looked for is not known: the key is then
    ///   there twice, and the next sync names both. The same goes for a lead that Copper's search does not
    ///   find yet.
    ///
    /// The records stay in memory until their outcomes are given out, and beside them some 50 bytes for each;
    /// of the leads of Copper only ids are kept.
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

    /// Brings people in step with a source, as [`sync_leads`](Self::sync_leads) does with leads.
    ///
    /// By e-mail address, a person is the same who has any of the addresses that the record has. A record that means
    /// two people, and two records that mean one, are named and left alone. The addresses of a person are a
    /// list, which becomes that of the record; [`Lists::Add`](crate::sync::Lists::Add) keeps the others.
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

    /// Brings companies in step with a source, as [`sync_leads`](Self::sync_leads) does with leads: by
    /// [name](Sync::by_name), by [domain](Sync::by_email_domain) or by a custom field.
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
