//! The page at `/`: its files, how they are sent, the folder that may take their place, what it is told about signing
//! in, and the token that it is given on one's own machine.

mod demo_token;
mod files;
mod sign_in;
mod web_root;

use e2e::{Answer, Launcher};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use reqwest::{Client, Method};

/// What every file of the page is sent with.
const HEADERS: [(&str, &str); 3] = [
    ("cache-control", "no-cache"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
];

/// Asserts that it is sent as a file of the page is; returns its tag.
#[track_caller]
fn expect_page(answer: &Answer) -> &str {
    for (name, value) in HEADERS {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    // The rules for other sites add what else it varies by.
    let vary = answer.header("vary").expect("it varies");
    assert!(vary.split(", ").any(|it| it == "Accept-Encoding"), "{vary}");
    let policy = answer.header("content-security-policy").expect("a policy");
    let allowed: Vec<&str> = policy.split("; ").collect();
    for directive in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(allowed.contains(&directive), "{directive}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let tag = answer.header("etag").expect("a tag");
    // A strong one would promise the same bytes, compressed or not.
    assert!(tag.starts_with("W/\""), "{tag}");
    tag
}

/// Whether a file comes compressed, and the bytes as they come, for a client that says it takes this coding.
async fn as_sent(launcher: &Launcher, path: &str, coding: &str) -> (bool, Vec<u8>) {
    let client = Client::builder().no_proxy().no_gzip().build();
    let client = client.expect("a client can be made");
    let url = format!("{}{path}", launcher.url());
    let request = client.get(url).header(ACCEPT_ENCODING, coding);
    let response = request.send().await.expect("the launcher answers");
    assert_eq!(response.status(), 200);
    let coding = response.headers().get(CONTENT_ENCODING).cloned();
    let bytes = response.bytes().await.expect("all of it comes");
    (coding.is_some_and(|it| it == "gzip"), bytes.to_vec())
}

/// Asserts that a file is compressed for who takes that, and for nobody else; the text is the same.
pub(crate) async fn expect_gzip_for_who_takes_it(launcher: &Launcher, path: &str, text: &str) {
    const GZIP: [u8; 2] = [0x1f, 0x8b];
    let (is_compressed, bytes) = as_sent(launcher, path, "gzip, br").await;
    assert!(is_compressed && bytes.starts_with(&GZIP), "{path}");
    for coding in ["identity", "gzip;q=0", "br", "identity, gzip;q=0.5"] {
        let (is_compressed, bytes) = as_sent(launcher, path, coding).await;
        assert!(!is_compressed && bytes == text.as_bytes(), "{path}");
    }
    // This client takes it, and unpacks it.
    assert_eq!(launcher.get(path).await.text, text, "{path}");
}

/// Asks again with the tag of the copy that one has.
pub(crate) async fn ask_again(
    launcher: &Launcher,
    method: Method,
    path: &str,
    tag: &str,
) -> Answer {
    let request = launcher.request(method, path);
    launcher.send(request.header("If-None-Match", tag)).await
}
