//! Recognises a connection that failed because of the server's certificate, where waiting does not help.

use std::error::Error;
use std::io;
use std::sync::Arc;

use rustls::{CertificateError, Error as TlsError};

/// Why the certificate of the server is not trusted, in the words of a half sentence; `None` if something else went wrong.
pub fn distrusted(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = tls_error(error) {
            return reason(tls);
        }
        next = error.source();
    }
    None
}

/// TLS libraries hand their errors on within those of input and output, which do not name them as their source.
fn tls_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e TlsError> {
    if let Some(tls) = error.downcast_ref() {
        return Some(tls);
    }
    // A shared error names the source of what it shares, but not that itself.
    if let Some(shared) = error.downcast_ref::<Arc<dyn Error + Send + Sync>>() {
        return tls_error(&**shared);
    }
    tls_error(error.downcast_ref::<io::Error>()?.get_ref()?)
}

fn reason(error: &TlsError) -> Option<&'static str> {
    let TlsError::InvalidCertificate(error) = error else {
        return None;
    };
    Some(match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet, or this machine's clock is wrong"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it belongs to another host"
        }
        CertificateError::UnknownIssuer => "no authority that this machine trusts has issued it",
        CertificateError::Revoked => "it has been revoked",
        // New kinds of faults come with new versions of the library.
        _ => "it cannot be verified",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fault_of_a_certificate_is_found_however_deep_it_lies() {
        let expired = || TlsError::InvalidCertificate(CertificateError::Expired);
        let within = io::Error::other(io::Error::other(expired()));
        assert_eq!(distrusted(&within), Some("it has expired"));
        assert_eq!(distrusted(&expired()), Some("it has expired"));
        let shared: Arc<dyn Error + Send + Sync> = Arc::new(within);
        assert_eq!(distrusted(&shared), Some("it has expired"));
        for other in [
            io::Error::other(TlsError::DecryptError),
            io::Error::other("invalid peer certificate"),
            io::ErrorKind::ConnectionRefused.into(),
        ] {
            assert_eq!(distrusted(&other), None, "{other}");
        }
    }
}
