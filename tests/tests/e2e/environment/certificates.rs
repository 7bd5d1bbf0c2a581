//! The certificates by which servers are checked.

use std::fs;
use std::path::Path;

use e2e::{Refresh, Stage};
use nix::sys::stat::Mode;
use tempfile::TempDir;

use super::assert_refused;

#[tokio::test]
async fn certificates_that_are_not_there_are_3_with_the_remedy() {
    let stage = Stage::with_class(1).await;
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::write(at("empty"), "").unwrap();
    fs::write(at("text"), "canary").unwrap();
    fs::write(
        at("cut"),
        "-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    fs::create_dir(at("folder")).unwrap();
    nix::unistd::mkfifo(Path::new(&at("fifo")), Mode::S_IRWXU).unwrap();
    for (name, value) in [
        ("SSL_CERT_FILE", "/nonexistent/canary".to_owned()),
        ("SSL_CERT_FILE", String::new()),
        ("SSL_CERT_FILE", at("empty")),
        ("SSL_CERT_FILE", at("text")),
        ("SSL_CERT_FILE", at("cut")),
        ("SSL_CERT_FILE", at("folder")),
        ("SSL_CERT_FILE", at("fifo")),
        ("SSL_CERT_FILE", "/dev/zero".to_owned()),
        ("SSL_CERT_FILE", "/dev/null".to_owned()),
        ("SSL_CERT_DIR", "/nonexistent/canary".to_owned()),
        ("SSL_CERT_DIR", at("folder")),
        ("SSL_CERT_DIR", at("text")),
    ] {
        let refresh = stage.refresh().env(name, value);
        assert_refused(refresh, &[name, "unset it"]).await;
    }
    assert!(stage.proxy.seen().is_empty() && stage.knack.seen().is_empty());
}

/// Where machines of all kinds keep their certificates.
const NO_CERTIFICATES: &str = "for folder in /etc/ssl /usr/lib/ssl /etc/pki /usr/share/ca-certificates; \
    do if [ -d $folder ]; then mount -t tmpfs none $folder || exit 1; fi; done";

#[tokio::test]
async fn a_machine_without_certificates_is_3_with_the_remedy() {
    let Some(refresh) = Refresh::bare_apart(NO_CERTIFICATES) else {
        println!("not tried: this machine lets nobody have mounts of their own");
        return;
    };
    let refresh = refresh
        .args(["--establishment-id", "61680fc13a0bfd001e8ca3ca"])
        .env("KNACK_APP_ID", "61680fc13a0bfd001e8ca3cb")
        .env("KNACK_API_KEY", "key")
        .env("SUPABASE_URL", "https://project.example")
        .env("SUPABASE_KEY", "sb_secret_key");
    assert_refused(refresh, &["ca-certificates", "SSL_CERT_FILE"]).await;
}
