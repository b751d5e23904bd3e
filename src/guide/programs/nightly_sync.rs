//! A nightly sync: makes the leads in Copper agree with the customers of a SQLite database.
//!
//! `nightly_sync DATABASE`

use std::{env, error::Error};

use copper_crm::{
    Copper, NewLead,
    sync::{Policies, Sync, SyncField, SyncOutcome},
};
use rusqlite::Connection;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args_os()
        .nth(1)
        .ok_or("usage: nightly_sync DATABASE")?;
    let database = Connection::open(path)?;
    let mut select = database.prepare("select name, email, title from customer order by id")?;
    let customers = select.query_map([], |row| {
        let (name, email, title): (String, String, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(NewLead::named(name).email(email).title(title))
    })?;
    let customers = customers.collect::<Result<Vec<_>, _>>()?;

    // The sales team corrects names in Copper, so the sync does not change them.
    let policies = Policies::default().never([SyncField::Name]);
    let by_email = Sync::by_email().policies(policies);
    let mut run = Copper::from_env()?.sync_leads(customers, by_email);
    while let Some(item) = run.next().await {
        let name = &item.input.name;
        match item.outcome {
            SyncOutcome::Rejected(why) => eprintln!("correct {name}: {why}"),
            SyncOutcome::NotSent(why) => eprintln!("{name} comes tomorrow: {why}"),
            SyncOutcome::Unknown(why) => eprintln!("look up {name}: {why}"),
            _ => {}
        }
    }
    println!("{}", run.summary());
    match run.stopped_by() {
        Some(why) => Err(format!("it ended early: {why}").into()),
        None => Ok(()),
    }
}
