//! One record, of the type that its run takes.

use copper_crm::{
    Check, Copper, Invalid,
    types::{Email, NewActivity, NewCompany, NewLead, NewOpportunity, NewPerson},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::fields::entity::Kind;

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Record {
    Lead(NewLead),
    Person(NewPerson),
    Company(NewCompany),
    Opportunity(NewOpportunity),
    Activity(NewActivity),
}

impl Record {
    /// Parses a record in the form of Copper's API.
    pub fn new(kind: Kind, record: Value) -> Result<Self, String> {
        match kind {
            Kind::Leads => parse(record).map(Self::Lead),
            Kind::People => parse(record).map(Self::Person),
            Kind::Companies => parse(record).map(Self::Company),
            Kind::Opportunities => parse(record).map(Self::Opportunity),
            Kind::Activities => parse(record).map(Self::Activity),
        }
    }

    /// Checks it by the rules of the library.
    pub fn check(&self) -> Result<(), Invalid> {
        match self {
            Self::Lead(record) => record.check(),
            Self::Person(record) => record.check(),
            Self::Company(record) => record.check(),
            Self::Opportunity(record) => record.check(),
            // A record that lacks something can't even be parsed.
            Self::Activity(_) => Ok(()),
        }
    }

    pub fn as_lead(&self) -> Option<&NewLead> {
        match self {
            Self::Lead(lead) => Some(lead),
            _ => None,
        }
    }

    /// The addresses of a person. Copper accepts each only once in an account.
    pub fn addresses(&self) -> &[Email] {
        match self {
            Self::Person(person) => &person.emails,
            _ => &[],
        }
    }
}

/// The number of records that go into a request.
pub fn per_request(kind: Kind, copper: &Copper) -> usize {
    match kind {
        Kind::Leads => copper.bulk_create_leads([]).effective_chunk_size(),
        Kind::People => copper.bulk_create_people([]).effective_chunk_size(),
        Kind::Companies => copper.bulk_create_companies([]).effective_chunk_size(),
        Kind::Opportunities => copper.bulk_create_opportunities([]).effective_chunk_size(),
        Kind::Activities => copper.bulk_create_activities([]).effective_chunk_size(),
    }
}

fn parse<T: DeserializeOwned>(record: Value) -> Result<T, String> {
    // Serde's message quotes the record.
    serde_json::from_value(record).map_err(|_| "is not of the form that Copper takes".to_owned())
}

/// The record in the type of its run, from one of any type.
pub trait FromRecord: Sized {
    fn from_record(record: Record) -> Option<Self>;
}

macro_rules! from_record {
    ($($kind:ident $type:ident),*) => {$(
        impl FromRecord for $type {
            fn from_record(record: Record) -> Option<Self> {
                match record {
                    Record::$kind(record) => Some(record),
                    _ => None,
                }
            }
        }
    )*};
}

from_record! { Lead NewLead, Person NewPerson, Company NewCompany, Opportunity NewOpportunity, Activity NewActivity }
