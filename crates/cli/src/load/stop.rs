//! The stop reason of an import, in words, and the effect of an interrupt.

use copper_crm::bulk::StoppedBy;

use crate::{args::import::Args, display::escape};

/// The reason why it ended early.
pub fn reason(by: &StoppedBy, args: &Args) -> String {
    let error = match by {
        StoppedBy::Caller => return "It ended early, as it was told to.".to_owned(),
        StoppedBy::Error(error) if error.is_journal() => error,
        StoppedBy::Error(error) => return format!("It ended early: {}.", escape::escaped(error)),
        other => return format!("It ended early: {other}."),
    };
    let journal = args.journal.as_ref().map(ToString::to_string);
    let journal = journal.unwrap_or_else(|| escape::path(&args.file).to_string());
    let why = error.message().unwrap_or("it can't be used");
    let mut told = format!(
        "{journal} can't be used as the journal: {}.",
        escape::escaped(why)
    );
    if error.may_have_taken_effect() {
        let (file, many) = (escape::path(&args.file), args.entity.many);
        told += &format!(
            "\nDon't load {file} without it: earlier starts may have sent {many}, and only the \
            journal knows which."
        );
    }
    told
}

/// The message after the first Ctrl-C, which says what a second one does.
pub fn stopping(args: &Args) -> String {
    let doubt = match &args.journal {
        Some(_) => &format!(
            "what was in flight {} in the next start",
            args.doubt.later()
        ),
        None => "nobody will know which requests in flight (16 at most) got through",
    };
    format!(
        "Stopping: nothing more is sent, and requests in flight are settled first.\n\
        Ctrl-C again ends it at once; {doubt}."
    )
}
