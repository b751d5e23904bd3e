//! `load` with another allocator. glibc's has one lock for each arena, which is taken when one thread frees
//! memory of another.

use std::env;

use copper_crm_compare::work::Work;
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {
    Work::run(env::args().skip(2), || (0, 0));
}
