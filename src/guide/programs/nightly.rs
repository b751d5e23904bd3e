//! A nightly job: creates a lead for each customer in a SQLite database that has none yet, and writes the lead's id
//! into the database. It can be killed at any moment. Start it again, and no lead is created twice.
//!
//! `nightly DATABASE JOURNAL_FOLDER`

use std::{env, error::Error, fs, path::PathBuf, time::Duration};

use copper_crm::{
    Copper, NewLead, Outcome,
    bulk::{Reconcile, keyed},
};
use rusqlite::{Connection, params};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    let (Some(database), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("usage: nightly DATABASE JOURNAL_FOLDER".into());
    };
    let mut database = Connection::open(database)?;
    let batch = open_batch(&mut database)?;
    let journal = PathBuf::from(folder).join(format!("batch-{batch}.journal"));

    // A later start gives the same customers in the same order, including those that already have a lead.
    // Don't select `where lead_id is null` here: it gives another input each time, and the journal does not fit it.
    let leads = customers(&database, batch)?
        .into_iter()
        .map(|(id, name, email)| (id, NewLead::named(name).email(email)));
    let by_email = Reconcile::by_email()
        .absent_after(search_lag())
        .send_again();
    let mut run = Copper::from_env()?
        .bulk_create_leads(keyed(leads))
        .journal(journal.clone())
        .reconcile(by_email);
    while let Some(item) = run.next().await {
        match item.outcome {
            Outcome::Done(lead) => {
                let id = params![lead.id.0, item.key];
                database.execute("update customer set lead_id = ?1 where id = ?2", id)?;
            }
            Outcome::Rejected(why) => eprintln!("correct customer {}: {why}", item.key),
            Outcome::NotSent(why) => eprintln!("customer {} is not sent: {why}", item.key),
            Outcome::Unknown(why) => eprintln!("look up customer {}: {why}", item.key),
        }
    }
    println!("{}", run.summary());
    if let Some(why) = run.stopped_by() {
        // The batch stays open, and the next start continues it.
        return Err(format!("it ended early: {why}").into());
    }
    let summary = run.summary();
    if summary.unknown == 0 {
        // All other customers are settled. Rejected ones are in the next night's batch again.
        database.execute("update batch set closed = 1 where id = ?1", [batch])?;
        fs::remove_file(journal)?;
    }
    Ok(())
}

/// Returns the batch that an earlier start left open, or a new one of all customers without a lead. A batch is
/// frozen: nothing is added or removed.
fn open_batch(database: &mut Connection) -> Result<i64, rusqlite::Error> {
    let change = database.transaction()?;
    change.execute_batch(
        "create table if not exists batch (id integer primary key, closed integer not null default 0);
         create table if not exists batch_customer (
             batch integer not null, customer integer not null, primary key (batch, customer));",
    )?;
    let open = change.query_row("select id from batch where closed = 0", [], |row| {
        row.get(0)
    });
    let batch = match open {
        Err(rusqlite::Error::QueryReturnedNoRows) => {
            change.execute("insert into batch default values", [])?;
            let batch = change.last_insert_rowid();
            change.execute(
                "insert into batch_customer select ?1, id from customer where lead_id is null",
                [batch],
            )?;
            batch
        }
        open => open?,
    };
    change.commit()?;
    Ok(batch)
}

type Customer = (i64, String, String);

fn customers(database: &Connection, batch: i64) -> Result<Vec<Customer>, rusqlite::Error> {
    let mut select = database.prepare(
        "select id, name, email from customer join batch_customer on customer = id
         where batch = ?1 order by id",
    )?;
    let rows = select.query_map([batch], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    rows.collect()
}

/// The time after which Copper's search certainly finds a new lead. It is not documented; ten minutes are careful.
fn search_lag() -> Duration {
    let seconds = env::var("SEARCH_LAG_SECONDS").ok();
    let seconds = seconds.and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(600))
}
