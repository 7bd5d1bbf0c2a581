//! An answer that decompresses without end: a kilobyte on the wire is a megabyte of blanks.

use std::io;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, ContentType};
use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress};
use futures_util::{StreamExt as _, stream};

const BLANKS: usize = 1_000_000;
/// Of a gzip file without a name or a time.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// An answer with this status whose body never ends.
pub(crate) fn answer(status: StatusCode) -> HttpResponse {
    let header = stream::once(async { Bytes::from_static(&HEADER) });
    let body = header.chain(stream::repeat(block()));
    HttpResponse::build(status)
        .content_type(ContentType::json())
        .insert_header((CONTENT_ENCODING, "gzip"))
        .streaming(body.map(Ok::<_, io::Error>))
}

/// Refers to nothing before it and ends with a whole byte, so it can be repeated.
fn block() -> Bytes {
    let mut block = Vec::with_capacity(2 * BLANKS);
    let mut compress = Compress::new(Compression::best(), false);
    let done = compress.compress_vec(&vec![b' '; BLANKS], &mut block, FlushCompress::Full);
    debug_assert!(done.is_ok(), "there is room for it");
    block.into()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn little_becomes_much_and_can_be_repeated() {
        let block = block();
        assert!(block.len() < 2_000, "{}", block.len());
        let bomb = [&HEADER[..], &block, &block, &block].concat();
        let mut blanks = vec![0; 3 * BLANKS];
        GzDecoder::new(&bomb[..]).read_exact(&mut blanks).unwrap();
        assert!(blanks.iter().all(|byte| *byte == b' '));
    }
}
