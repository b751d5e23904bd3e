//! All records of an input, of the type that their run takes: in memory, they are a fraction of what
//! they are as JSON.

use copper_crm::types::{NewActivity, NewCompany, NewLead, NewOpportunity, NewPerson};
use serde::de::DeserializeOwned;
use serde_json::Value;

use copper_crm::Copper;

use super::entity::Kind;

pub enum Records {
    Leads(Vec<NewLead>),
    People(Vec<NewPerson>),
    Companies(Vec<NewCompany>),
    Opportunities(Vec<NewOpportunity>),
    Activities(Vec<NewActivity>),
}

impl Records {
    pub fn none_of(kind: Kind) -> Self {
        match kind {
            Kind::Leads => Self::Leads(Vec::new()),
            Kind::People => Self::People(Vec::new()),
            Kind::Companies => Self::Companies(Vec::new()),
            Kind::Opportunities => Self::Opportunities(Vec::new()),
            Kind::Activities => Self::Activities(Vec::new()),
        }
    }

    /// How many go into a request.
    pub fn per_request(&self, copper: &Copper) -> usize {
        match self {
            Self::Leads(_) => copper.bulk_create_leads([]).records_per_request(),
            Self::People(_) => copper.bulk_create_people([]).records_per_request(),
            Self::Companies(_) => copper.bulk_create_companies([]).records_per_request(),
            Self::Opportunities(_) => copper.bulk_create_opportunities([]).records_per_request(),
            Self::Activities(_) => copper.bulk_create_activities([]).records_per_request(),
        }
    }

    /// Adds one, in the form of Copper's API.
    pub fn add(&mut self, record: Value) -> Result<(), String> {
        match self {
            Self::Leads(all) => add(all, record),
            Self::People(all) => add(all, record),
            Self::Companies(all) => add(all, record),
            Self::Opportunities(all) => add(all, record),
            Self::Activities(all) => add(all, record),
        }
    }
}

fn add<T: DeserializeOwned>(all: &mut Vec<T>, record: Value) -> Result<(), String> {
    // What serde has to say quotes the record.
    let read = serde_json::from_value(record);
    all.push(read.map_err(|_| "is not of the form that Copper takes")?);
    Ok(())
}
