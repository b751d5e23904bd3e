//! The plan of an import: its records, requests and shortest duration under the rate limits.

use std::{fmt, num::NonZeroUsize, time::Duration};

use copper_crm::{
    Copper,
    limit::{AppliesTo, Limit},
};

use crate::{
    args::import::Args,
    display::duration,
    records::{input::Input, record},
};

pub struct Plan {
    /// For each record, whether it is rejected before it is sent.
    held_back: Vec<bool>,
    per_request: NonZeroUsize,
    limits: Vec<Limit>,
}

impl Plan {
    pub fn new(input: &Input, args: &Args, copper: &Copper, held_back: Vec<bool>) -> Self {
        let limits = copper.limiter().limits().into_iter();
        let upserts = args.doubt.upserted().is_some();
        let default = match upserts {
            true => 1,
            false => record::per_request(input.entity.kind, copper),
        };
        Self {
            held_back,
            per_request: args
                .chunk_size
                .or(NonZeroUsize::new(default))
                .unwrap_or(NonZeroUsize::MIN),
            // Upserts are single calls.
            limits: limits
                .filter(|limit| !upserts || limit.applies_to == AppliesTo::All)
                .collect(),
        }
    }

    pub fn records(&self) -> usize {
        self.held_back.len()
    }

    fn chunks(&self) -> usize {
        self.records().div_ceil(self.per_request.get())
    }

    /// The number of requests: one for each chunk. A record that is not sent splits its chunk.
    pub fn requests(&self) -> u64 {
        let chunks = self.held_back.chunks(self.per_request.get());
        let parts = chunks.flat_map(|chunk| chunk.split(|held_back| *held_back));
        parts.filter(|part| !part.is_empty()).count() as u64
    }

    /// The time from the first request to the last, if each is sent as soon as the limits allow.
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
            per_request,
            limits,
            ..
        } = self;
        let (chunks, requests) = (self.chunks(), self.requests());
        writeln!(f, "    records   {}", self.records())?;
        match self
            .held_back
            .iter()
            .filter(|held_back| **held_back)
            .count()
        {
            0 => {}
            count => writeln!(f, "    rejected  {count} of them, before they are sent")?,
        }
        if per_request.get() == 1 {
            writeln!(f, "    requests  {requests}, one for each record")?;
        } else {
            writeln!(
                f,
                "    chunks    {chunks}, of {per_request} records at most"
            )?;
            let each = match requests == chunks as u64 {
                true => ", one for each chunk",
                false => "",
            };
            writeln!(f, "    requests  {requests}{each}")?;
        }
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

    fn plan(records: usize, per_request: usize) -> Plan {
        let limit = |applies_to, requests, seconds| Limit {
            applies_to,
            requests,
            window: Duration::from_secs(seconds),
        };
        Plan {
            held_back: vec![false; records],
            per_request: NonZeroUsize::new(per_request).unwrap_or(NonZeroUsize::MIN),
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
    fn a_record_that_is_not_sent_cuts_its_chunk_in_two() {
        for (held_back, requests) in [
            (&[][..], 3),
            (&[0], 3),
            (&[2], 4),
            (&[1, 3], 5),
            (&[2, 5, 6, 7, 8, 9], 3),
            (&[10, 11], 2),
        ] {
            let mut plan = plan(12, 5);
            for at in held_back {
                plan.held_back[*at] = true;
            }
            assert_eq!(plan.requests(), requests, "{held_back:?}");
            assert_eq!(plan.to_string().contains("rejected"), !held_back.is_empty());
        }
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
