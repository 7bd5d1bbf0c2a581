//! A folder in the place of the page within the program. Its files are kept as documents, up to a bound; what is larger, or
//! no longer fits, is read from the disk for each reader and not compressed.

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

/// What a folder must hold to be served instead of the embedded files.
pub(crate) const INDEX: &str = "index.html";

/// A file beyond this is none of a page's code.
const LARGEST: u64 = 1_024 * 1_024;
/// What all documents may hold together.
const MOST: usize = 16 * 1_024 * 1_024;

/// The folder, and what is kept of it.
pub(in crate::http) struct Folder {
    root: PathBuf,
    kept: Mutex<HashMap<PathBuf, Kept>>,
}

/// A file as it was when it was read.
struct Kept {
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
    Kept(Arc<Document>),
    OnDisk(Box<NamedFile>),
}

impl Folder {
    pub(in crate::http) fn new(root: PathBuf) -> Self {
        Self {
            root,
            kept: Mutex::default(),
        }
    }

    /// A file of the folder, wherever links within it lead, unless that is outside. A folder itself is none.
    pub(super) fn file(&self, path: &Path) -> Option<Found> {
        let path = if path.as_os_str().is_empty() {
            Path::new(INDEX)
        } else {
            path
        };
        let root = self.root.canonicalize().ok()?;
        let path = root.join(path).canonicalize().ok()?;
        // What is no file may block whoever opens it.
        if !path.starts_with(&root) || !path.is_file() {
            return None;
        }
        let file = NamedFile::open(&path).ok()?;
        let document = self.document(path, &file);
        Some(document.map_or_else(|| Found::OnDisk(Box::new(file)), Found::Kept))
    }

    /// The document of this file, unless there is no room for it. One is made at a time, so that many who ask for a new one
    /// at once cost no more memory than one.
    fn document(&self, path: PathBuf, file: &NamedFile) -> Option<Arc<Document>> {
        let version = Version::of(file.metadata());
        let mut kept = self.kept.lock();
        if let Some(known) = kept.get(&path).filter(|it| it.version == version) {
            return Some(Arc::clone(&known.document));
        }
        kept.remove(&path);
        let bytes = read(file.file())?;
        let content_type = HeaderValue::from_str(file.content_type().as_ref()).ok()?;
        let document = Arc::new(Document::new(content_type, bytes));
        let others: usize = kept.values().map(|it| it.document.size()).sum();
        if others + document.size() > MOST {
            return None;
        }
        kept.insert(
            path,
            Kept {
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

/// All of it, if that is not too much. The file may grow while it is read.
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
            Self::Kept(document) => document.answer(request),
            Self::OnDisk(file) => {
                // Two times within a second are one to a browser, and the tag says more than both.
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
