//! Reading a file that somebody has named: small, regular, and never waiting. A pipe or a device could keep a program
//! waiting for ever, or feed it without end.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use nix::fcntl::OFlag;

/// Why a file cannot be read; each the end of a sentence that begins with the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableFile {
    /// There is nothing of this name.
    #[error("does not exist")]
    Missing,
    /// There is a link of this name, and nothing at its other end.
    #[error("is a link to a file that does not exist")]
    BrokenLink,
    /// A folder.
    #[error("is a folder and not a file")]
    Folder,
    /// A pipe, a socket or a device.
    #[error("is a pipe, a socket or a device and not a regular file")]
    NotRegular,
    /// This user may not read it.
    #[error("may not be read by this user")]
    NotAllowed,
    /// It has more bytes than anybody would write.
    #[error("is far too large")]
    TooLarge,
    /// Anything else that the system says.
    #[error("cannot be read ({0})")]
    Other(ErrorKind),
}

/// All of a regular file that has at most `most` bytes. Never waits for anybody to write.
///
/// # Errors
/// If it is anything else.
pub fn read_regular(path: &Path, most: u64) -> Result<Vec<u8>, UnreadableFile> {
    let of_error = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound if fs::symlink_metadata(path).is_ok() => UnreadableFile::BrokenLink,
        ErrorKind::NotFound => UnreadableFile::Missing,
        ErrorKind::PermissionDenied => UnreadableFile::NotAllowed,
        kind => UnreadableFile::Other(kind),
    };
    // Before it is opened: to open a device can have consequences. And after, since it may have been replaced.
    check(&fs::metadata(path).map_err(of_error)?, most)?;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags((OFlag::O_NONBLOCK | OFlag::O_NOCTTY).bits())
        .open(path)
        .map_err(of_error)?;
    check(&file.metadata().map_err(of_error)?, most)?;
    read_at_most(&file, most).map_err(of_error)?
}

fn check(metadata: &fs::Metadata, most: u64) -> Result<(), UnreadableFile> {
    let kind = metadata.file_type();
    if kind.is_dir() {
        Err(UnreadableFile::Folder)
    } else if kind.is_fifo() || kind.is_socket() || !kind.is_file() {
        Err(UnreadableFile::NotRegular)
    } else if metadata.len() > most {
        Err(UnreadableFile::TooLarge)
    } else {
        Ok(())
    }
}

/// It may grow while it is read, and those in `/proc` do not report their size.
fn read_at_most(file: &File, most: u64) -> std::io::Result<Result<Vec<u8>, UnreadableFile>> {
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    Ok(if bytes.len() as u64 > most {
        Err(UnreadableFile::TooLarge)
    } else {
        Ok(bytes)
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use nix::sys::stat::Mode;

    use super::*;

    #[test]
    fn only_a_regular_file_of_a_sensible_size_is_read_and_nothing_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("small"), "1234").unwrap();
        fs::write(at("large"), "12345").unwrap();
        symlink(at("small"), at("link")).unwrap();
        symlink(at("nothing"), at("broken")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        nix::unistd::mkfifo(&at("fifo"), Mode::S_IRWXU).unwrap();
        symlink(at("fifo"), at("link to fifo")).unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        for (name, expected) in [
            ("small", Ok(b"1234".to_vec())),
            ("link", Ok(b"1234".to_vec())),
            ("large", Err(UnreadableFile::TooLarge)),
            ("nothing", Err(UnreadableFile::Missing)),
            ("broken", Err(UnreadableFile::BrokenLink)),
            ("folder", Err(UnreadableFile::Folder)),
            ("fifo", Err(UnreadableFile::NotRegular)),
            ("link to fifo", Err(UnreadableFile::NotRegular)),
            ("socket", Err(UnreadableFile::NotRegular)),
            ("/dev/zero", Err(UnreadableFile::NotRegular)),
            ("/dev/null", Err(UnreadableFile::NotRegular)),
        ] {
            assert_eq!(read_regular(&at(name), 4), expected, "{name}");
        }
    }
}
