//! Hostile files: the corpus of the importer's fuzz targets, replayed.

#[path = "../../../../tools/fuzz/checks/corpus.rs"]
mod corpus;
#[path = "../../../../tools/fuzz/checks/import.rs"]
mod import;
#[path = "../../../../tools/fuzz/checks/read.rs"]
mod read;

use corpus::replay;

#[test]
fn a_csv_of_any_bytes_is_read_whole_or_refused() {
    replay("import_csv", import::csv);
}

#[test]
fn a_json_of_any_bytes_is_read_whole_or_refused() {
    replay("import_json", import::json);
}

#[test]
fn a_file_of_any_bytes_is_read_alike_by_every_pass_or_refused() {
    replay("read_any", read::any);
}

#[test]
fn a_workbook_of_any_bytes_is_read_alike_by_every_pass_or_refused() {
    replay("read_workbook", read::workbook);
}

#[test]
fn the_workbooks_of_the_fuzzers_are_read() {
    read::the_rest_of_a_workbook_is_read();
}
