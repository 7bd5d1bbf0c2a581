//! A server with a certificate that is not to be trusted. It speaks TLS and nothing else.

use std::io::Read as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadCertificate {
    /// It was issued by nobody but itself.
    SelfSigned,
    /// Its time is over.
    Expired,
    /// It is another host's.
    OfAnotherHost,
}

/// A server on this machine, until the process ends.
pub struct TlsServer {
    /// `https://localhost:…`.
    pub url: String,
    folder: TempDir,
}

impl TlsServer {
    /// Starts one with such a certificate.
    ///
    /// # Panics
    /// If this machine does not let it.
    pub fn start(fault: BadCertificate) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let folder = TempDir::new().expect("a folder can be made");
        let (authority, issuer) = authority();
        let pem = authority.pem();
        std::fs::write(folder.path().join("authority.pem"), pem).expect("it can be written");
        let config = Arc::new(server(fault, &issuer));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
        let port = listener.local_addr().expect("it has an address").port();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let config = Arc::clone(&config);
                thread::spawn(move || {
                    let tls = ServerConnection::new(config).expect("the configuration is good");
                    let mut stream = StreamOwned::new(tls, connection);
                    // Until the client has had enough.
                    drop(stream.read(&mut [0; 1024]));
                });
            }
        });
        Self {
            url: format!("https://localhost:{port}"),
            folder,
        }
    }

    /// The certificate of the authority that issued the server's, unless that is its own.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }
}

fn authority() -> (Certificate, Issuer<'static, KeyPair>) {
    let key = KeyPair::generate().expect("keys can be made");
    let mut params = CertificateParams::new([]).expect("no name is a bad name");
    let name = &mut params.distinguished_name;
    name.push(DnType::CommonName, "An authority for tests");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).expect("it can sign itself");
    (certificate, Issuer::new(params, key))
}

fn server(fault: BadCertificate, issuer: &Issuer<'static, KeyPair>) -> ServerConfig {
    let key = KeyPair::generate().expect("keys can be made");
    let name = match fault {
        BadCertificate::OfAnotherHost => "elsewhere.test",
        BadCertificate::SelfSigned | BadCertificate::Expired => "localhost",
    };
    let mut params = CertificateParams::new([name.to_owned()]).expect("the name is good");
    if fault == BadCertificate::Expired {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    }
    let certificate = match fault {
        BadCertificate::SelfSigned => params.self_signed(&key),
        BadCertificate::Expired | BadCertificate::OfAnotherHost => params.signed_by(&key, issuer),
    };
    let certificate = certificate.expect("it can be signed").der().clone();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("the certificate fits its key")
}
