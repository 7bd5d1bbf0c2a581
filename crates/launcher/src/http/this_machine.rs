//! Whether a request comes from this machine itself. Whatever is meant for this machine only must be guarded by this.

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, ORIGIN};
use url::Url;

/// Whether it was sent by a tool of this machine or by the launcher's own page in a browser on it, and not through a proxy.
pub(super) fn is_sent_by_this_machine(request: &HttpRequest) -> bool {
    // Behind a proxy on this machine, every request comes from this machine.
    let is_proxied = ["forwarded", "x-forwarded-for"]
        .iter()
        .any(|name| request.headers().contains_key(*name));
    let peer = request.peer_addr();
    let is_near = peer.is_some_and(|peer| peer.ip().is_loopback());
    is_near && !is_proxied && is_from_this_machine(request)
}

/// Whether it names this machine as its host, and as its origin if it has one. A page of another site can make a browser send
/// requests here, even under a name of its own that resolves to this machine; but that name is then the host.
pub(super) fn is_from_this_machine(request: &HttpRequest) -> bool {
    let header = |name| request.headers().get(name)?.to_str().ok();
    let is_local = |url: &str| Url::parse(url).is_ok_and(|url| settings::value::is_loopback(&url));
    let host = header(HOST).is_some_and(|host| is_local(&format!("http://{host}")));
    let has_origin = request.headers().contains_key(ORIGIN);
    host && (!has_origin || header(ORIGIN).is_some_and(is_local))
}
