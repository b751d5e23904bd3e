//! Lists are compared as sets, by the value and the category of their entries.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
};

use super::{
    super::{Lists, Policies, SyncField},
    text,
};
use crate::{
    Patch,
    types::{Email, PhoneNumber, Social, Website},
};

/// An entry of a list.
pub(super) trait Member: Clone {
    /// The value, without differences that Copper ignores.
    fn value(&self) -> Cow<'_, str>;
    /// The category; None if the record does not name one.
    fn category(&self) -> Option<&str>;
}

impl Member for String {
    fn value(&self) -> Cow<'_, str> {
        text::stored(self)
    }

    fn category(&self) -> Option<&str> {
        None
    }
}

impl Member for Email {
    fn value(&self) -> Cow<'_, str> {
        Cow::Owned(text::address(&self.email))
    }

    fn category(&self) -> Option<&str> {
        Some(self.category.as_ref()?.as_str())
    }
}

impl Member for PhoneNumber {
    fn value(&self) -> Cow<'_, str> {
        text::stored(&self.number)
    }

    fn category(&self) -> Option<&str> {
        Some(self.category.as_ref()?.as_str())
    }
}

impl Member for Social {
    fn value(&self) -> Cow<'_, str> {
        text::stored(&self.url)
    }

    fn category(&self) -> Option<&str> {
        Some(self.category.as_ref()?.as_str())
    }
}

impl Member for Website {
    fn value(&self) -> Cow<'_, str> {
        text::stored(&self.url)
    }

    fn category(&self) -> Option<&str> {
        Some(self.category.as_ref()?.as_str())
    }
}

pub(super) fn is_blank(member: &impl Member) -> bool {
    member.value().is_empty()
}

fn identity<T: Member>(member: &T) -> (String, Option<String>) {
    (
        member.value().into_owned(),
        member.category().map(str::to_owned),
    )
}

/// The entries in Copper that stay, whatever the record has.
fn kept<'a, T: Member>(
    field: &SyncField,
    there: &'a [T],
    wanted: &[&T],
    policies: &Policies,
) -> Vec<&'a T> {
    let columns = match (policies.lists, policies.columns_of(field)) {
        (Lists::Add, _) => return there.iter().collect(),
        (Lists::Replace, None) => return Vec::new(),
        (Lists::Replace, Some(columns)) => columns,
    };
    let of = |member: &T| policies.category_of(member.category()).map(str::to_owned);
    let mut named: BTreeSet<String> = wanted.iter().filter_map(|member| of(member)).collect();
    if policies.names(field) {
        let fits = named.len() == wanted.len() && named.is_subset(columns);
        if policies.clears() || !fits {
            return Vec::new();
        }
    }
    if policies.clears() {
        named.extend(columns.iter().cloned());
    }
    let stays = |member: &&T| member.category().is_none_or(|of| !named.contains(of));
    there.iter().filter(stays).collect()
}

/// The list to send, if the lists differ.
pub(super) fn patch<T: Member>(
    field: &SyncField,
    there: &[T],
    wanted: &[T],
    policies: &Policies,
) -> Patch<Vec<T>> {
    let before: HashSet<_> = there
        .iter()
        .filter(|member| !is_blank(*member))
        .map(identity)
        .collect();
    let members: Vec<&T> = wanted.iter().filter(|member| !is_blank(*member)).collect();
    let kept = kept(field, there, &members, policies);
    let filled = kept.iter().filter(|member| !is_blank(**member));
    let mut held: HashSet<_> = filled.map(|member| identity(*member)).collect();
    let mut after: Vec<T> = kept.into_iter().cloned().collect();
    let members = members.into_iter();
    for member in members.flat_map(|member| resolved(member, there, wanted, policies)) {
        if held.insert(identity(member)) {
            after.push(member.clone());
        }
    }
    if held == before {
        Patch::Keep
    } else {
        Patch::Set(after)
    }
}

/// The entries that an entry of the record means. An entry without a category means all entries in Copper with the same
/// value. If there are none, it means those of the record with the same value and a category.
fn resolved<'a, T: Member>(
    member: &'a T,
    there: &'a [T],
    wanted: &'a [T],
    policies: &Policies,
) -> Vec<&'a T> {
    let named = |member: &T| policies.named_category(member.category()).is_some();
    let same_value = |other: &&T| other.value() == member.value();
    if !named(member) {
        let known: Vec<&T> = there.iter().filter(same_value).collect();
        if !known.is_empty() {
            return known;
        }
        let mut others = wanted.iter().filter(same_value);
        return match others.any(named) {
            true => Vec::new(),
            false => vec![member],
        };
    }
    let mut known = there.iter().filter(same_value);
    vec![
        known
            .find(|known| known.category() == member.category())
            .unwrap_or(member),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{sync::Empties, types::PhoneCategory};

    fn patch<T: Member>(there: &[T], wanted: &[T], policies: &Policies) -> Patch<Vec<T>> {
        super::patch(&SyncField::PhoneNumbers, there, wanted, policies)
    }

    fn replace() -> Policies {
        Policies::default()
    }

    fn add() -> Policies {
        Policies::default().lists(Lists::Add)
    }

    fn phone(number: &str, category: &str) -> PhoneNumber {
        PhoneNumber::new(number).category(PhoneCategory::from(category))
    }

    #[test]
    fn order_and_repetition_make_no_difference() {
        let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
        let there = tags(&["paper", "sales"]);
        for wanted in [&["sales", "paper"][..], &["paper", " sales ", "paper"]] {
            assert_eq!(patch(&there, &tags(wanted), &replace()), Patch::Keep);
        }
        assert_eq!(
            patch(&there, &tags(&["new", "sales"]), &replace()),
            Patch::Set(tags(&["new", "sales"]))
        );
        assert_eq!(
            patch(&there, &tags(&["new", "sales"]), &add()),
            Patch::Set(tags(&["paper", "sales", "new"]))
        );
        assert_eq!(patch(&there, &tags(&["sales"]), &add()), Patch::Keep);
    }

    #[test]
    fn an_entry_without_a_category_is_the_same_in_any() {
        let there = [phone("1", "work"), phone("1", "home"), phone("2", "mobile")];
        let bare = |number: &str| PhoneNumber::new(number);
        assert_eq!(
            patch(&there, &[bare("2"), bare("1")], &replace()),
            Patch::Keep
        );
        assert_eq!(
            patch(&there, &[bare("2")], &replace()),
            Patch::Set(vec![phone("2", "mobile")])
        );
        assert_eq!(
            patch(
                &there,
                &[phone("1", "work"), bare("1"), bare("3")],
                &replace()
            ),
            Patch::Set(vec![phone("1", "work"), phone("1", "home"), bare("3")])
        );
        assert_eq!(
            patch(&[], &[bare("1"), phone("1", "work")], &replace()),
            Patch::Set(vec![phone("1", "work")])
        );
    }

    #[test]
    fn a_category_for_which_the_record_has_no_entry_is_left_alone() {
        let there = [phone("1", "work"), phone("2", "home"), phone("3", "other")];
        let columns = replace().by_category(SyncField::PhoneNumbers, ["work", "home"]);
        let clear = columns.clone().empties(Empties::Clear);
        let whole = |policies: &Policies| policies.clone().naming([SyncField::PhoneNumbers]);
        let work = [phone("9", "work")];
        let two = [phone("8", "work"), phone("9", "work")];
        let patched = |wanted: &[PhoneNumber], policies: &Policies| patch(&there, wanted, policies);
        let [_, home, other] = there.clone();
        let [new] = work.clone();
        let with = |list: &[&PhoneNumber]| Patch::Set(list.iter().copied().cloned().collect());
        assert_eq!(patched(&work, &columns), with(&[&home, &other, &new]));
        assert_eq!(
            patched(&work, &whole(&columns)),
            with(&[&home, &other, &new])
        );
        assert_eq!(patched(&work, &clear), with(&[&other, &new]));
        assert_eq!(patched(&work, &whole(&clear)), with(&[&new]));
        assert_eq!(patched(&[], &clear), with(&[&other]));
        assert_eq!(patched(&[], &whole(&clear)), with(&[]));
        // Two of one category have no columns, so they can only be the whole list.
        assert_eq!(patched(&two, &whole(&columns)), with(&[&two[0], &two[1]]));
        assert_eq!(
            patched(&two, &columns),
            with(&[&home, &other, &two[0], &two[1]])
        );
        assert_eq!(patched(&there, &whole(&columns)), Patch::Keep);
    }

    #[test]
    fn another_category_is_another_entry() {
        let there = [phone("1", "work")];
        assert_eq!(
            patch(&there, &[phone("1", "home")], &replace()),
            Patch::Set(vec![phone("1", "home")])
        );
        assert_eq!(
            patch(&there, &[phone("1", "home")], &add()),
            Patch::Set(vec![phone("1", "work"), phone("1", "home")])
        );
    }

    #[test]
    fn a_category_that_the_input_gives_by_default_is_not_named() {
        let by_default = Policies::default().default_category("work");
        let there = [phone("1", "home"), phone("2", "work")];
        let wanted = [phone("1", "work"), phone("2", "work")];
        assert_eq!(patch(&there, &wanted, &by_default), Patch::Keep);
        assert_eq!(
            patch(
                &there,
                &[phone("1", "work"), phone("3", "work")],
                &by_default
            ),
            Patch::Set(vec![phone("1", "home"), phone("3", "work")])
        );
        assert_eq!(
            patch(&there, &[phone("2", "mobile")], &by_default),
            Patch::Set(vec![phone("2", "mobile")])
        );
    }
}
