//! Reconciliation: settles records in doubt by looking them up, and never by a guess. A lead is `Done` only
//! if exactly one lead in Copper can be it, and no other lead of the input. It is absent only after the time
//! for which the caller says that a search may lag.
//!
//! A chunk uses only [`Lookup`]. `decision` decides on plain values what a search proves, and `schedule` when
//! to search.

mod bounds;
mod candidates;
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

pub(crate) use bounds::Bounds;
pub(crate) use candidates::candidates;
pub(crate) use decision::{Likeness, window};
use key_index::KeyIndex;
use leads::LeadMatcher;
pub(crate) use lookup::Lookup;
pub(crate) use matcher::Matcher;

use crate::{
    CustomValue,
    journal::{Entry, Fingerprint, Journal, RecoveredState},
    types::{CustomFieldDefinitionId, Lead, NewLead},
};

/// The way to recognise leads in doubt in Copper, and what happens to leads that are not there; for
/// [`Run::reconcile`](crate::bulk::Run::reconcile).
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

/// A [`Reconcile`] with which leads can be absent. [`Reconcile::absent_after`] makes it, and
/// [`Run::reconcile`](crate::bulk::Run::reconcile) accepts it directly.
#[derive(Clone)]
#[must_use = "it is for `Run::reconcile`"]
pub struct AbsentAfter {
    by: Reconcile,
    after: Duration,
}

impl AbsentAfter {
    /// Sends absent leads again, up to three times. After that they come back as
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
    /// Recognises a lead by its e-mail address; case makes no difference. Leads without one stay
    /// [`Unknown`](crate::bulk::Outcome::Unknown). So do leads whose address another lead of the input has,
    /// if a lead with that address is found.
    ///
    /// A lead that was created more than ten seconds before the request, by Copper's clock and this
    /// machine's, may have been there before. It does not count as the effect of the request.
    pub fn by_email() -> Self {
        Self::by(LeadMatcher::Email)
    }

    /// Recognises a lead by a tag and by its content. The run adds the tag to the other tags of all its
    /// leads. The content is the name, e-mail address, company, title, details, phone numbers, web sites,
    /// street, city and postal code; only letters and digits are compared. Leads that are alike in all of
    /// these stay [`Unknown`](crate::bulk::Outcome::Unknown) if one of them is found.
    ///
    /// Choose a tag that no other import has, such as one with the date and the name of the file.
    pub fn by_tag(tag: impl Into<String>) -> Self {
        Self::by(LeadMatcher::Tag(tag.into()))
    }

    /// Recognises a lead by a custom field of the account, in which the run puts a key of the lead: the
    /// number of its row, or its id in another system. Keys must differ. Leads with the same key stay
    /// [`Unknown`](crate::bulk::Outcome::Unknown) if a lead with that key is found. So do leads with an empty
    /// key.
    ///
    /// The field must be available on leads; a text field is best. Copper can't search text fields, so all
    /// leads that were created at that time are read, 200 per request.
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

    /// A lead is absent if a search does not find it that began this long after its request was given up. It
    /// comes back as [`NotSent`](crate::bulk::Outcome::NotSent).
    ///
    /// With it you promise that by then Copper no longer works on the request, and that its search finds
    /// everything that the request created: give the sum of both times. Neither is documented. If the time is
    /// too short, a lead that is there is taken for absent, and sending it again creates it twice.
    ///
    /// The time begins when all requests of the lead's chunk have an answer or have failed. For leads that an
    /// earlier start left in doubt, it begins when this start has opened the journal.
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

/// The tag itself is not shown, because the user chose it.
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

/// The state of reconciliation that all chunks of a run share.
pub(crate) struct Reconciler<I, T> {
    plan: Plan<I, T>,
    salt: [u8; 16],
    /// The time from which no request of an earlier start can arrive any more.
    began: Instant,
    index: Mutex<KeyIndex>,
}

impl<I, T> Plan<I, T> {
    /// Begins with the state that earlier starts have left.
    pub(crate) fn begin(
        self,
        journal: Option<&Journal>,
        recovered: &RecoveredState,
    ) -> Reconciler<I, T> {
        // Without a journal the keys stay in memory, so any salt will do.
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

    /// True if earlier starts have sent some of these records without recording their keys. If the mark is
    /// needed to find a record, one without it can't be mistaken for another.
    fn is_unread(&self, entry: &Entry) -> bool {
        !self.by.needs_mark() && !entry.is_keyed(self.by.kind())
    }
}

impl<I, T> Reconciler<I, T> {
    fn index(&self) -> MutexGuard<'_, KeyIndex> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
