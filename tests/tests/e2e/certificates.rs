//! Services whose certificates are not to be trusted: reported at once, with what is wrong and which setting to look at.

use e2e::{BadCertificate, Stage, TlsServer};
use sync_protocol::ErrorCode;

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_3_and_says_why() {
    for (fault, why) in [
        (BadCertificate::SelfSigned, "no authority"),
        (BadCertificate::Expired, "it has expired"),
        (BadCertificate::OfAnotherHost, "it belongs to another host"),
    ] {
        for (setting, path) in [("SUPABASE_URL", ""), ("KNACK_API_URL", "/v1")] {
            let stage = Stage::with_class(1).await;
            let server = TlsServer::start(fault);
            let refresh = stage
                .refresh()
                .env(setting, format!("{}{path}", server.url))
                .env("SSL_CERT_FILE", server.authority())
                .env("SYNC_OUTAGE_PATIENCE_SECONDS", "90");

            let run = refresh.run().await;

            let failure = run.expect_failure(3, ErrorCode::Configuration);
            for words in [why, setting, "certificate", "Nothing was changed."] {
                assert!(failure.message.contains(words), "{fault:?}: {run:?}");
            }
            let took = run.summary().duration_seconds;
            assert!(took < 10.0, "it is not waited for: {took}");
        }
    }
}
