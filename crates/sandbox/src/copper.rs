//! The way from the sandbox to a client of this crate, kept apart: nothing else here knows the client.

use super::Sandbox;
use copper_crm::Copper;

impl Sandbox {
    /// A client that is ready to be built: it has the sandbox's address, credentials and limits.
    pub fn copper(&self) -> copper_crm::Builder {
        Copper::builder(self.token(), self.email())
            .base_url(self.base_url())
            .limits(self.limits())
    }
}
