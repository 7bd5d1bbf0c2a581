//! The certificates by which servers are checked. They are read by a library, which takes whatever `SSL_CERT_FILE` and
//! `SSL_CERT_DIR` name, would wait for a pipe, and says nothing of what it could not read: so those are looked at before.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::environment::Environment;
use crate::file::{UnreadableFile, read_regular};
use crate::invalid::InvalidSettings;

/// A machine's whole store has a few hundred kilobytes.
const LARGEST_FILE: u64 = 20_000_000;
/// A machine's folder has a few hundred files.
const MOST_FILES: usize = 10_000;

/// The message if no certificate is found at all.
pub(crate) const NONE: &str = "no certificate authorities are installed, so no server's certificate can be verified: install the \
                               package ca-certificates, or name a file of certificates in SSL_CERT_FILE";

/// The kind of thing that a variable names.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// It is not set.
    NotSet,
    Certificates,
    /// No certificate. With the end of a sentence that begins with the variable.
    None(String),
    /// A pipe or device, which might never end; the same.
    Dangerous(String),
}

/// `Err` if one of the two variables is set so that no certificate would be known, or would be waited for.
pub(crate) fn check(environment: &Environment) -> Result<(), InvalidSettings> {
    let file = environment.variable("SSL_CERT_FILE");
    let folders = environment.variable("SSL_CERT_DIR");
    let file = file.map_or(Found::NotSet, |file| in_file(Path::new(&file)));
    let folders = folders.map_or(Found::NotSet, |folders| in_folders(&folders));
    // Either is enough, as for other programs.
    let is_enough = file == Found::Certificates || folders == Found::Certificates;
    let wrong: Vec<String> = [("SSL_CERT_FILE", file), ("SSL_CERT_DIR", folders)]
        .into_iter()
        .filter_map(|(name, found)| match found {
            Found::NotSet | Found::Certificates => None,
            Found::None(_) if is_enough => None,
            Found::None(what) | Found::Dangerous(what) => Some(format!(
                "{name} {what}, so no server's certificate can be verified: correct it, or unset it to use the system's certificates"
            )),
        })
        .collect();
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(InvalidSettings::all(wrong))
    }
}

fn in_file(path: &Path) -> Found {
    if path.as_os_str().is_empty() {
        return Found::None("is empty".to_owned());
    }
    match read_regular(path, LARGEST_FILE) {
        Ok(bytes) if holds_certificates(&bytes) => Found::Certificates,
        Ok(_) => Found::None("names a file without a certificate in PEM form".to_owned()),
        Err(error @ (UnreadableFile::NotRegular | UnreadableFile::TooLarge)) => {
            Found::Dangerous(format!("names something that {error}"))
        }
        Err(error) => Found::None(format!("names something that {error}")),
    }
}

/// Folders joined by colons. Only regular files are read of them, not those of folders in them.
fn in_folders(folders: &OsStr) -> Found {
    let mut folders = std::env::split_paths(folders)
        .filter(|folder| !folder.as_os_str().is_empty())
        .peekable();
    if folders.peek().is_none() {
        return Found::NotSet;
    }
    let files = folders
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten();
    let paths = files
        .take(MOST_FILES)
        .filter_map(|file| Some(file.ok()?.path()));
    let mut read = paths.filter_map(|path| read_regular(&path, LARGEST_FILE).ok());
    if read.any(|bytes| holds_certificates(&bytes)) {
        Found::Certificates
    } else {
        Found::None("names no folder with a certificate in PEM form".to_owned())
    }
}

/// Whether a server can be checked by any of them.
fn holds_certificates(bytes: &[u8]) -> bool {
    let certificates = CertificateDer::pem_slice_iter(bytes).flatten();
    let (usable, _) = RootCertStore::empty().add_parsable_certificates(certificates);
    usable > 0
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use nix::sys::stat::Mode;

    use super::*;

    /// A certificate authority that was made up for this, with a key nobody has.
    const CERTIFICATE: &str = include_str!("../testdata/authority.pem");

    #[test]
    fn one_certificate_is_enough_and_what_names_none_or_would_be_waited_for_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).into_os_string();
        for name in ["good", "empty folder", "bad"] {
            fs::create_dir(at(name)).unwrap();
        }
        fs::write(at("good.pem"), CERTIFICATE).unwrap();
        fs::write(at("good/0a1b2c3d.0"), CERTIFICATE).unwrap();
        fs::write(at("bad/0a1b2c3d.0"), "no certificate").unwrap();
        fs::write(at("empty.pem"), "").unwrap();
        fs::write(at("cut.pem"), &CERTIFICATE[..CERTIFICATE.len() / 2]).unwrap();
        nix::unistd::mkfifo(Path::new(&at("fifo")), Mode::S_IRWXU).unwrap();
        nix::unistd::mkfifo(Path::new(&at("good/fifo")), Mode::S_IRWXU).unwrap();
        let two = [at("empty folder"), at("good")].join(&OsString::from(":"));
        let none = OsString::new();
        for (file, folders, refused) in [
            (None, None, ""),
            (Some(at("good.pem")), None, ""),
            (None, Some(at("good")), ""),
            (None, Some(two), ""),
            (None, Some(none.clone()), ""),
            (Some(at("good.pem")), Some(at("nowhere")), ""),
            (Some(at("nowhere")), Some(at("good")), ""),
            (
                Some(at("nowhere")),
                None,
                "SSL_CERT_FILE names something that does not exist",
            ),
            (Some(none), None, "SSL_CERT_FILE is empty"),
            (
                Some(at("good")),
                None,
                "SSL_CERT_FILE names something that is a folder",
            ),
            (
                Some(at("empty.pem")),
                None,
                "SSL_CERT_FILE names a file without a certificate",
            ),
            (
                Some(at("cut.pem")),
                None,
                "SSL_CERT_FILE names a file without a certificate",
            ),
            (
                Some(at("fifo")),
                None,
                "SSL_CERT_FILE names something that is a pipe",
            ),
            (
                Some(at("fifo")),
                Some(at("good")),
                "SSL_CERT_FILE names something that is a pipe",
            ),
            (None, Some(at("nowhere")), "SSL_CERT_DIR names no folder"),
            (
                None,
                Some(at("empty folder")),
                "SSL_CERT_DIR names no folder",
            ),
            (None, Some(at("bad")), "SSL_CERT_DIR names no folder"),
            (
                Some(at("empty.pem")),
                Some(at("bad")),
                "SSL_CERT_DIR names no folder",
            ),
        ] {
            let variables = [("SSL_CERT_FILE", &file), ("SSL_CERT_DIR", &folders)];
            let variables = variables
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
            let problem = check(&Environment::of(variables))
                .map_or_else(|error| error.to_string(), |()| String::new());
            assert!(problem.contains(refused), "{file:?} {folders:?}: {problem}");
            assert_eq!(
                problem.is_empty(),
                refused.is_empty(),
                "{file:?} {folders:?}: {problem}"
            );
        }
    }
}
