//! The corpus for private types, replayed.

use super::corpus::replay;

#[test]
fn a_bulk_answer_of_any_bytes_gives_each_record_its_true_outcome() {
    replay("bulk_answer", super::bulk_answer);
}

#[test]
fn a_single_answer_of_any_bytes_is_a_lead_or_a_doubt() {
    replay("single_answer", super::single_answer);
}

#[test]
fn an_error_body_of_any_bytes_tells_nothing_of_the_request() {
    replay("error_body", super::error_body);
}

#[test]
fn a_journal_of_any_bytes_is_heeded_or_refused() {
    replay("journal", super::journal);
}
