//! The load: one run over all records of the input, each outcome written as it comes.

pub mod destination;
pub mod directory;
pub mod ended;
pub mod feed;
pub mod gate;
pub mod interrupts;
pub mod kept_back;
pub mod progress;
pub mod sharing;
pub mod stop;

use copper_crm::{
    Copper,
    bulk::{Endpoint, FromStream, Run, from_stream},
};
use futures_util::{StreamExt, stream::BoxStream};

use crate::{
    args::import::Args,
    display::say,
    fields::entity::Kind,
    files::{outcomes::Outcomes, rejects::Rejects, report_file::ReportFile},
    records::{input::Input, record::FromRecord},
};
use destination::Destination;
use ended::{Ended, Interrupted};
use feed::Feed;
use gate::Gate;
use interrupts::Interrupts;
use kept_back::KeptBack;
use progress::Progress;

/// All records of the input, in the type of their run.
type Stream<'i, T> = FromStream<BoxStream<'i, T>>;

/// Sends all records. An error means that nothing was sent.
pub async fn load<'r, 'i>(
    destination: &Destination,
    input: &'i Input,
    args: &Args,
    rejects: Option<&'r mut Rejects<'i>>,
    outcomes: Option<&'r mut Outcomes>,
    report: Option<&ReportFile>,
) -> Result<Ended<'r, 'i>, String> {
    let load = Load {
        destination,
        input,
        args,
        rejects,
        outcomes,
        report,
    };
    match input.entity.kind {
        Kind::Leads => match args.doubt.upserted() {
            Some(key) => load.all(|c, all| c.upsert_leads(all, key.match_by())).await,
            None => {
                load.all(|c, all| {
                    let run = c.bulk_create_leads(all);
                    match args.doubt.reconcile() {
                        Some(how) => run.reconcile(how),
                        None => run,
                    }
                })
                .await
            }
        },
        Kind::People => load.all(|c, all| c.bulk_create_people(all)).await,
        Kind::Companies => load.all(|c, all| c.bulk_create_companies(all)).await,
        Kind::Opportunities => load.all(|c, all| c.bulk_create_opportunities(all)).await,
        Kind::Activities => load.all(|c, all| c.bulk_create_activities(all)).await,
    }
}

struct Load<'l, 'r, 'i> {
    destination: &'l Destination,
    input: &'i Input,
    args: &'l Args,
    rejects: Option<&'r mut Rejects<'i>>,
    outcomes: Option<&'r mut Outcomes>,
    report: Option<&'l ReportFile>,
}

impl<'r, 'i> Load<'_, 'r, 'i> {
    async fn all<E: Endpoint<Input: FromRecord>>(
        self,
        start: impl FnOnce(&Copper, Stream<'i, E::Input>) -> Run<'i, E>,
    ) -> Result<Ended<'r, 'i>, String> {
        let Self {
            destination,
            input,
            args,
            mut rejects,
            outcomes,
            report,
        } = self;
        let noun = input.entity.many;
        let kept_back = KeptBack::default();
        let (feed, records) = Feed::new(input, kept_back.clone());
        let (mut gate, records) = Gate::before(records);
        let count = input.count;
        let mut run = start(destination.copper(), from_stream(records.boxed())).expected(count);
        if let Some(size) = args.chunk_size {
            run = run.chunk_size(size.get());
        }
        if let Some(journal) = &args.journal {
            run = run.journal(journal.location()?);
        }
        if input.findings.rejects_any() {
            let kept_back = kept_back.clone();
            run = run.checked_by(move |index, _| kept_back.check(index));
        }
        let mut interrupts = Interrupts::catch();
        tokio::select! {
            () = gate.asked() => {}
            // There is no outcome before there is a record.
            _ = run.next() => {}
        }
        if let Some(by) = run.stopped_by() {
            return Err(stop::reason(&by, args));
        }
        if let Some(rejects) = rejects.as_deref_mut() {
            rejects.open()?;
        }
        let mut outcomes = outcomes;
        if let Some(outcomes) = outcomes.as_deref_mut() {
            outcomes.open()?;
        }
        if let Some(report) = report {
            report.clear()?;
        }
        match &args.journal {
            Some(journal) => say(format_args!(
                "Sending {count} {noun} to {destination}, except those that {journal} has as settled."
            )),
            None => say(format_args!("Sending {count} {noun} to {destination}.")),
        }
        gate.open();

        let mut ended = Ended::new(
            input,
            run.summary(),
            rejects,
            outcomes,
            report.map(|_| Vec::new()),
        );
        let mut progress = Progress::of(run.progress(), count, noun);
        loop {
            let settled = tokio::select! {
                biased;
                () = interrupts.next() => {
                    if ended.interrupted == Interrupted::Once {
                        ended.interrupted = Interrupted::Twice;
                        break;
                    }
                    ended.interrupted = Interrupted::Once;
                    run.stop();
                    progress.say(stop::stopping(args));
                    continue;
                }
                () = progress.due() => {
                    progress.tell();
                    continue;
                }
                settled = run.next() => settled,
            };
            let Some(settled) = settled else { break };
            progress.step();
            kept_back.forget(settled.index);
            // Outcomes come in the order of the input. A record that can't be written to the files must not
            // be sent.
            if let Some(row) = feed.next()
                && !ended.settle(&row, &settled)
            {
                run.stop();
            }
        }
        progress.end();
        if let Some(rejects) = &mut ended.rejects {
            rejects.close();
        }
        ended.summary = run.summary();
        ended.stopped_by = run.stopped_by();
        ended.unread = feed.failure();
        Ok(ended)
    }
}
