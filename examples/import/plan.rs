//! What an import would do, and how long that takes at the least, by the limits that hold for it.

use std::{fmt, time::Duration};

use copper_crm::limit::{AppliesTo, Limit};

use super::duration;

pub struct Plan {
    pub records: u64,
    pub per_request: u64,
    pub limits: Vec<Limit>,
}

impl Plan {
    /// One for each chunk of records.
    pub fn requests(&self) -> u64 {
        self.records.div_ceil(self.per_request.max(1))
    }

    /// From the first request to the last, if each leaves as soon as the limits allow.
    pub fn shortest(&self) -> Duration {
        let before_the_last = self.requests().saturating_sub(1);
        let waits = self.limits.iter().map(|limit| {
            let windows = before_the_last / u64::from(limit.requests.max(1));
            limit
                .window
                .saturating_mul(u32::try_from(windows).unwrap_or(u32::MAX))
        });
        waits.max().unwrap_or_default()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            records,
            per_request,
            limits,
        } = self;
        let requests = self.requests();
        writeln!(f, "    records   {records}")?;
        writeln!(
            f,
            "    chunks    {requests}, of {per_request} records at most"
        )?;
        writeln!(f, "    requests  {requests}, one for each chunk")?;
        write!(
            f,
            "    duration  {} at least",
            duration::words(self.shortest())
        )?;
        for (n, limit) in limits.iter().enumerate() {
            let kind = match limit.applies_to {
                AppliesTo::All => "",
                AppliesTo::Bulk => "bulk ",
            };
            write!(
                f,
                "{}{} {kind}requests in {}",
                if n == 0 { ", by the limits: " } else { ", " },
                limit.requests,
                duration::words(limit.window)
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(records: u64, per_request: u64) -> Plan {
        let limit = |applies_to, requests, seconds| Limit {
            applies_to,
            requests,
            window: Duration::from_secs(seconds),
        };
        Plan {
            records,
            per_request,
            limits: vec![limit(AppliesTo::All, 7, 60), limit(AppliesTo::Bulk, 2, 1)],
        }
    }

    #[test]
    fn the_last_request_leaves_as_soon_as_every_limit_allows() {
        for (records, requests, seconds) in [
            (0, 0, 0),
            (1, 1, 0),
            (10, 2, 0),
            (11, 3, 1),
            (35, 7, 3),
            (36, 8, 60),
            (70, 14, 60),
            (71, 15, 120),
        ] {
            let plan = plan(records, 5);
            assert_eq!(plan.requests(), requests, "{records}");
            assert_eq!(plan.shortest(), Duration::from_secs(seconds), "{records}");
        }
        let unlimited = Plan {
            limits: Vec::new(),
            ..plan(1_000, 1)
        };
        assert_eq!(unlimited.shortest(), Duration::ZERO);
    }

    #[test]
    fn it_is_told_with_its_reasons() {
        assert_eq!(
            plan(36, 5).to_string(),
            "    records   36\n    chunks    8, of 5 records at most\n    requests  8, one for each chunk\n    \
            duration  1 min at least, by the limits: 7 requests in 1 min, 2 bulk requests in 1 s"
        );
    }
}
