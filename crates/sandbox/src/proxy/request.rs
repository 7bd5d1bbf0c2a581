//! A request as rules and answers see it.

/// What a rule is held against.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) body: &'a [u8],
    /// How many rows the body's JSON array has; none if it is not an array.
    pub(super) rows: Option<usize>,
}

impl Request<'_> {
    /// The table that the request is about.
    pub(super) fn table(&self) -> &str {
        table(self.path)
    }

    /// How many rows it asks for at most.
    pub(super) fn limit(&self) -> Option<usize> {
        let mut pairs = self
            .query
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| *name == "limit")?.1.parse().ok()
    }
}

/// The table that a request with this path is about: the path's last part.
pub(super) fn table(path: &str) -> &str {
    path.trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default()
}
