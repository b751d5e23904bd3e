//! A client for the sandbox. Only this file knows the client that `copper-crm` provides.

use copper_crm::Copper;

use crate::sandbox::Sandbox;

impl Sandbox {
    /// Returns a client's builder with the sandbox's address, credentials and limits.
    ///
    /// The client accepts plain http also where the sandbox listens on another address than loopback.
    pub fn copper(&self) -> copper_crm::Builder {
        let builder = Copper::builder(self.token(), self.email())
            .base_url(self.base_url())
            .limits(self.limits());
        if self.is_loopback() {
            builder
        } else {
            builder.allow_http()
        }
    }
}
