//! TLS that works without the user installing a provider: rustls with ring, passed to reqwest ready
//! made, so that nobody compiles a second one and no process-wide default is touched.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;

/// The configuration for a server that is reached over https (`secure`), or for plain http, which
/// needs none but must still build on a machine that has no certificates at all.
pub(crate) fn config(secure: bool) -> Result<ClientConfig, rustls::Error> {
    if !secure {
        return Ok(builder()?
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth());
    }
    // The machine's own roots know about company proxies; Mozilla's are for machines without any.
    match builder()?.with_platform_verifier() {
        Ok(config) => Ok(config.with_no_client_auth()),
        Err(_) => {
            let roots = RootCertStore {
                roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
            };
            Ok(builder()?
                .with_root_certificates(roots)
                .with_no_client_auth())
        }
    }
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, rustls::Error> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
}
