//! The sending: one run over all leads of the input, each outcome written down as it comes.

use copper_crm::bulk::from_stream;

use super::{
    args::Args,
    destination::Destination,
    ended::{Ended, Interrupted},
    gate::Gate,
    input::Input,
    interrupts::Interrupts,
    progress::Progress,
    rejects::Rejects,
    report, say,
};

/// An error means that nothing was sent.
pub async fn load<'r, 'i>(
    destination: &Destination,
    input: &'i Input,
    args: &Args,
    mut rejects: Option<&'r mut Rejects<'i>>,
) -> Result<Ended<'r, 'i>, String> {
    let (mut gate, leads) = Gate::before(input.rows.iter().map(|row| row.lead.clone()));
    let copper = destination.copper();
    let mut run = copper.bulk_create_leads(from_stream(leads));
    if let Some(size) = args.chunk_size {
        run = run.chunk_size(size.get());
    }
    if let Some(path) = &args.journal {
        run = run.journal(path);
    }
    let mut interrupts = Interrupts::catch();
    tokio::select! {
        () = gate.asked() => {}
        // It has no outcome to give before it has a lead.
        _ = run.next() => {}
    }
    if let Some(by) = run.stopped_by() {
        return Err(report::end(&by, args));
    }
    if let Some(rejects) = rejects.as_deref_mut() {
        rejects.open()?;
    }
    let leads = input.rows.len();
    match &args.journal {
        Some(journal) => say(format_args!(
            "Sending {leads} leads to {destination}, but for those that {} has as settled.",
            journal.display()
        )),
        None => say(format_args!("Sending {leads} leads to {destination}.")),
    }
    gate.open();

    let mut ended = Ended::new(input, run.summary(), rejects);
    let mut progress = Progress::of(input.rows.len() as u64);
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
        progress.step(settled.from_journal);
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
