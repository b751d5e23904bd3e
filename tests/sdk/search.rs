//! Searches over all pages, against the sandbox.

use std::collections::BTreeSet;

use copper_crm::{Copper, NewLead, types::*};
use copper_crm_sandbox::{Fault, Sandbox, When};
use futures_util::TryStreamExt;

async fn sandbox_with(leads: usize) -> (Sandbox, Copper) {
    let sandbox = Sandbox::builder()
        .scale(0.002)
        .start()
        .await
        .expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    let mut run = copper.bulk_create_leads((0..leads).map(|n| {
        let tags = if n % 2 == 0 {
            vec!["even".to_owned()]
        } else {
            vec![]
        };
        NewLead {
            tags,
            monetary_value: Some(n as f64),
            ..NewLead::named(format!("Lead {n:04}"))
        }
    }));
    while run.next().await.is_some() {}
    assert_eq!(run.summary().done as usize, leads);
    (sandbox, copper)
}

async fn names(copper: &Copper, search: LeadSearch) -> Vec<String> {
    let leads: Vec<Lead> = copper
        .search_leads(search)
        .try_collect()
        .await
        .expect("found");
    leads
        .into_iter()
        .map(|lead| lead.name.expect("a name"))
        .collect()
}

fn searches(sandbox: &Sandbox) -> usize {
    sandbox
        .arrivals()
        .iter()
        .filter(|arrival| arrival.operation == Some("search_leads"))
        .count()
}

#[tokio::test]
async fn all_pages_are_read_in_order_and_each_lead_comes_once() {
    let (sandbox, copper) = sandbox_with(450).await;
    let found = names(
        &copper,
        LeadSearch {
            sort_by: Some("name".into()),
            ..LeadSearch::default()
        },
    )
    .await;
    let expected: Vec<String> = (0..450).map(|n| format!("Lead {n:04}")).collect();
    assert_eq!(found, expected);
    assert_eq!(searches(&sandbox), 3, "200 to a page");
}

#[tokio::test]
async fn pages_are_fetched_only_when_wanted_and_their_size_can_be_chosen() {
    let (sandbox, copper) = sandbox_with(30).await;
    let mut found = copper.search_leads(LeadSearch {
        page_size: Some(10),
        ..LeadSearch::default()
    });
    assert_eq!(searches(&sandbox), 0);
    for _ in 0..10 {
        found.next().await.expect("a lead").expect("found");
    }
    assert_eq!(searches(&sandbox), 1);
    assert_eq!(
        found.try_collect::<Vec<_>>().await.expect("found").len(),
        20
    );
    assert_eq!(
        searches(&sandbox),
        4,
        "the last page was full, so there might have been more"
    );
}

#[tokio::test]
async fn leads_that_others_create_meanwhile_make_a_search_neither_repeat_nor_skip_one() {
    let (_sandbox, copper) = sandbox_with(45).await;
    let mut search = copper.search_leads(LeadSearch {
        page_size: Some(10),
        ..LeadSearch::default()
    });
    let mut found = Vec::new();
    while let Some(lead) = search.next().await {
        found.push(lead.expect("a lead").id);
        if found.len() % 10 == 5 && found.len() < 45 {
            // By name it would come first, and push all others on.
            let created = copper.create_lead(&NewLead::named("A first name")).await;
            created.expect("a lead");
        }
    }
    let ids: std::collections::HashSet<_> = found.iter().collect();
    assert_eq!(ids.len(), found.len(), "one came twice");
    assert_eq!(found.len(), 45 + 4, "one was skipped");
}

#[tokio::test]
async fn filters_narrow_a_search() {
    let (_sandbox, copper) = sandbox_with(20).await;
    let tagged = LeadSearch {
        tags: Some(TagFilter::Any(vec!["even".into()])),
        ..LeadSearch::default()
    };
    assert_eq!(names(&copper, tagged).await.len(), 10);
    let none = TagMatch::new(MatchOption::None, vec!["even".to_owned()]);
    let untagged = LeadSearch {
        tags: Some(TagFilter::By(none)),
        ..LeadSearch::default()
    };
    assert_eq!(names(&copper, untagged).await.len(), 10);
    let range = LeadSearch {
        minimum_monetary_value: Some(5.0),
        maximum_monetary_value: Some(7.0),
        ..LeadSearch::default()
    };
    let found: BTreeSet<String> = names(&copper, range).await.into_iter().collect();
    assert_eq!(
        found,
        ["Lead 0005", "Lead 0006", "Lead 0007"]
            .map(str::to_owned)
            .into()
    );
    let nobody = LeadSearch {
        assignee_ids: vec![UserId::NOBODY],
        ..LeadSearch::default()
    };
    assert_eq!(names(&copper, nobody).await.len(), 20);
}

#[tokio::test]
async fn a_page_tells_the_total() {
    let (_sandbox, copper) = sandbox_with(30).await;
    let page = copper
        .search_leads_page(&LeadSearch {
            page_size: Some(4),
            page_number: Some(8),
            ..LeadSearch::default()
        })
        .await;
    let page = page.expect("a page");
    assert_eq!((page.records.len(), page.total), (2, Some(30)));
}

#[tokio::test]
async fn what_no_search_can_express_is_refused_before_anything_is_sent() {
    let (sandbox, copper) = sandbox_with(0).await;
    let mut found = copper.search_leads(LeadSearch {
        page_size: Some(201),
        ..LeadSearch::default()
    });
    let error = found
        .next()
        .await
        .expect("an error")
        .expect_err("too large");
    assert!(
        error
            .to_string()
            .contains("page_size must be from 1 to 200"),
        "{error}"
    );
    assert!(
        found.next().await.is_none(),
        "the stream ends after an error"
    );
    assert_eq!(searches(&sandbox), 0);
}

#[tokio::test]
async fn a_lost_page_is_asked_for_again_and_a_lasting_error_ends_the_search() {
    let (sandbox, copper) = sandbox_with(30).await;
    sandbox.inject(Fault::CutOff, When::nth(2).of("search_leads"));
    let search = || LeadSearch {
        page_size: Some(10),
        ..LeadSearch::default()
    };
    assert_eq!(names(&copper, search()).await.len(), 30);
    sandbox.inject(Fault::Refusal(401), When::from(2).of("search_leads"));
    let mut found = copper.search_leads(search());
    for _ in 0..10 {
        found.next().await.expect("a lead").expect("found");
    }
    assert!(
        found
            .next()
            .await
            .expect("an error")
            .expect_err("refused")
            .is_unauthorized()
    );
    assert!(found.next().await.is_none());
}
