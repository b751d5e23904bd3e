//! A journal that ends anywhere: power cuts and full disks cut its last line off, at any byte. What was
//! sent by then is known by the lines that are whole, for each is on the disk before what it announces.

use std::fs;

use super::{Desk, child, holds, leads};

/// What the lines that are whole say of some leads.
fn known(journal: &str, leads: usize) -> Vec<Option<String>> {
    let mut known = vec![None; leads];
    for line in journal
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'))
    {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |at: usize| words[at].parse::<usize>().expect("a number");
        match words[0] {
            "sending" => known[number(1)..][..number(2)].fill(Some("unknown".to_owned())),
            "answered" => {
                for (n, word) in words[3..].iter().enumerate() {
                    let id = word.parse::<i64>().map(|id| format!("done {id}"));
                    let word = id.unwrap_or_else(|_| word.replace(':', " "));
                    known[number(1) + n] = Some(word);
                }
            }
            _ => {}
        }
    }
    known
}

#[tokio::test]
async fn at_any_byte_what_was_sent_is_not_sent_again_and_the_rest_is() {
    let whole = Desk::new().await;
    whole.start(leads(9)).await;
    let journal = whole.written();
    assert_eq!(journal.lines().count(), 1 + 3 * 2);
    let mut desk = whole;
    for end in 0..=journal.len() {
        // Another account, which has none of them: whatever arrives there was sent by this start.
        desk = desk.replaced().await;
        desk.journal.write(&journal[..end]);
        let mut run = desk.run(leads(9));
        let mut words = Vec::new();
        while let Some(item) = run.next().await {
            words.push(child::word(&item.outcome));
        }
        assert!(run.stopped_by().is_none(), "cut at {end}");
        let (arrivals, held) = (desk.sandbox.arrivals(), desk.held());
        for (n, known) in known(&journal[..end], 9).into_iter().enumerate() {
            let times = arrivals.iter().filter(|arrival| holds(arrival, n)).count();
            let expected = match known {
                Some(known) => (0, known),
                None if child::is_rejected(n) => (1, "rejected status_id".to_owned()),
                None => (1, format!("done {}", held[&child::name(n)])),
            };
            assert_eq!(
                (times, &words[n]),
                (expected.0, &expected.1),
                "#{n}, cut at {end}"
            );
        }
        // What it wrote then is a whole journal again.
        drop(run);
        let again = desk.run(leads(9));
        again_is(again, &words, end).await;
        assert_eq!(
            desk.sandbox.arrivals().len(),
            arrivals.len(),
            "cut at {end}"
        );
    }
}

async fn again_is(mut run: super::Import<'_>, words: &[String], end: usize) {
    for word in words {
        let item = run.next().await.expect("an outcome");
        assert_eq!(&child::word(&item.outcome), word, "cut at {end}");
        assert!(item.from_journal);
    }
    assert!(run.next().await.is_none());
}

#[tokio::test]
async fn a_byte_that_is_no_text_stops_it_wherever_it_is() {
    let whole = Desk::new().await;
    whole.start(leads(9)).await;
    let journal = whole.written();
    let desk = Desk::new().await;
    for at in 0..journal.len() - 1 {
        let mut bytes = journal.clone().into_bytes();
        bytes[at] = 0xFF;
        fs::write(desk.journal.path(), &bytes).expect("it is written");
        let ended = desk.start(leads(9)).await;
        let line = 1 + journal[..at].matches('\n').count();
        if line > 1 {
            assert_eq!(ended.letters(), "UUUUUUUUU", "at {at}");
            assert_eq!(
                ended.fault(),
                format!(
                    "its line {line} is damaged; nothing is sent, because records that were sent may be missing in it"
                )
            );
        } else {
            assert!(!ended.letters().contains(['D', 'R']), "at {at}");
            ended.fault();
        }
        assert_eq!(
            fs::read(desk.journal.path()).expect("it is there"),
            bytes,
            "at {at}"
        );
    }
    assert!(desk.sandbox.arrivals().is_empty());
}

#[tokio::test]
async fn a_line_that_is_missing_doubled_or_out_of_place_stops_it() {
    let whole = Desk::new().await;
    whole.start(leads(15)).await;
    let journal = whole.written();
    let lines: Vec<&str> = journal.split_inclusive('\n').collect();
    let desk = Desk::new().await;
    for at in 1..lines.len() - 1 {
        let (mut missing, mut doubled, mut swapped) = (lines.clone(), lines.clone(), lines.clone());
        missing.remove(at);
        doubled.insert(at, lines[at]);
        swapped.swap(at, at + 1);
        for (what, damaged) in [
            ("missing", missing),
            ("doubled", doubled),
            ("swapped", swapped),
        ] {
            // Answers may come in any order, and some lines of different requests too.
            let harmless = what == "missing" && lines[at].starts_with("answered")
                || what == "doubled" && lines[at].starts_with("sending")
                || what == "swapped" && !follows(lines[at], lines[at + 1]);
            let before = desk.sandbox.arrivals().len();
            desk.journal.write(&damaged.concat());
            let ended = desk.run(leads(15));
            let letters = super::Ended::of(&mut { ended }, Vec::new()).await.letters();
            if !harmless {
                assert!(
                    letters.chars().all(|letter| letter == 'U'),
                    "{what} {at}: {letters}"
                );
            }
            assert_eq!(
                desk.sandbox.arrivals().len(),
                before,
                "{what} {at}: {letters}"
            );
        }
    }
}

/// Whether the second line needs the first.
fn follows(first: &str, second: &str) -> bool {
    let words = |line: &str| -> Vec<String> { line.split(' ').map(str::to_owned).collect() };
    let (first, second) = (words(first), words(second));
    first[0] == "records" && second[0] == "records" || first[1] == second[1]
}
