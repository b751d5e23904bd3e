//! The help of `copper sync`: the options that mean something else than in an import, and the part that follows the
//! options: examples, plan, report, exit status.

use clap::Command;

use super::sync::NOT_FOR_SYNC;

const HELP: &str = "\
Examples:
    See first what would be created and changed:
        copper sync leads.csv --live --key email --dry-run
    Do it, so that it can be stopped and continued, and write the rows that are
    left alone to a file:
        copper sync leads.csv --live --key email --journal leads.journal \\
            --rejects rejects.csv
    Add tags and phone numbers, and remove none:
        copper sync leads.csv --live --key email --lists add
    Change leads by the number that they have in another system, and create none:
        copper sync orders.csv --live --key \"Customer No\" --update-only
    Change companies that are there, by name:
        copper sync companies.xlsx --entity companies --live --key name \\
            --update-only
    Never change a field: leave out its column
        copper sync leads.csv --live --key email --map \"Status=\"

FILE is read to its end before anything is sent. The columns are those of copper
import; see copper import --help. copper export writes a file with all of them.
A sync of that file changes nothing.

A person is the same if it has one address of the row. Then the addresses of the
person become those of the row, as with any list; --lists add keeps the others.

The plan of --dry-run and --plan:
    + new           rows that are not in Copper
    ~ changed       rows that differ, with each field: its value in Copper, an
                    arrow, and its new value
    = unchanged     rows that agree with Copper
    ! ambiguous     rows whose key another row has, or several records in Copper
    x rejected      rows without a key, new rows without a name, or rows that
                    can't be sent or compared
    . left alone    rows that --create-only or --update-only excludes

The file of --plan is one JSON object. These keys are stable:
    version         1, the version of this form
    records, key    the kind of records, and the name of the key
    reading         by, which is whole or key; whole and by_key, the requests of
                    each method
    counts          create, update, unchanged, ambiguous, rejected, left
    plan            for each row, in the order of FILE: index from 0, name,
                    action, and more by the action:
                    create
                    update          id in Copper; the changes, each with field,
                                    old and new
                    unchanged       id
                    several_found   ids of all records in Copper with its key
                    several_records first and other: rows with its key, by index
                    shared          id, and the index of the other row
                    rejected        reason
                    left            id, or null if it is not in Copper
    unmatched       empty

The report is one JSON object. These keys are stable:
    sync_report     1, the version of this form
    file, entity, destination
                    the file, the kind of records, and a URL or sandbox
    stopped_by      null, or the reason why it ended early
    counts          created, updated, unchanged, rejected, not_sent and unknown
    rows            for each row, in the order of FILE: index from 0, line,
                    outcome; its id in Copper; the changes, each with field, old
                    and new; or the reason

Ctrl-C ends a sync after the requests in flight are settled. A second Ctrl-C
ends it at once.

The last line on standard output is `N leads: A created, B updated, C unchanged,
D rejected, E not sent, F unknown`, or `N people: …`. There is none if nothing
was sent, or if the sync was ended at once.

Exit status:
    0   all are created, updated or unchanged; with --dry-run: would be
    1   some are not, or it ended early, or the report can't be written
    2   the arguments, the input, Copper, the journal or the output files can't
        be used; nothing was sent";

/// The options with other words than in an import.
const OPTIONS: [(&str, &str); 5] = [
    (
        "key",
        "The key by which a row and a record in Copper are the same: email for leads and people; name or email_domain \
         for companies; for all kinds cf_<id>, or the name of a custom field. It is required. Case and spaces make no \
         difference in addresses, domains and names.",
    ),
    (
        "dry_run",
        "Reads FILE and Copper, and shows the plan. Sends and writes nothing.\n\n\
         The exit status is 1 if a row is ambiguous or rejected, or if Copper is not expected to take it.",
    ),
    (
        "absent_after",
        "A created record whose answer was lost is looked up by its key. If it is not found this long after its \
         request failed, it is absent, and counts as not sent.\n\n\
         TIME is in seconds, or 90s, 10m or 1h. If Copper's search is slower than that, an existing record is taken \
         for absent. Without this option, such a record stays unknown; sync again later.",
    ),
    (
        "journal",
        "Keeps a journal, so that a sync that ends early, for any reason, can be continued, and creates no record \
         twice. Needs --live.\n\n\
         Repeat the same command. Created records are not created again, and those in doubt are looked up. Changes \
         need no journal: they are compared again. The files of --rejects are continued as well. A journal belongs \
         to one FILE, unchanged, one KIND, and one account.\n\n\
         It can be a journal in a PostgreSQL instead of a file, so that another machine can go on: \
         postgres://user@host/database?name=RUN, with sslmode=disable if the network is private. The table is \
         created if it is not there. Put a password into COPPER_JOURNAL, which does the same as this option, and is \
         ignored without --live. copper journal lists and deletes old journals.",
    ),
    (
        "unknown_values",
        "The treatment of a status, source, owner or option that the account does not have, with --live: reject (the \
         default) its row, drop it, or append it to the details. Without --live such values are left out, and shown \
         as not checked.\n\nWith drop or details, the field keeps Copper's value. So --empty clear needs reject.",
    ),
];

/// The command with this help.
pub fn with_help(sync: Command) -> Command {
    let sync = sync.after_long_help(HELP);
    let sync = NOT_FOR_SYNC.iter().fold(sync, |sync, option| {
        sync.mut_arg(option, |arg| arg.hide(true))
    });
    OPTIONS.iter().fold(sync, |sync, (option, help)| {
        let first = help.split("\n\n").next().unwrap_or_default();
        sync.mut_arg(option, |arg| {
            arg.help(first.trim_end_matches('.').to_owned())
                .long_help(*help)
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::args::command;

    #[test]
    fn it_fits_a_narrow_terminal_and_is_about_a_sync() {
        let mut command = command();
        command.build();
        let sync = command.find_subcommand_mut("sync").expect("a command");
        let help = sync.render_long_help().to_string();
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        for word in ["--create-only", "sync_report", "Exit status:", "F unknown`"] {
            assert!(help.contains(word), "{word}: {help}");
        }
        for word in ["--reconcile", "--upsert", "email (the default)"] {
            assert!(!help.contains(word), "{word}: {help}");
        }
    }
}
