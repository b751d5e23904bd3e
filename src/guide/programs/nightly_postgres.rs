//! The nightly job with PostgreSQL: the rows are a stream, so a batch of any length takes little memory.
//!
//! `nightly_postgres DATABASE_URL JOURNAL_FOLDER`

use std::{env, error::Error, fs, path::PathBuf, time::Duration};

use copper_crm::{
    Copper, NewLead, Outcome,
    bulk::{Reconcile, from_try_stream, keyed},
};
use futures_util::StreamExt;
use tokio_postgres::{Client, NoTls, Row};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(database), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("usage: nightly_postgres DATABASE_URL JOURNAL_FOLDER".into());
    };
    // Two connections: on the reader's, an update would wait until all rows have come.
    let (reader, mut writer) = (connect(&database).await?, connect(&database).await?);
    let batch = open_batch(&mut writer).await?;
    let journal = PathBuf::from(folder).join(format!("batch-{batch}.journal"));

    // A later start gives the same customers in the same order, including those that already have a lead.
    let rows = reader.query_raw(CUSTOMERS, [batch]).await?;
    let leads = rows.map(|row| lead(&row?));
    let by_email = Reconcile::by_email()
        .absent_after(search_lag())
        .send_again();
    let mut run = Copper::from_env()?
        .bulk_create_leads(keyed(from_try_stream(leads)))
        .journal(journal.clone())
        .reconcile(by_email);
    while let Some(item) = run.next().await {
        match item.outcome {
            Outcome::Done(lead) => {
                let update = "update customer set lead_id = $1 where id = $2";
                writer.execute(update, &[&lead.id.0, &item.key]).await?;
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
    if run.summary().unknown == 0 {
        let close = "update batch set closed = true where id = $1";
        writer.execute(close, &[&batch]).await?;
        fs::remove_file(journal)?;
    }
    Ok(())
}

const TABLES: &str = "
    create table if not exists batch (
        id bigint generated always as identity primary key, closed boolean not null default false);
    create table if not exists batch_customer (
        batch bigint not null, customer bigint not null, primary key (batch, customer));";

const FREEZE: &str = "
    insert into batch_customer select $1::bigint, id from customer where lead_id is null";

const CUSTOMERS: &str = "
    select id, name, email, title from customer join batch_customer on customer = id
    where batch = $1 order by id";

async fn connect(database: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(database, NoTls).await?;
    // The task ends when the client is dropped. The client's calls return the connection's errors too.
    tokio::spawn(connection);
    Ok(client)
}

/// Returns the batch that an earlier start left open, or a new one of all customers without a lead. A batch is
/// frozen: nothing is added or removed.
async fn open_batch(database: &mut Client) -> Result<i64, tokio_postgres::Error> {
    let change = database.transaction().await?;
    change.batch_execute(TABLES).await?;
    let open = "select id from batch where not closed";
    let batch = match change.query_opt(open, &[]).await? {
        Some(open) => open.try_get(0)?,
        None => {
            let new = "insert into batch default values returning id";
            let batch: i64 = change.query_one(new, &[]).await?.try_get(0)?;
            change.execute(FREEZE, &[&batch]).await?;
            batch
        }
    };
    change.commit().await?;
    Ok(batch)
}

/// The id of a customer, and the lead. A column with a value sets the lead's field; NULL leaves it out.
fn lead(row: &Row) -> Result<(i64, NewLead), tokio_postgres::Error> {
    let lead = NewLead::named(row.try_get::<_, String>("name")?)
        .maybe_email(row.try_get::<_, Option<String>>("email")?)
        .maybe_title(row.try_get::<_, Option<String>>("title")?);
    Ok((row.try_get("id")?, lead))
}

/// The time after which Copper's search certainly finds a new lead. It is not documented; ten minutes are careful.
fn search_lag() -> Duration {
    let seconds = env::var("SEARCH_LAG_SECONDS").ok();
    let seconds = seconds.and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(600))
}
