//! Prints the JSON Schema of types of this crate, for a form, a validator or a language model:
//! `cargo run --features schemars --example json_schema -- NewLead`.

use std::{env, error::Error};

use copper_crm::types::{
    Lead, LeadSearch, LeadUpdate, NewActivity, NewCompany, NewLead, NewOpportunity, NewPerson,
};
use schemars::schema_for;
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let schemas = json!({
        "Lead": schema_for!(Lead),
        "LeadSearch": schema_for!(LeadSearch),
        "LeadUpdate": schema_for!(LeadUpdate),
        "NewActivity": schema_for!(NewActivity),
        "NewCompany": schema_for!(NewCompany),
        "NewLead": schema_for!(NewLead),
        "NewOpportunity": schema_for!(NewOpportunity),
        "NewPerson": schema_for!(NewPerson),
    });
    let chosen = match env::args().nth(1) {
        Some(name) => schemas
            .get(&name)
            .ok_or("give a type's name, such as NewLead, or nothing for all")?,
        None => &schemas,
    };
    println!("{}", serde_json::to_string_pretty(chosen)?);
    Ok(())
}
