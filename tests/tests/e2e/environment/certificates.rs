//! The certificates by which servers are checked.

use std::fs;
use std::path::Path;

use e2e::Stage;
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
