//! A client for the sandbox. Only this file knows the client that `copper-crm` provides.

use copper_crm::Copper;

use crate::sandbox::Sandbox;

impl Sandbox {
    /// Returns a client's builder with the sandbox's address, credentials and limits.
    pub fn copper(&self) -> copper_crm::Builder {
        Copper::builder(self.token(), self.email())
            .base_url(self.base_url())
            .limits(self.limits())
    }
}
