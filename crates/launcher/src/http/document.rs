//! A document that never changes while the service runs: compressed once, tagged once, and sent to everyone from the same
//! bytes, so that many readers cost no more memory than one.

use std::convert::Infallible;
use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::{
    AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, Encoding, EntityTag,
    Header, HeaderValue, IfNoneMatch, VARY,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// The server copies each piece of a body into the connection's own buffer, so this is as much memory as a client that does
/// not read can hold.
const PIECE: usize = 8 * 1_024;

/// The bytes in both encodings, and the headers sent with them.
pub(super) struct Document {
    content_type: HeaderValue,
    plain: Bytes,
    gzip: Bytes,
    tag: EntityTag,
}

impl Document {
    pub(super) fn new(content_type: HeaderValue, plain: Bytes) -> Self {
        Self {
            content_type,
            // Weak, since a document is the same one compressed or not.
            tag: EntityTag::new_weak(URL_SAFE_NO_PAD.encode(Sha256::digest(&plain))),
            gzip: gzip(&plain).expect("a Vec takes everything"),
            plain,
        }
    }

    /// The memory that it needs.
    pub(super) fn size(&self) -> usize {
        self.plain.len() + self.gzip.len()
    }

    /// The answer to GET and to HEAD; for HEAD the server leaves the body out.
    pub(super) fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let is_known = self.is_known(request);
        let mut response = if is_known {
            HttpResponse::NotModified()
        } else {
            HttpResponse::Ok()
        };
        response
            .insert_header((ETAG, self.tag.to_string()))
            .insert_header((VARY, "Accept-Encoding"))
            // A copy may be kept, but must be checked each time.
            .insert_header((CACHE_CONTROL, "no-cache"));
        if is_known {
            return response.finish();
        }
        response.insert_header((CONTENT_TYPE, self.content_type.clone()));
        let bytes = if takes_gzip(request) {
            response.insert_header((CONTENT_ENCODING, "gzip"));
            &self.gzip
        } else {
            &self.plain
        };
        response.body(Pieces(bytes.clone()))
    }

    fn is_known(&self, request: &HttpRequest) -> bool {
        match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Any) => true,
            Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(&self.tag)),
            Err(_) => false,
        }
    }
}

fn gzip(plain: &[u8]) -> io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain)?;
    Ok(encoder.finish()?.into())
}

/// Whether the client prefers gzip. Without a readable preference, and if it refuses both encodings, it gets the plain bytes,
/// which every client understands.
fn takes_gzip(request: &HttpRequest) -> bool {
    let Ok(accepted) = AcceptEncoding::parse(request) else {
        return false;
    };
    let (plain, gzip) = (Encoding::identity(), Encoding::gzip());
    accepted.negotiate([&plain, &gzip].into_iter()) == Some(gzip)
}

/// A body in small pieces of bytes that are kept elsewhere.
struct Pieces(Bytes);

impl MessageBody for Pieces {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0.len() as u64)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        let length = self.0.len().min(PIECE);
        let piece = self.0.split_to(length);
        Poll::Ready((!piece.is_empty()).then_some(Ok(piece)))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use actix_web::body::to_bytes;
    use actix_web::http::StatusCode;
    use actix_web::http::header::{ACCEPT_ENCODING, IF_NONE_MATCH};
    use actix_web::test::TestRequest;
    use flate2::read::GzDecoder;

    use super::*;

    fn document() -> Document {
        let text = "a line of some document\n".repeat(2_000);
        Document::new(HeaderValue::from_static("text/plain"), text.into())
    }

    #[test]
    fn gzip_is_sent_to_clients_that_prefer_it() {
        for (accepted, is_gzip) in [
            ("gzip", true),
            ("gzip, br", true),
            ("br, gzip;q=0.1", true),
            ("GZIP", true),
            ("identity;q=0, gzip;q=0.1", true),
            ("*;q=0, gzip", true),
            ("gzip;q=1.0, identity;q=0.5", true),
            ("", false),
            ("br", false),
            ("*", false),
            ("identity", false),
            ("gzip;q=0", false),
            ("gzip;q=0, *", false),
            ("gzip;q=0.5, identity", false),
            ("*;q=0", false),
            ("identity;q=0", false),
            ("gzip;q=x", false),
        ] {
            let request = TestRequest::default().insert_header((ACCEPT_ENCODING, accepted));
            assert_eq!(
                takes_gzip(&request.to_http_request()),
                is_gzip,
                "{accepted}"
            );
        }
        assert!(!takes_gzip(&TestRequest::default().to_http_request()));
    }

    #[tokio::test]
    async fn both_encodings_hold_the_same_text() {
        let document = document();
        let plain = TestRequest::default().to_http_request();
        let plain = document.answer(&plain);
        assert_eq!(plain.headers().get(CONTENT_ENCODING), None);
        assert_eq!(to_bytes(plain.into_body()).await.unwrap(), document.plain);
        let gzip = TestRequest::default().insert_header((ACCEPT_ENCODING, "gzip"));
        let gzip = document.answer(&gzip.to_http_request());
        assert_eq!(gzip.headers().get(CONTENT_ENCODING).unwrap(), "gzip");
        let sent = to_bytes(gzip.into_body()).await.unwrap();
        assert!(sent.len() < document.plain.len());
        let mut text = Vec::new();
        GzDecoder::new(&sent[..]).read_to_end(&mut text).unwrap();
        assert_eq!(text, document.plain);
    }

    #[test]
    fn a_copy_that_still_holds_is_not_sent_again() {
        let document = document();
        let tag = document.tag.to_string();
        let strong = tag.trim_start_matches("W/");
        for (known, status) in [
            (tag.as_str(), StatusCode::NOT_MODIFIED),
            (strong, StatusCode::NOT_MODIFIED),
            ("*", StatusCode::NOT_MODIFIED),
            ("\"other\"", StatusCode::OK),
            ("no tag", StatusCode::OK),
        ] {
            let request = TestRequest::default().insert_header((IF_NONE_MATCH, known));
            let answer = document.answer(&request.to_http_request());
            assert_eq!(answer.status(), status, "{known}");
            assert_eq!(answer.headers().get(ETAG).unwrap(), tag.as_str());
            assert_eq!(answer.headers().get(VARY).unwrap(), "Accept-Encoding");
        }
    }

    #[tokio::test]
    async fn no_piece_is_larger_than_a_connection_may_hold() {
        let mut body = Pieces(document().plain);
        let BodySize::Sized(size) = body.size() else {
            panic!("its size is known");
        };
        let mut sent = 0;
        while let Some(piece) =
            std::future::poll_fn(|context| Pin::new(&mut body).poll_next(context)).await
        {
            let piece = piece.unwrap();
            assert!(!piece.is_empty() && piece.len() <= PIECE);
            sent += piece.len() as u64;
        }
        assert_eq!(sent, size);
    }
}
