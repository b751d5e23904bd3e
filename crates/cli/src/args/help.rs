//! The part of the help that follows on the options of `copper import`: examples, columns, report, exit
//! status.

use crate::{columns::column, fields::entities::ENTITIES};

const HELP: &str = "\
Examples:
    Try it, with a Copper that runs inside the program:
        copper import examples/data/leads.csv
    See what would happen, and how long it takes at the least, before it does:
        copper import leads.csv --live --dry-run
    Load a file of another system, without a column that Copper has no place for:
        copper import examples/data/export.csv --map \"Internal No=\"
    Load it for real, so that it can be ended and started again, and keep what
    did not get there:
        copper import leads.csv --live --journal leads.journal \\
            --rejects rejects.csv
    Load it over a bad line: look up what is in doubt, and send again what is
    not there ten minutes after its request was given up on:
        copper import leads.csv --live --journal leads.journal \\
            --reconcile \"tag:fair 2026-11-24\" --absent-after 10m --send-again
    Bring leads up to date every night, whether they are there or not:
        copper import leads.csv --live --upsert email
    Load people, but for rows that can't be right, and tell a program what
    became of each:
        copper import people.csv --entity people --live \\
            --check --report report.json

Columns are known, in any order, by the names below, in any spelling (only letters
and digits count); with --live, by the names of the account's custom fields; and by
what other systems and people call them, in English, German, French, Spanish,
Italian, Portuguese and Dutch: --dry-run shows which rule placed each. First, middle
and last name are joined where there is no whole one. Phones go in by their kind,
web sites and social profiles as plain addresses, a home address where there is no
other one. Names stand for ids: status, source, owner (name or e-mail), pipeline.
    leads           name; email, phone, company, title, details, the address,
                    tags, cf_<id>
    people          name; emails (with ; between them), phone, company_id,
                    company, title, details, the address, tags, cf_<id>
    companies       name; email_domain, phone, details, the address, tags,
                    cf_<id>
    opportunities   name, primary_contact_id; monetary_value, close_date
                    (month/day/year), details, pipeline_id, pipeline_stage_id,
                    priority, tags, cf_<id>
    activities      parent_type (such as person), parent_id, type_id, details;
                    activity_date (seconds since 1970)
Those before the ; are needed; only a name may be blank, which is left to
Copper. Of these,
    the address is
                street, city, state, postal_code, country
    tags        with ; between them, or commas where no cell has a ;
    cf_<id>     a custom field by the id of its definition. With --live its value
                goes by the field's type: options by name, several with ;, a date
                as 2026-12-31 or in --date-order. Otherwise a plain number (up to
                15 digits, no leading zero or plus sign), true, false, [a
                list] or {an object} is sent as such, all else as text: 007 and
                +1 555 0100 are text. For the text 42 write \"42\" with the quotes
                (in a .csv: \"\"\"42\"\"\").
Empty cells are not sent. E-mail addresses and phone numbers go in as `work`.
The keys of a .json are the same, or those of Copper's API, with values as the
API takes them, such as address, assignee_id, custom_fields, phone_numbers,
socials, websites, and an activity's parent and type. A .csv can have these
columns too, with JSON in their cells. All that are known are at the end.

The report is one object, and these keys stay:
    import_report   1, the version of this form
    file, entity, destination
                    what was loaded, and where to: a URL, or sandbox
    ended           complete; early, before all rows had their turn; or at_once,
                    by a second Ctrl-C: rows without an outcome may or may not
                    be in Copper
    stopped_by      null, or why no more was sent: by (signal, error or file)
                    and message
    counts          records of FILE; done, rejected, not_sent and unknown; and
                    from_journal, those that earlier starts had settled
    reasons         outcome, reason and count of each reason why records are not
                    done
    rows            of each record that has an outcome, in the order of FILE:
                    index from 0, line, outcome (done, rejected, not_sent or
                    unknown), and its id in Copper or the reason
It is written when the import has ended, whole or not at all. While rows are
sent there is none.

Ctrl-C ends an import when what is in flight has settled; a second one ends it
at once.

The last line on standard output is `N leads: A done, B rejected, C not sent, D
unknown`, or `N people: …`. There is none if nothing was sent, or if the import
was ended at once.

Exit status:
    0   all are done
    1   some are not, or it ended early, or the report can't be written
    2   the arguments, the input, the journal or the files to write can't be
        used, nothing was sent and nothing is known to be in Copper

All columns, by what FILE has:";

/// The longest line, so that it fits a narrow terminal.
const WIDTH: usize = 80;
const COLUMNS_AT: usize = 20;

pub fn after_options() -> String {
    let mut text = HELP.to_owned();
    for entity in ENTITIES {
        let mut line = format!("    {:1$}", entity.many, COLUMNS_AT - 4);
        for word in column::known(entity).split(' ') {
            if line.len() + word.len() > WIDTH {
                text += &format!("\n{}", line.trim_end());
                line = " ".repeat(COLUMNS_AT);
            }
            line += &format!("{word} ");
        }
        text += &format!("\n{}", line.trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::command;

    #[test]
    fn it_fits_a_narrow_terminal() {
        let help = help();
        assert!(help.contains("--rejects <FILE.csv>"), "{help}");
        for line in help.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn it_ends_with_every_column_of_every_kind() {
        let text = help().split_whitespace().collect::<Vec<_>>().join(" ");
        for entity in ENTITIES {
            let columns = format!("{} {}", entity.many, column::known(entity));
            assert!(text.contains(&columns), "{columns}");
        }
    }

    fn help() -> String {
        let mut command = command();
        command.build();
        let import = command.find_subcommand_mut("import").expect("a command");
        import.render_long_help().to_string()
    }
}
