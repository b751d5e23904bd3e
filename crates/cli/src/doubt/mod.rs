//! Leads in doubt, which Copper may or may not have created: they are reconciled, upserted, or left unknown.

pub mod key;

use std::{path::Path, time::Duration};

use copper_crm::bulk::Reconcile;

use crate::{
    display::{escape, lines::Lines},
    fields::entity::{Entity, Kind},
    records::input::Input,
};
use key::Key;

pub enum Doubt {
    /// They stay unknown.
    Left,
    /// They are looked up in Copper.
    LookedUp(LookUp),
    /// All leads are upserted instead of created, so they can be sent again.
    Upserted(Key),
}

pub struct LookUp {
    by: Mark,
    absent_after: Option<Duration>,
    send_again: bool,
}

enum Mark {
    Key(Key),
    Tag(String),
}

const FOR_LEADS: &str = "--upsert and --reconcile are for leads";
const ONE_OF_THEM: &str = "--upsert leaves nothing for --reconcile to look up: use one of them";
const UPSERT: &str = "--upsert takes email or cf_ID, such as cf_100764";
const RECONCILE: &str = "--reconcile takes email, tag:TEXT or cf_ID, such as cf_100764";
const NEED_RECONCILE: &str = "--absent-after and --send-again are for --reconcile";
const NEEDS_ABSENT_AFTER: &str = "--send-again needs --absent-after: without it nothing is known to \
    be absent";

impl Doubt {
    /// Parses the options of the command line.
    pub fn new(
        entity: &Entity,
        upsert: Option<&str>,
        reconcile: Option<&str>,
        absent_after: Option<Duration>,
        send_again: bool,
    ) -> Result<Self, &'static str> {
        match (upsert, reconcile) {
            (_, None) if send_again || absent_after.is_some() => Err(NEED_RECONCILE),
            (None, None) => Ok(Self::Left),
            _ if entity.kind != Kind::Leads => Err(FOR_LEADS),
            (Some(_), Some(_)) => Err(ONE_OF_THEM),
            (Some(name), None) => Key::named(name).map(Self::Upserted).ok_or(UPSERT),
            (None, Some(_)) if send_again && absent_after.is_none() => Err(NEEDS_ABSENT_AFTER),
            (None, Some(by)) => Ok(Self::LookedUp(LookUp {
                by: Mark::read(by).ok_or(RECONCILE)?,
                absent_after,
                send_again,
            })),
        }
    }

    /// Refuses leads without the key that identifies them.
    pub fn refuse_without_keys(&self, input: &Input, path: &Path) -> Result<(), String> {
        // A few leads without an address are no reason to refuse all. A key that the user assigns can be
        // assigned to all.
        let (option, key, needs_all) = match self {
            Self::LookedUp(LookUp {
                by: Mark::Key(key), ..
            }) => ("reconcile", *key, *key != Key::Email),
            Self::Upserted(key) => ("upsert", *key, false),
            _ => return Ok(()),
        };
        let mut missing = Lines::default();
        for (index, (row, record)) in (0..).zip(input.records()) {
            if record.as_lead().is_some_and(|lead| !key.is_in(lead)) {
                missing.add(index, row.line);
            }
        }
        if missing.count == 0 || (missing.count < input.count && !needs_all) {
            return Ok(());
        }
        Err(format!(
            "{} has nothing in `{key}`, by which --{option} recognises leads, in {missing}.",
            escape::path(path)
        ))
    }

    pub fn upserted(&self) -> Option<Key> {
        match self {
            Self::Upserted(key) => Some(*key),
            Self::Left | Self::LookedUp(_) => None,
        }
    }

    /// The lookup of leads in Copper, if there is one.
    pub fn reconcile(&self) -> Option<Reconcile> {
        let Self::LookedUp(look_up) = self else {
            return None;
        };
        let how = match &look_up.by {
            Mark::Key(Key::Email) => Reconcile::by_email(),
            Mark::Tag(tag) => Reconcile::by_tag(tag),
            Mark::Key(Key::Field(id)) => {
                let id = *id;
                Reconcile::by_custom_field(id, move |lead| key::value(id, lead))
            }
        };
        Some(match (look_up.absent_after, look_up.send_again) {
            (None, _) => how,
            (Some(after), false) => how.absent_after(after).into(),
            (Some(after), true) => how.absent_after(after).send_again(),
        })
    }

    /// Returns true if a later start can settle leads that an earlier one left in doubt.
    pub fn is_settled_later(&self) -> bool {
        !matches!(self, Self::Left)
    }

    /// The outcome, after the next start with the same journal, of leads in flight at the end.
    pub fn later(&self) -> &'static str {
        match self {
            Self::Left => "is unknown",
            Self::LookedUp(_) => "is looked up",
            Self::Upserted(_) => "is sent again",
        }
    }
}

impl Mark {
    fn read(text: &str) -> Option<Self> {
        match text.strip_prefix("tag:") {
            Some(tag) => Some(tag.trim())
                .filter(|tag| !tag.is_empty())
                .map(|tag| Self::Tag(tag.to_owned())),
            None => Key::named(text).map(Self::Key),
        }
    }
}
