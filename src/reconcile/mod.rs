//! Reconciliation: settles what is in doubt by looking it up, and never by a guess. A lead is `Done` only if
//! one lead in Copper can be it and no other lead of the input. It is absent only if the caller said how long a
//! search may lag.
//!
//! A chunk asks through [`Lookup`] alone. What a search proves is decided on plain values in `decision`, when to
//! search in `schedule`.

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

pub(crate) use decision::{Likeness, window};
use key_index::KeyIndex;
use leads::LeadMatcher;
pub(crate) use lookup::Lookup;
pub(crate) use matcher::{MAX_KEPT, Matcher};

use crate::{
    CustomValue,
    journal::{Entry, Fingerprint, Journal, RecoveredState},
    types::{CustomFieldDefinitionId, Lead, NewLead},
};

/// How leads that are in doubt are recognised in Copper, and what is done about those that are not
/// there; for [`Run::reconcile`](crate::bulk::Run::reconcile).
///
/// ```
/// use std::time::Duration;
/// use copper_crm::{NewLead, bulk::Reconcile};
///
/// let minutes = Duration::from_secs(600);
/// let by_tag = Reconcile::by_tag("import 2026-11-24 fair.csv").absent_after(minutes).send_again();
/// let by_row = Reconcile::by_custom_field(128_067, |lead: &NewLead| lead.name.clone());
/// ```
#[derive(Clone)]
#[must_use = "it is for `Run::reconcile`"]
pub struct Reconcile {
    mark: LeadMatcher,
    absence: Absence,
}

/// The action for a lead that no search finds.
#[derive(Clone, Copy, Debug, Default)]
enum Absence {
    /// It stays in doubt.
    #[default]
    Unknown,
    /// It is absent after this time, and not sent again.
    NotSent(Duration),
    /// It is absent after this time, and sent again.
    SentAgain(Duration),
}

impl Absence {
    fn after(self) -> Option<Duration> {
        match self {
            Self::Unknown => None,
            Self::NotSent(after) | Self::SentAgain(after) => Some(after),
        }
    }
}

/// A [`Reconcile`] by which leads can be absent: made by [`Reconcile::absent_after`], and taken by
/// [`Run::reconcile`](crate::bulk::Run::reconcile) as it is.
#[derive(Clone)]
#[must_use = "it is for `Run::reconcile`"]
pub struct AbsentAfter {
    by: Reconcile,
    after: Duration,
}

impl AbsentAfter {
    /// Sends leads that are absent again, up to three times, before they come back as
    /// [`NotSent`](crate::bulk::Outcome::NotSent).
    pub fn send_again(self) -> Reconcile {
        Reconcile {
            absence: Absence::SentAgain(self.after),
            ..self.by
        }
    }
}

impl From<AbsentAfter> for Reconcile {
    fn from(how: AbsentAfter) -> Self {
        Self {
            absence: Absence::NotSent(how.after),
            ..how.by
        }
    }
}

impl fmt::Debug for AbsentAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Reconcile::from(self.clone()).fmt(f)
    }
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
            absence: Absence::default(),
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
    pub fn absent_after(self, duration: Duration) -> AbsentAfter {
        AbsentAfter {
            by: self,
            after: duration,
        }
    }
}

impl From<Reconcile> for Plan<NewLead, Lead> {
    fn from(how: Reconcile) -> Self {
        Self {
            by: Box::new(how.mark),
            absent_after: how.absence.after(),
            send_again: matches!(how.absence, Absence::SentAgain(_)),
        }
    }
}

/// Without the tag, which is the user's own.
impl fmt::Debug for Reconcile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reconcile")
            .field("by", &self.mark.kind().to_string())
            .field("absence", &self.absence)
            .finish()
    }
}

/// The plan of a run for its records in doubt.
pub(crate) struct Plan<I, T> {
    pub(crate) by: Box<dyn Matcher<I, T>>,
    pub(crate) absent_after: Option<Duration>,
    pub(crate) send_again: bool,
}

/// The state that all chunks of a run share for it.
pub(crate) struct Reconciler<I, T> {
    plan: Plan<I, T>,
    salt: [u8; 16],
    /// From when on no request of an earlier start is waited for any more.
    began: Instant,
    index: Mutex<KeyIndex>,
}

impl<I, T> Plan<I, T> {
    /// Begins with what earlier starts have left.
    pub(crate) fn begin(
        self,
        journal: Option<&Journal>,
        recovered: &RecoveredState,
    ) -> Reconciler<I, T> {
        // Without a journal the keys stay in memory, where any salt will do.
        let salt = journal.map(Journal::salt).or(Fingerprint::random().ok());
        let salt = salt.map_or([0; 16], |salt| salt.0);
        let kind = self.by.kind();
        let mut index = KeyIndex::default();
        for entry in recovered.entries() {
            let of_kind = entry.keys.iter().filter(|keys| keys.kind == kind);
            for (at, key) in of_kind.flat_map(|keys| (keys.first..).zip(&keys.keys)) {
                key.iter().for_each(|key| index.enter(at, *key));
            }
            if self.is_unread(entry) {
                index.expect_part();
            }
        }
        Reconciler {
            plan: self,
            salt,
            began: Instant::now(),
            index: Mutex::new(index),
        }
    }

    /// True if earlier starts have sent some of these records without recording their keys. What
    /// has no mark is not found by it, and so can't be taken for another.
    fn is_unread(&self, entry: &Entry) -> bool {
        !self.by.needs_mark() && !entry.is_keyed(self.by.kind())
    }
}

impl<I, T> Reconciler<I, T> {
    fn index(&self) -> MutexGuard<'_, KeyIndex> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
