//! The order on the disk, and what is not on it: an intent is written before its request arrives, an
//! answer before anyone is told, and nothing of anybody's data ever.

use copper_crm::{
    NewLead, Outcome,
    types::{Email, PhoneNumber},
};
use copper_crm_sandbox::{Delay, Fault, Network, Sandbox, When};

use super::{Desk, child, holds, leads, meanwhile, until};

#[tokio::test]
async fn what_is_sent_is_written_down_before_it_arrives() {
    let desk = Desk::new().await;
    desk.sandbox.inject(Fault::StallBefore, When::always());
    let mut run = desk.run(leads(40));
    for requests in 1..=3 {
        let all = meanwhile(|| desk.sandbox.arrivals().len() >= requests, async {
            run.next().await;
        });
        all.await;
        for arrival in desk.sandbox.arrivals() {
            let first = (0..40).find(|n| holds(&arrival, *n)).expect("a lead");
            assert!(desk.has(&format!("records {first} 5 ")), "{first}");
            assert!(desk.has(&format!("sending {first} 5")), "{first}");
        }
    }
    assert!(!desk.written().contains("answered"));
}

#[tokio::test]
async fn what_became_of_it_is_written_down_before_anyone_is_told() {
    let desk = Desk::new().await;
    let mut run = desk.run(leads(40));
    while let Some(item) = run.next().await {
        let n = item.index as usize;
        assert!(desk.has(&format!("answered {} 5", n - n % 5)), "#{n}");
        if let Outcome::Done(lead) = item.outcome {
            assert!(desk.written().contains(&format!(" {}", *lead.id)), "#{n}");
        }
    }
}

#[tokio::test]
async fn a_later_request_is_never_written_down_before_an_earlier_one() {
    let mut desk = Desk::new().await;
    let network = Network {
        one_way: Delay::of(1, 5),
        work: Delay::of(1, 20),
    };
    let sandbox = Sandbox::builder().scale(0.01).network(network).seed(7);
    desk.sandbox = sandbox.start().await.expect("a sandbox");
    desk.copper = desk.sandbox.copper().build().expect("a client");
    desk.start(leads(200)).await;
    let journal = desk.written();
    let taken: Vec<usize> = journal
        .lines()
        .filter_map(|line| {
            line.strip_prefix("records ")?
                .split(' ')
                .next()?
                .parse()
                .ok()
        })
        .collect();
    assert_eq!(taken, (0..200).step_by(5).collect::<Vec<_>>());
    let answered: Vec<usize> = journal
        .lines()
        .filter_map(|line| {
            line.strip_prefix("answered ")?
                .split(' ')
                .next()?
                .parse()
                .ok()
        })
        .collect();
    assert!(
        !answered.is_sorted(),
        "answers come as they come: {answered:?}"
    );
}

#[tokio::test]
async fn nothing_of_anybodys_data_is_in_it() {
    let desk = Desk::new().await;
    let canaries = [
        "Ada Canary",
        "ada@canary.example",
        "555-0100-99",
        "a secret about her",
    ];
    let lead = |n: usize| NewLead {
        email: Some(Email {
            email: canaries[1].into(),
            category: None,
            extra: Default::default(),
        }),
        phone_numbers: vec![PhoneNumber {
            number: canaries[2].into(),
            category: None,
            extra: Default::default(),
        }],
        details: Some(canaries[3].into()),
        status_id: child::lead(n).status_id,
        ..NewLead::named(format!("{} {n}", canaries[0]))
    };
    let odd = When::always().containing("Canary 7\"");
    desk.sandbox.inject(Fault::ErrorAfter(500), odd);
    let refused = When::always().containing("Canary 21\"");
    desk.sandbox.inject(Fault::Refusal(422), refused);
    for _ in 0..2 {
        let mut run = desk.run((0..30).map(lead));
        until(&mut run, || desk.has("answered 25 5")).await;
    }
    let text = desk.written();
    assert!(!text.is_empty());
    let own = [
        desk.sandbox.token(),
        desk.sandbox.email(),
        desk.sandbox.base_url(),
    ];
    for canary in canaries.iter().chain(&own) {
        for word in canary.split(' ').filter(|word| word.len() > 3) {
            assert!(!text.contains(word), "{word}");
        }
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || " -_:,\n".contains(c);
    assert!(text.chars().all(allowed), "{text}");
}

#[tokio::test]
async fn the_same_input_leaves_no_trace_by_which_two_journals_could_be_matched() {
    let fingerprints = async || {
        let desk = Desk::new().await;
        desk.start(leads(10)).await;
        let journal = desk.written();
        let last = |line: &str| line.rsplit(' ').next().map(str::to_owned);
        let records = journal.lines().filter(|line| line.starts_with("records"));
        records.filter_map(last).collect::<Vec<_>>()
    };
    let (one, other) = (fingerprints().await, fingerprints().await);
    assert_eq!((one.len(), other.len()), (2, 2));
    assert!(one.iter().all(|fingerprint| !other.contains(fingerprint)));
}
