//! The sending: one run over all leads of the input, each outcome written down as it comes.

use std::{fmt::Display, num::NonZeroUsize};

use copper_crm::{
    Copper, Outcome,
    bulk::{StoppedBy, Summary},
};

use super::{
    input::{Input, UNKNOWN},
    progress::Progress,
    reasons::Reasons,
    rejects::Rejects,
};

/// How an import ended.
pub struct Ended<'r, 'i> {
    pub summary: Summary,
    pub stopped_by: Option<StoppedBy>,
    pub reasons: Reasons,
    pub rejects: Option<&'r Rejects<'i>>,
}

pub async fn load<'r, 'i>(
    copper: &Copper,
    input: &'i Input,
    chunk_size: Option<NonZeroUsize>,
    mut rejects: Option<&'r mut Rejects<'i>>,
) -> Ended<'r, 'i> {
    let mut run = copper.bulk_create_leads(input.rows.iter().map(|row| row.lead.clone()));
    if let Some(size) = chunk_size {
        run = run.chunk_size(size.get());
    }
    let mut reasons = Reasons::default();
    let mut progress = Progress::of(input.rows.len() as u64);
    // Outcomes come in the order of the input.
    let mut rows = input.rows.iter();
    while let Some(settled) = run.next().await {
        progress.step();
        let Some(row) = rows.next() else { continue };
        let (outcome, reason) = match &settled.outcome {
            Outcome::Done(_) => continue,
            Outcome::Rejected(why) => ("rejected", one_line(why)),
            Outcome::NotSent(why) => ("not sent", one_line(why)),
            Outcome::Unknown(why) => (UNKNOWN, one_line(why)),
        };
        reasons.add(outcome, &reason, settled.index, row.line);
        if let Some(rejects) = rejects.as_deref_mut() {
            let sheet = match &settled.outcome {
                Outcome::Unknown(_) => &mut rejects.unknown,
                _ => &mut rejects.surely_not_there,
            };
            // What can't be written down had better not be sent.
            if !sheet.add(row, settled.index, outcome, &reason) {
                run.stop();
            }
        }
    }
    progress.end();
    if let Some(rejects) = rejects.as_deref_mut() {
        rejects.surely_not_there.close();
        rejects.unknown.close();
    }
    Ended {
        summary: run.summary(),
        stopped_by: run.stopped_by(),
        reasons,
        rejects: rejects.map(|rejects| &*rejects),
    }
}

/// A reason can quote a whole page of HTML.
fn one_line(reason: impl Display) -> String {
    let reason = reason.to_string();
    reason.split_whitespace().collect::<Vec<_>>().join(" ")
}
