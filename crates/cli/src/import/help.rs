//! What `--help` shows.

use super::{columns, entity::Entity};

const HELP: &str = "\
Loads a file of leads, people, companies, opportunities or activities into
Copper, at the speed that Copper allows.

    copper import FILE [options]

FILE is .csv (comma, semicolon, tab or | between the cells, or as a first line
sep=; says), .json (an array of objects) or .jsonl (an object a line). It is in
UTF-8, or in UTF-16 with a byte order mark. All of it is read first: if anything
can't be read, nothing is sent.

Examples:
    Try it, with a Copper that runs inside the program:
        copper import examples/data/leads.csv
    See what would happen, and how long it takes at the least, before it does:
        copper import leads.csv --live --dry-run
    Load a file that has names of its own for its columns, and one column too
    many:
        copper import examples/data/export.csv \\
            --map \"Full Name=name\" --map \"E-Mail=email\" --map Mobile=phone \\
            --map Firm=company --map Labels=tags --map \"Internal No=\"
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

What to load, and where to:
    --entity KIND         What FILE has: leads (the default), people, companies,
                          opportunities or activities.
    --map COLUMN=name     Take a column of FILE (or a key of its objects) for
                          the one that is known by that name; with no name after
                          the =, leave it out. Once for each column. What is
                          mapped is not taken for what it is called: with --map
                          \"Title=details\" there is no title.
    --live                Send to Copper, with COPPER_ACCESS_TOKEN and
                          COPPER_USER_EMAIL (and COPPER_BASE_URL, if set).
                          Otherwise to a sandbox in this process.
    --chunk-size N        Records per request. Default: what Copper takes.

What to do about leads that may or may not be there:
    --reconcile WAY       Look up in Copper those whose request failed without
                          an answer, and with --journal those of earlier starts,
                          too. One that is found is done. WAY is how they are
                          recognised:
                          email      by their address
                          tag:TEXT   by what they hold and this tag, which all
                                     get; no other import should have it
                          cf_<id>    by that column, which must not be blank:
                                     put in a number of your own for each row
                          What can't be told from others stays unknown.
    --absent-after TIME   With --reconcile: one that is not found so long after
                          its request failed is not there, and so not sent. TIME
                          is in seconds, or 90s, 10m or 1h. If Copper is slower
                          than that, a lead is called absent that is there.
                          Without it, it stays unknown.
    --send-again          With --absent-after: send again what is absent, three
                          times at most.
    --upsert KEY          Update the lead that has the same KEY (email or
                          cf_<id>), or create one if none has. It can be
                          repeated as a whole, and creates nothing twice, but
                          sends one lead a request, and so takes far longer.
                          Rows without the KEY are rejected before they are
                          sent, and so is, by Copper, one that several leads
                          match; the reason has their ids.

What to look at before:
    --check               Don't send rows that Copper is not expected to take:
                          with a blank name, an e-mail address without an @, or
                          an empty tag. They are rejected, and the rest is
                          loaded. Without it they are sent, and Copper decides.
                          An activity has none of these.
    --dry-run             Send nothing at all, and write nothing. Check all
                          rows, with --check or without, and whether two people
                          have one address. Tell what is found, by line, and the
                          plan: how many records, chunks and requests, and how
                          long they take at the least. Exits as the import
                          would, as far as that is known before it: with 1 if
                          there are rows that Copper is not expected to take.
    --accept-duplicates   Load a .unknown file, although what it has may be in
                          Copper already. --upsert does without.

What to keep:
    --rejects FILE.csv    Write down what is rejected or not sent: the columns
                          of the input, and index (its place in the input, from
                          0), outcome and reason. Correct it and load it as it
                          is, with the same --map: these three columns are
                          ignored then. What may or may not be in Copper goes to
                          FILE.csv.unknown. Files that still hold rows of an
                          earlier import are not overwritten.
    --journal FILE        Keep a journal, so that an import that ends early, by
                          whatever, can go on: the same command again sends only
                          what is not settled, and counts all in its last line.
                          What was under way at a kill is unknown, but for
                          --reconcile and --upsert. The files of --rejects go on
                          as well: what is sent or looked up is taken out of
                          them before. Needs --live; one journal is for one
                          FILE, unchanged, of one KIND, and one account.
    --report FILE         Write down what became of all, as JSON for a machine;
                          see below. It replaces a report of an earlier import,
                          and no other file.
    --help                Show this.

Columns, in any order:
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
    tags        with ; between them
    cf_<id>     a custom field by the id of its definition. A plain number (up
                to 15 digits, no leading zero or plus sign), true, false, [a
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

Ctrl-C ends an import when what is under way has settled; a second one ends it
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

/// No line is longer, so that it fits a narrow terminal.
const WIDTH: usize = 80;
const COLUMNS_AT: usize = 20;

pub fn text() -> String {
    let mut text = HELP.to_owned();
    for entity in Entity::all() {
        let mut line = format!("    {:1$}", entity.many, COLUMNS_AT - 4);
        for word in columns::known(entity).split(' ') {
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

    #[test]
    fn it_fits_a_narrow_terminal() {
        for line in text().lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn it_ends_with_every_column_of_every_kind() {
        let text = text().split_whitespace().collect::<Vec<_>>().join(" ");
        for entity in Entity::all() {
            let columns = format!("{} {}", entity.many, columns::known(entity));
            assert!(text.contains(&columns), "{columns}");
        }
    }
}
