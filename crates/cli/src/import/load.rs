//! The sending: one run over all records of the input, each outcome written down as it comes.

use copper_crm::{
    Check, Copper,
    bulk::{Endpoint, FromStream, Run, from_stream},
};
use futures_util::{StreamExt, stream::BoxStream};

use super::{
    args::Args,
    destination::Destination,
    ended::{Ended, Interrupted},
    gate::Gate,
    input::Input,
    interrupts::Interrupts,
    progress::Progress,
    records::Records,
    rejects::Rejects,
    report,
    report_file::ReportFile,
    say,
};

/// All records of the input, of the type that their run takes.
type Stream<'i, T> = FromStream<BoxStream<'i, T>>;

/// An error means that nothing was sent.
pub async fn load<'r, 'i>(
    destination: &Destination,
    input: &'i Input,
    args: &Args,
    rejects: Option<&'r mut Rejects<'i>>,
    report: Option<&ReportFile>,
) -> Result<Ended<'r, 'i>, String> {
    let load = Load {
        destination,
        input,
        args,
        rejects,
        report,
    };
    match &input.records {
        Records::Leads(all) => match args.doubt.upserted() {
            Some(key) => {
                load.all(all, |c, all| {
                    args.checks(c.upsert_leads(all, key.match_by()))
                })
                .await
            }
            None => {
                load.all(all, |c, all| {
                    let run = args.checks(c.bulk_create_leads(all));
                    match args.doubt.reconcile() {
                        Some(how) => run.reconcile(how),
                        None => run,
                    }
                })
                .await
            }
        },
        Records::People(all) => {
            load.all(all, |c, all| args.checks(c.bulk_create_people(all)))
                .await
        }
        Records::Companies(all) => {
            load.all(all, |c, all| args.checks(c.bulk_create_companies(all)))
                .await
        }
        Records::Opportunities(all) => {
            load.all(all, |c, all| args.checks(c.bulk_create_opportunities(all)))
                .await
        }
        // There is nothing to check: those that lack something can't even be read.
        Records::Activities(all) => load.all(all, |c, all| c.bulk_create_activities(all)).await,
    }
}

impl Args {
    /// Looks through the records before they are sent, if that is asked for.
    fn checks<'i, E: Endpoint<Input: Check>>(&self, run: Run<'i, E>) -> Run<'i, E> {
        match self.check {
            true => run.checked(),
            false => run,
        }
    }
}

struct Load<'l, 'r, 'i> {
    destination: &'l Destination,
    input: &'i Input,
    args: &'l Args,
    rejects: Option<&'r mut Rejects<'i>>,
    report: Option<&'l ReportFile>,
}

impl<'r, 'i> Load<'_, 'r, 'i> {
    async fn all<E: Endpoint<Input: Clone>>(
        self,
        records: &'i [E::Input],
        start: impl FnOnce(&Copper, Stream<'i, E::Input>) -> Run<'i, E>,
    ) -> Result<Ended<'r, 'i>, String> {
        let Self {
            destination,
            input,
            args,
            mut rejects,
            report,
        } = self;
        let noun = input.entity.many;
        let (mut gate, records) = Gate::before(records.iter().cloned());
        let count = input.rows.len();
        let mut run =
            start(destination.copper(), from_stream(records.boxed())).expected(count as u64);
        if let Some(size) = args.chunk_size {
            run = run.chunk_size(size.get());
        }
        if let Some(path) = &args.journal {
            run = run.journal(path);
        }
        let mut interrupts = Interrupts::catch();
        tokio::select! {
            () = gate.asked() => {}
            // It has no outcome to give before it has a record.
            _ = run.next() => {}
        }
        if let Some(by) = run.stopped_by() {
            return Err(report::end(&by, args));
        }
        if let Some(rejects) = rejects.as_deref_mut() {
            rejects.open()?;
        }
        if let Some(report) = report {
            report.clear()?;
        }
        match &args.journal {
            Some(journal) => say(format_args!(
                "Sending {count} {noun} to {destination}, but for those that {} has as settled.",
                journal.display()
            )),
            None => say(format_args!("Sending {count} {noun} to {destination}.")),
        }
        gate.open();

        let mut ended = Ended::new(input, run.summary(), rejects, report.map(|_| Vec::new()));
        let mut progress = Progress::of(run.progress(), count as u64, noun);
        // Outcomes come in the order of the input.
        let mut rows = input.rows.iter();
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
                    progress.say(report::stopping(args));
                    continue;
                }
                settled = run.next() => settled,
            };
            let Some(settled) = settled else { break };
            progress.step();
            // What can't be written down had better not be sent.
            if let Some(row) = rows.next()
                && !ended.settle(row, &settled)
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
        Ok(ended)
    }
}
