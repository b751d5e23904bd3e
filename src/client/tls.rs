//! TLS that needs no set-up: rustls with ring, passed to reqwest ready made. So nobody compiles a second TLS,
//! and no process-wide default is changed.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::Verifier;

/// The configuration for a server that is reached over https (`secure`), or for plain http, which needs no
/// certificates and must build on a machine that has none. The `own` roots, in PEM, are trusted in addition
/// to the machine's.
pub(crate) fn config(secure: bool, own: &[Vec<u8>]) -> Result<ClientConfig, rustls::Error> {
    let own = certificates(own)?;
    if !secure {
        return Ok(builder()?
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth());
    }
    // The machine's own roots include company proxies; Mozilla's are for machines without any.
    let provider = Arc::new(ring::default_provider());
    match Verifier::new_with_extra_roots(own.iter().cloned(), provider) {
        Ok(verifier) => Ok(builder()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth()),
        Err(_) => {
            let mut roots = RootCertStore {
                roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
            };
            for root in own {
                roots.add(root)?;
            }
            Ok(builder()?
                .with_root_certificates(roots)
                .with_no_client_auth())
        }
    }
}

/// Reads one certificate or more from each of these PEM texts.
pub(super) fn certificates(pem: &[Vec<u8>]) -> Result<Vec<CertificateDer<'static>>, rustls::Error> {
    let mut found = Vec::new();
    for pem in pem {
        let before = found.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            found.push(certificate.map_err(|_| none_in_pem())?);
        }
        if found.len() == before {
            return Err(none_in_pem());
        }
    }
    Ok(found)
}

fn none_in_pem() -> rustls::Error {
    rustls::Error::General("no root certificate can be read there; give it in PEM".to_owned())
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, rustls::Error> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
}
