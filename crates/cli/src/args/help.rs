//! The part of the help that follows the options of `copper import`: examples, columns, report, exit status.

use crate::{columns::column, fields::entities::ENTITIES};

const HELP: &str = "\
Examples:
    Try it, with a Copper that runs inside the program:
        copper import examples/data/leads.csv
    See first what would happen, and the shortest time that it can take:
        copper import leads.csv --live --dry-run
    Load a file of another system, without a column that Copper does not have:
        copper import examples/data/export.csv --map \"Internal No=\"
    Load it for real, so that it can be stopped and continued, and write the
    rows that are not loaded to a file:
        copper import leads.csv --live --journal leads.journal \\
            --rejects rejects.csv
    Load it over a bad connection: look up leads in doubt, and send those again
    that are not found ten minutes after their request failed:
        copper import leads.csv --live --journal leads.journal \\
            --reconcile \"tag:fair 2026-11-24\" --absent-after 10m --send-again
    Update leads every night, and create those that are not there yet:
        copper import leads.csv --live --upsert email
    Load people, except rows that can't be right, and report the outcome of
    each row to a program:
        copper import people.csv --entity people --live \\
            --check --report report.json

Columns can be in any order. They are recognised by the names below, in any
spelling (only letters and digits count); with --live, by the names of the
account's custom fields; and by the names in other systems, in English, German,
French, Spanish, Italian, Portuguese and Dutch. --dry-run shows the rule for
each column. First, middle and last name are joined if there is no whole name.
Phones have their kind, web sites and social profiles are plain addresses, and
a home address is used if there is no other one. Names are used in place of
ids: status, source, owner (name or e-mail), pipeline.
    leads           name; email, phone, company, title, details, the address,
                    tags, cf_<id>
    people          name; emails (separated by ;), phone, company_id,
                    company, title, details, the address, tags, cf_<id>
    companies       name; email_domain, phone, details, the address, tags,
                    cf_<id>
    opportunities   name, primary_contact_id; monetary_value, close_date
                    (month/day/year), details, pipeline_id, pipeline_stage_id,
                    priority, tags, cf_<id>
    activities      parent_type (such as person), parent_id, type_id, details;
                    activity_date (seconds since 1970)
Columns before the ; are required. Only a name may be blank: Copper decides
about it. The columns mean:
    the address
                street, city, state, postal_code, country
    tags        separated by ;, or by commas if no cell has a ;
    cf_<id>     a custom field, by the id of its definition. With --live the
                field's type decides: options by name, several separated by ;,
                a date as 2026-12-31 or in --date-order. Without it, a plain
                number (up to 15 digits, no leading zero or plus sign), true,
                false, [a list] or {an object} is sent as such, and everything
                else as text: 007 and +1 555 0100 are text. For the text 42
                write \"42\" with the quotes (in a .csv: \"\"\"42\"\"\").
Empty cells are not sent. E-mail addresses and phone numbers get the category
`work`. In JSON, the keys are the same, or those of Copper's API with the API's
values, such as address, assignee_id, custom_fields, phone_numbers, socials,
websites, and an activity's parent and type. A .csv can have these columns as
well, with JSON in their cells. The end of this help lists all known columns.

The report is one JSON object. These keys are stable:
    import_report   1, the version of this form
    file, entity, destination
                    the file, the kind of records, and a URL or sandbox
    ended           complete; early, if not all rows were sent; or at_once,
                    after a second Ctrl-C: rows without an outcome may or may
                    not be in Copper
    stopped_by      null, or the reason why it ended early: by (signal, error or
                    file) and message
    counts          records of FILE; done, rejected, not_sent and unknown; and
                    from_journal, those that earlier starts had settled
    reasons         outcome, reason and count of each reason why records are not
                    done
    rows            for each record with an outcome, in the order of FILE: index
                    from 0, line, outcome (done, rejected, not_sent or unknown),
                    and its id in Copper or the reason
The whole report is written when the import has ended. There is none while rows
are sent.

Ctrl-C ends an import after the requests in flight are settled. A second Ctrl-C
ends it at once.

The last line on standard output is `N leads: A done, B rejected, C not sent, D
unknown`, or `N people: …`. There is none if nothing was sent, or if the import
was ended at once.

Exit status:
    0   all are done
    1   some are not, or it ended early, or the report can't be written
    2   the arguments, the input, the journal or the output files can't be used;
        nothing was sent, and nothing is known to be in Copper

All columns, by the kind of records:";

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
