//! Settles what is in doubt by looking it up. It is never settled by a guess: a lead is `Done` only if
//! one lead in Copper can be it and no other lead of the input, and absent only by the caller's word on
//! how long a search may lag.
//!
//! What to conclude and when to look is decided on plain values in `decision` and `schedule`; `lookup` acts
//! on it, in the chunk's own task.

mod decision;
mod key_index;
mod leads;
mod lookup;
mod lookup_state;
mod matcher;
mod normalized_lead;
mod schedule;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

pub(crate) use decision::Likeness;
use key_index::KeyIndex;
use leads::LeadMatcher;
pub(crate) use lookup_state::LookupState;
pub(crate) use matcher::Matcher;

use crate::{
    CustomValue,
    journal::{Entry, Fingerprint, Journal, RecoveredState},
    run::Run,
    types::{BulkCreateLeads, CustomFieldDefinitionId, NewLead},
};

/// How leads that are in doubt are recognised in Copper, and what is done about those that are not
/// there; for [`Run::reconcile`].
///
/// ```
/// use std::time::Duration;
/// use copper_crm::{NewLead, bulk::Reconcile};
///
/// let by_tag = Reconcile::by_tag("import 2026-11-24 fair.csv").absent_after(Duration::from_secs(600));
/// let by_row = Reconcile::by_custom_field(128_067, |lead: &NewLead| lead.name.clone()).send_again();
/// ```
#[derive(Clone)]
pub struct Reconcile {
    mark: LeadMatcher,
    absent_after: Option<Duration>,
    send_again: bool,
}

impl Reconcile {
    /// Recognises a lead by its e-mail address, whatever its case. Leads without one stay
    /// [`Unknown`](crate::bulk::Outcome::Unknown), and so do those whose address another lead of the input has
    /// as well, if one with it is found.
    ///
    /// A lead that was created more than ten seconds before the request, by Copper's clock and this
    /// machine's, is not taken for its effect: it may have been there before.
    pub fn by_email() -> Self {
        Self::by(LeadMatcher::Email)
    }

    /// Recognises a lead by a tag, which the run puts on all its leads beside their own, and by what it
    /// holds: name, e-mail address, company, title, details, phone numbers, web sites, street, city and
    /// postal code, as far as letters and digits go. Leads that are alike in all of these stay
    /// [`Unknown`](crate::bulk::Outcome::Unknown) if one is found.
    ///
    /// Take a tag that no other import has, such as one with its date and the name of its file.
    pub fn by_tag(tag: impl Into<String>) -> Self {
        Self::by(LeadMatcher::Tag(tag.into()))
    }

    /// Recognises a lead by a custom field of the account, in which the run puts a key of the lead's: the
    /// number of its row, or its id in another system. Keys must differ; leads with the same one stay
    /// [`Unknown`](crate::bulk::Outcome::Unknown) if one with it is found, and so do those whose key is empty.
    ///
    /// The field must be one that leads can have; a text field is best. As Copper can't search text
    /// fields, all leads that were created at the time are read, 200 a request.
    pub fn by_custom_field<V: Into<CustomValue>>(
        definition: impl Into<CustomFieldDefinitionId>,
        key: impl Fn(&NewLead) -> V + Send + Sync + 'static,
    ) -> Self {
        let key = move |lead: &NewLead| key(lead).into();
        Self::by(LeadMatcher::Field(definition.into(), Arc::new(key)))
    }

    fn by(mark: LeadMatcher) -> Self {
        Self {
            mark,
            absent_after: None,
            send_again: false,
        }
    }

    /// Takes a lead for absent that a search does not find which began this long after its request was
    /// given up on: it comes back as [`NotSent`](crate::bulk::Outcome::NotSent).
    ///
    /// With it you promise that by then Copper no longer works on the request, and that its search finds
    /// what the request created: give the sum of both times. Neither is documented. If it is too short, a
    /// lead is called absent that is there, and sending it again creates it twice.
    ///
    /// It counts from when all requests of the lead's chunk have an answer or have failed; for leads that an
    /// earlier start left in doubt, from when this start has opened the journal.
    pub fn absent_after(mut self, duration: Duration) -> Self {
        self.absent_after = Some(duration);
        self
    }

    /// Sends leads that are absent again, up to three times, before they come back as
    /// [`NotSent`](crate::bulk::Outcome::NotSent). Nothing is absent without
    /// [`absent_after`](Self::absent_after).
    pub fn send_again(mut self) -> Self {
        self.send_again = true;
        self
    }
}

/// Without the tag, which is the user's own.
impl fmt::Debug for Reconcile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reconcile")
            .field("by", &self.mark.way().to_string())
            .field("absent_after", &self.absent_after)
            .field("send_again", &self.send_again)
            .finish()
    }
}

impl Run<'_, BulkCreateLeads> {
    /// Looks up in Copper the leads that are in doubt, of this start and, with a
    /// [journal](Run::journal), of earlier ones, before their outcomes are given out. One that is found is
    /// [`Done`](crate::bulk::Outcome::Done), with the lead as it was found.
    ///
    /// A lead is looked for at once and then, at growing intervals, for a minute, or as long as
    /// [`absent_after`](Reconcile::absent_after) says. Then it stays [`Unknown`](crate::bulk::Outcome::Unknown),
    /// which says [until when](crate::bulk::Unknown::looked_until) it was looked for and why that settled
    /// nothing. Nothing is looked up while Copper is down, nor after the run was stopped.
    ///
    /// [`Settled::input`](crate::bulk::Settled::input) and the journal know the leads as they were handed in,
    /// without the mark that the run puts on them. A lead that an earlier start sent without this very mark
    /// stays in doubt, as does one from a journal that an earlier version of this crate wrote.
    ///
    /// Searches go through the limiter like all other calls. While leads are looked for, up to 16 requests
    /// in all are unsettled; the run goes on when the oldest is settled. To know that a lead is the only one
    /// of its kind in the input, a hash of each is kept, but for those that a [check](Run::checked) keeps
    /// back. With half a million leads that was 36 bytes a lead, and 53 while the table grew; and some 30
    /// more for each of which the journal has the hash already.
    ///
    /// What is assumed: the clocks of this machine and of Copper differ by less than two minutes; nobody
    /// changes or deletes the lead, or takes off its mark, before it is found.
    ///
    /// ```
    /// use std::time::Duration;
    /// use copper_crm::{NewLead, Outcome, bulk::Reconcile, sandbox::{Fault, Sandbox, When}, types::Email};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::start().await?;
    /// // The first request is lost after its leads were created, the second before.
    /// sandbox.inject(Fault::ResetAfter, When::nth(1).of("bulk_create_leads"));
    /// sandbox.inject(Fault::ResetBefore, When::nth(2).of("bulk_create_leads"));
    ///
    /// let leads = (1..=20).map(|n| NewLead {
    ///     email: Some(Email::new(format!("{n}@example.com"))),
    ///     ..NewLead::named(format!("Lead {n}"))
    /// });
    /// let copper = sandbox.copper().build()?;
    /// // The sandbox's search does not lag. At Copper, some minutes are wise.
    /// let by_email = Reconcile::by_email().absent_after(Duration::from_millis(10)).send_again();
    /// let mut run = copper.bulk_create_leads(leads).reconcile(by_email);
    /// while let Some(item) = run.next().await {
    ///     assert!(matches!(item.outcome, Outcome::Done(_)));
    /// }
    /// assert_eq!(sandbox.leads().len(), 20);
    /// # Ok(())
    /// # }
    /// ```
    pub fn reconcile(mut self, how: Reconcile) -> Self {
        self.plan = Some(Plan {
            by: Box::new(how.mark),
            absent_after: how.absent_after,
            send_again: how.send_again,
        });
        self
    }
}

/// What a run is to do about its records in doubt.
pub(crate) struct Plan<I, T> {
    pub(crate) by: Box<dyn Matcher<I, T>>,
    pub(crate) absent_after: Option<Duration>,
    pub(crate) send_again: bool,
}

/// What all chunks of a run share for it.
pub(crate) struct Reconciler<I, T> {
    plan: Plan<I, T>,
    salt: [u8; 16],
    /// From when on no request of an earlier start is waited for any more.
    began: Instant,
    register: Mutex<KeyIndex>,
}

impl<I, T> Plan<I, T> {
    /// Begins with what earlier starts have left.
    pub(crate) fn begin(
        self,
        journal: Option<&Journal>,
        ledger: &RecoveredState,
    ) -> Reconciler<I, T> {
        // Without a journal the keys stay in memory, where any salt will do.
        let salt = journal.map(Journal::salt).or(Fingerprint::random().ok());
        let salt = salt.map_or([0; 16], |salt| salt.0);
        let way = self.by.way();
        let mut register = KeyIndex::default();
        for entry in ledger.entries() {
            let of_way = entry.keys.iter().filter(|keys| keys.way == way);
            for (index, key) in of_way.flat_map(|keys| (keys.first..).zip(&keys.keys)) {
                key.iter().for_each(|key| register.enter(index, *key));
            }
            if self.is_unread(entry) {
                register.expect_part();
            }
        }
        Reconciler {
            plan: self,
            salt,
            began: Instant::now(),
            register: Mutex::new(register),
        }
    }

    /// Whether earlier starts have sent something of these records whose keys they did not write down. What
    /// has no mark is not found by it, and so can't be taken for another.
    fn is_unread(&self, entry: &Entry) -> bool {
        !self.by.needs_mark() && !entry.is_keyed(self.by.way())
    }
}

impl<I, T> Reconciler<I, T> {
    fn register(&self) -> MutexGuard<'_, KeyIndex> {
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
