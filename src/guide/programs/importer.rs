//! An importer without async: loads the rows of a CSV file as leads.
//!
//! `importer FILE.csv`, with the columns `name` and `email`

use std::{env, error::Error, path::PathBuf};

use copper_crm::{
    NewLead, Outcome,
    blocking::Copper,
    bulk::{from_results, keyed},
};

fn main() -> Result<(), Box<dyn Error>> {
    let file = PathBuf::from(env::args_os().nth(1).ok_or("usage: importer FILE.csv")?);
    let copper = Copper::from_env()?;

    let mut reader = csv::Reader::from_path(&file)?;
    let rows = reader.deserialize::<(String, String)>().enumerate();
    // Each outcome comes with the line number of its row. The header is line 1.
    let leads =
        rows.map(|(n, row)| row.map(|(name, email)| (n + 2, NewLead::named(name).email(email))));
    let mut run = copper
        .bulk_create_leads(keyed(from_results(leads)))
        .checked()
        .journal(file.with_extension("journal"));
    for item in run.by_ref() {
        match item.outcome {
            Outcome::Done(lead) => println!("line {}: lead {}", item.key, lead.id),
            Outcome::Rejected(why) => println!("line {}: correct it: {why}", item.key),
            Outcome::NotSent(why) => println!("line {}: send it again: {why}", item.key),
            Outcome::Unknown(why) => println!("line {}: look it up: {why}", item.key),
        }
    }
    println!("{}", run.summary());
    match run.stopped_by() {
        Some(why) => Err(format!("it ended early: {why}").into()),
        None => Ok(()),
    }
}
