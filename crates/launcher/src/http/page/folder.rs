//! A folder that replaces the built-in page. Its files are cached as documents, up to a bound; a file that is larger, or no
//! longer fits, is read from disk for each reader and not compressed.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use actix_files::NamedFile;
use actix_web::http::header::{ETAG, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use parking_lot::Mutex;

use crate::http::document::Document;

/// The files that a folder must contain to be served instead of the embedded ones.
pub(crate) const INDEX: &str = "index.html";

/// A file larger than this is not part of a page's code.
const LARGEST: u64 = 1_024 * 1_024;
/// The most that all documents may hold together.
const MOST: usize = 16 * 1_024 * 1_024;

/// The folder, and its cached files.
pub(in crate::http) struct Folder {
    root: PathBuf,
    cached: Mutex<HashMap<PathBuf, CachedFile>>,
}

/// A file as it was when it was read.
struct CachedFile {
    version: Version,
    document: Arc<Document>,
}

#[derive(PartialEq, Eq)]
struct Version {
    modified: Option<SystemTime>,
    length: u64,
}

/// A file that was found.
pub(super) enum Found {
    Cached(Arc<Document>),
    OnDisk(Box<NamedFile>),
}

impl Folder {
    pub(in crate::http) fn new(root: PathBuf) -> Self {
        Self {
            root,
            cached: Mutex::default(),
        }
    }

    /// A file of the folder. Links are followed unless they lead outside; a folder is not a file.
    pub(super) fn file(&self, path: &Path) -> Option<Found> {
        let path = if path.as_os_str().is_empty() {
            Path::new(INDEX)
        } else {
            path
        };
        let root = self.root.canonicalize().ok()?;
        let path = root.join(path).canonicalize().ok()?;
        // Anything that is not a file may block when it is opened.
        if !path.starts_with(&root) || !path.is_file() {
            return None;
        }
        let file = NamedFile::open(&path).ok()?;
        let document = self.document(path, &file);
        Some(document.map_or_else(|| Found::OnDisk(Box::new(file)), Found::Cached))
    }

    /// The document of this file, unless there is no room for it. One is made at a time, so that many requests for a new file
    /// cost no more memory than one.
    fn document(&self, path: PathBuf, file: &NamedFile) -> Option<Arc<Document>> {
        let version = Version::of(file.metadata());
        let mut cached = self.cached.lock();
        if let Some(known) = cached.get(&path).filter(|it| it.version == version) {
            return Some(Arc::clone(&known.document));
        }
        cached.remove(&path);
        let bytes = read(file.file())?;
        let content_type = HeaderValue::from_str(file.content_type().as_ref()).ok()?;
        let document = Arc::new(Document::new(content_type, bytes));
        let others: usize = cached.values().map(|it| it.document.size()).sum();
        if others + document.size() > MOST {
            return None;
        }
        cached.insert(
            path,
            CachedFile {
                version,
                document: Arc::clone(&document),
            },
        );
        Some(document)
    }
}

impl Version {
    fn of(file: &Metadata) -> Self {
        Self {
            modified: file.modified().ok(),
            length: file.len(),
        }
    }
}

/// The whole file, unless it is too large. It may grow while it is read.
fn read(file: &File) -> Option<Bytes> {
    if file.metadata().ok()?.len() > LARGEST {
        return None;
    }
    let mut bytes = Vec::new();
    let length = file.take(LARGEST + 1).read_to_end(&mut bytes).ok()?;
    (length as u64 <= LARGEST).then(|| bytes.into())
}

impl Found {
    pub(super) fn answer(self, request: &HttpRequest) -> HttpResponse {
        match self {
            Self::Cached(document) => document.answer(request),
            Self::OnDisk(file) => {
                // A browser cannot tell two times within a second apart; the tag can.
                let file = file.use_last_modified(false).disable_content_disposition();
                let mut response = file.into_response(request);
                if let Some(tag) = response.headers().get(ETAG).and_then(weak) {
                    response.headers_mut().insert(ETAG, tag);
                }
                response
            }
        }
    }
}

fn weak(tag: &HeaderValue) -> Option<HeaderValue> {
    let tag = tag.to_str().ok()?;
    HeaderValue::from_str(&format!("W/{}", tag.trim_start_matches("W/"))).ok()
}
