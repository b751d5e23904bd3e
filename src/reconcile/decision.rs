//! Decides from a search what is known about one record in doubt; [`decide`] has the whole table. A found
//! record settles it only if nothing else could be meant.

use super::key_index::Uniqueness;
use crate::{client::ClockOffset, outcome::UnresolvedReason, retry::Event, types::Timestamp};

/// The largest difference between this machine's clock and Copper's at which a record is still found, in
/// seconds.
const CLOCK_SKEW: i64 = 120;
/// The time before its request at which a record may seem to be created and still be its effect, in seconds. An
/// earlier record may have been there before.
const CLOCK_DRIFT: i64 = 10;
/// The time after its request within which a record may be created, in seconds: the longest time that servers work on a
/// request.
const LONGEST_WORK: i64 = 600;

/// The relation between a found record and one that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Likeness {
    /// Only the match key is the same.
    Same,
    /// They may be the same.
    Unclear,
    /// They are different.
    Other,
}

/// The finding of a lookup about a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// It is the found record at this place.
    Found(usize),
    /// No found record can be it.
    NotThere,
    /// Several records match it, here or in Copper. Another search would not tell them apart.
    Alike,
    /// The found record was not created when this one was sent, by the two clocks.
    OtherTime,
    /// The record that was found can't be read, or differs from what was sent.
    Unclear,
    /// The found record may belong to a record of the input that is not read yet.
    NotYetKnown,
    /// The clocks can't be compared.
    ClocksDisagree,
}

impl From<Finding> for UnresolvedReason {
    fn from(finding: Finding) -> Self {
        match finding {
            Finding::NotThere => Self::NotFound,
            Finding::Alike => Self::Ambiguous,
            Finding::ClocksDisagree => Self::ClocksDisagree,
            Finding::OtherTime => Self::OtherTime,
            Finding::NotYetKnown => Self::NotYetKnown,
            // A found record is final.
            Finding::Found(_) | Finding::Unclear => Self::Unclear,
        }
    }
}

impl Finding {
    /// True if no later search could find anything else.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Alike | Self::OtherTime | Self::ClocksDisagree)
    }
}

/// True if a search with this result may succeed later.
pub(crate) fn may_pass(event: Event) -> bool {
    matches!(
        event,
        Event::NotConnected | Event::Answered { status: 429, .. }
    ) || event.leaves_doubt()
}

/// The earliest and the latest creation that a search must include for a record.
pub(crate) fn window(sent: Timestamp) -> (Timestamp, Timestamp) {
    (
        Timestamp(sent.0.saturating_sub(CLOCK_SKEW)),
        Timestamp(sent.0.saturating_add(LONGEST_WORK + CLOCK_SKEW)),
    )
}

/// True if a record created at one time may be the effect of a request that was sent between two other times.
pub(crate) fn is_of_its_time(created: Option<Timestamp>, sent: (Timestamp, Timestamp)) -> bool {
    let (first, last) = sent;
    let times = first.0.saturating_sub(CLOCK_DRIFT)..=window(last).1.0;
    created.is_some_and(|created| times.contains(&created.0))
}

/// True if the clocks differ so much that times can't be compared without correction.
pub(crate) fn is_far(offset: ClockOffset) -> bool {
    match offset {
        ClockOffset::Between(least, most) => least > CLOCK_DRIFT || most < -CLOCK_DRIFT,
        ClockOffset::Unknown | ClockOffset::Disagree => false,
    }
}

/// Decides about the found records: the relation of each to the wanted one, and whether it was created when
/// that one was sent.
pub(crate) fn decide(
    found: impl IntoIterator<Item = (Likeness, bool)>,
    uniqueness: Uniqueness,
) -> Finding {
    let (mut same, mut alike, mut unclear) = (None, 0, false);
    for (place, (likeness, of_its_time)) in found.into_iter().enumerate() {
        match likeness {
            Likeness::Same => {
                alike += 1;
                same = Some((place, of_its_time));
            }
            Likeness::Unclear => unclear = true,
            Likeness::Other => {}
        }
    }
    match (same, uniqueness) {
        (Some(_), _) if alike > 1 => Finding::Alike,
        (Some(_), Uniqueness::Several) => Finding::Alike,
        (Some((_, false)), _) => Finding::OtherTime,
        (Some(_), Uniqueness::NotYetKnown) => Finding::NotYetKnown,
        (Some((place, true)), Uniqueness::One) => Finding::Found(place),
        (None, _) if unclear => Finding::Unclear,
        (None, _) => Finding::NotThere,
    }
}

#[cfg(test)]
mod tests {
    use super::{Likeness::*, Uniqueness::*, *};

    #[test]
    fn only_the_one_that_nothing_else_could_be_is_found() {
        for (found, uniqueness, finding) in [
            (vec![], One, Finding::NotThere),
            (vec![(Other, true)], One, Finding::NotThere),
            (vec![(Other, true), (Same, true)], One, Finding::Found(1)),
            (vec![(Same, true), (Unclear, true)], One, Finding::Found(0)),
            (vec![(Same, true), (Same, true)], One, Finding::Alike),
            (vec![(Same, true), (Same, false)], One, Finding::Alike),
            (vec![(Same, true)], Several, Finding::Alike),
            (vec![(Same, false)], One, Finding::OtherTime),
            (vec![(Same, true)], NotYetKnown, Finding::NotYetKnown),
            (vec![(Unclear, true)], One, Finding::Unclear),
            (vec![(Unclear, false)], Several, Finding::Unclear),
        ] {
            assert_eq!(decide(found.clone(), uniqueness), finding, "{found:?}");
        }
    }

    #[test]
    fn only_what_another_look_may_change_is_looked_for_again() {
        for (finding, is) in [
            (Finding::Found(0), false),
            (Finding::NotThere, false),
            (Finding::Unclear, false),
            (Finding::NotYetKnown, false),
            (Finding::Alike, true),
            (Finding::OtherTime, true),
            (Finding::ClocksDisagree, true),
        ] {
            assert_eq!(finding.is_final(), is, "{finding:?}");
        }
    }

    #[test]
    fn a_search_is_tried_again_unless_copper_refused_it_or_it_cant_be_sent() {
        let answered = |status| Event::Answered {
            status,
            size_limit: None,
        };
        for event in [
            Event::NotConnected,
            Event::Lost,
            answered(429),
            answered(408),
            answered(500),
            answered(503),
        ] {
            assert!(may_pass(event), "{event:?}");
        }
        for event in [
            Event::Unsendable,
            answered(400),
            answered(401),
            answered(404),
            answered(422),
        ] {
            assert!(!may_pass(event), "{event:?}");
        }
    }

    #[test]
    fn where_nothing_is_found_it_does_not_matter_who_else_has_the_key() {
        for uniqueness in [One, Several, NotYetKnown] {
            assert_eq!(decide([], uniqueness), Finding::NotThere);
        }
    }

    #[test]
    fn what_was_there_before_or_came_long_after_is_of_another_time() {
        let sent = Timestamp(1_764_000_000);
        for (after, is) in [
            (-3_600, false),
            (-11, false),
            (-10, true),
            (0, true),
            (60, true),
            (720, true),
            (721, false),
        ] {
            let created = Some(Timestamp(sent.0 + after));
            assert_eq!(is_of_its_time(created, (sent, sent)), is, "{after}");
        }
        assert!(!is_of_its_time(None, (sent, sent)));
    }

    #[test]
    fn a_search_covers_more_than_what_is_taken() {
        let sent = Timestamp(1_764_000_000);
        let (from, to) = window(sent);
        assert!(
            !is_of_its_time(Some(from), (sent, sent)) && is_of_its_time(Some(to), (sent, sent))
        );
        assert_eq!((from.0, to.0), (sent.0 - 120, sent.0 + 720));
        window(Timestamp(i64::MIN));
        window(Timestamp(i64::MAX));
    }
}
