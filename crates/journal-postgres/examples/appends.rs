//! Appends to journals, one after the other, as fast as it goes, and prints how many a second:
//! `appends SECONDS PLACE...`, where a place is the path of a file, or the URL of a PostgreSQL with `name=RUN`.

use std::{
    env,
    error::Error,
    time::{Duration, Instant},
};

use copper_crm::bulk::JournalLocation;
use copper_crm_journal_postgres::{PostgresJournal, PostgresJournals};

/// The lines of a request with ten leads: before it is sent, and after its answer.
const LINES: [&str; 2] = [
    "records 0 10 00112233445566778899aabbccddeeff\nsending 0 10 1764000000\n",
    "answered 0 10 81234567 81234568 81234569 81234570 81234571 81234572 81234573 81234574 81234575 81234576\n",
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let seconds = arguments.next().ok_or("usage: appends SECONDS PLACE...")?;
    let time = Duration::from_secs(seconds.parse()?);
    for place in arguments {
        let (location, shown) = if place.starts_with("postgres://") {
            PostgresJournals::new(&place)?.create_table().await?;
            let journal = PostgresJournal::from_url(&place)?;
            let shown = journal.to_string();
            (JournalLocation::from(journal), shown)
        } else {
            (JournalLocation::from(&place), place)
        };
        let mut took = appends(location, time).await?;
        took.sort();
        let at = |part: usize| {
            took.get(took.len() * part / 100)
                .copied()
                .unwrap_or_default()
        };
        println!(
            "{shown}: {:.0} appends a second; half take less than {:.2?}, all but 1 in 100 less than {:.2?}",
            took.len() as f64 / time.as_secs_f64(),
            at(50),
            at(99)
        );
    }
    Ok(())
}

/// The time that each append took.
async fn appends(
    location: JournalLocation,
    time: Duration,
) -> Result<Vec<Duration>, Box<dyn Error>> {
    let store = location.open();
    store.lock().await?;
    let mut position = 0;
    while let Some((_, end)) = store.read(position, 1000).await?.pop() {
        position = end;
    }
    let mut took = Vec::new();
    let begin = Instant::now();
    for lines in LINES.into_iter().cycle() {
        let before = Instant::now();
        if before - begin >= time {
            break;
        }
        store.append(lines.to_owned()).await?;
        took.push(before.elapsed());
    }
    Ok(took)
}
