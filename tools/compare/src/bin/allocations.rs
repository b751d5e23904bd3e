//! Counts allocations for `load`. It is a program of its own because counting takes time.

use std::{alloc::System, env};

use copper_crm_compare::work::Work;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    Work::run(env::args().skip(2), || {
        let stats = ALLOCATOR.stats();
        (
            stats.allocations + stats.reallocations,
            stats.bytes_allocated,
        )
    });
}
