//! A file that the processes of a machine share: opened so that nobody else decides what is written to, locked for a
//! moment, and never waited for longer than that.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use nix::unistd::geteuid;

use super::window::{Millis, Window, millis};

const LOCK_RETRY: Duration = Duration::from_millis(2);
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
/// A larger file is not a damaged budget but someone else's file.
const LARGEST: u64 = 4_096;

/// A file, and who may use it.
#[derive(Debug)]
pub(super) struct SharedFile {
    pub(super) path: PathBuf,
    pub(super) folder: Folder,
}

/// The folder in which the file lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folder {
    /// Somebody chose it, perhaps for several users.
    Chosen,
    /// This user's alone. Where anybody may make a folder of this name before us, as in the temporary folder, only one that
    /// is ours is used.
    Private,
}

impl SharedFile {
    /// Does something to the window in the file, while nobody else does.
    pub(super) async fn with_window<T>(
        &self,
        step: impl Fn(&mut Window, Millis) -> T,
    ) -> io::Result<T> {
        update(self.locked(LOCK_RETRY, LOCK_PATIENCE).await?, step)
    }

    /// Nobody else's until the handle is closed.
    pub(super) async fn locked(&self, retry: Duration, patience: Duration) -> io::Result<File> {
        let file = self.open()?;
        lock(&file, retry, patience).await?;
        Ok(file)
    }

    /// A file of this name with more behind it, in the same folder.
    pub(super) fn beside(&self, more: &str) -> Self {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(more);
        Self {
            path: self.path.with_file_name(name),
            folder: self.folder,
        }
    }

    fn open(&self) -> io::Result<File> {
        let (Some(folder), Some(name)) = (self.path.parent(), self.path.file_name()) else {
            return Err(io::ErrorKind::InvalidFilename.into());
        };
        let folder = match self.folder {
            Folder::Chosen => {
                fs::create_dir_all(folder)?;
                open_folder(folder, OFlag::empty())?
            }
            Folder::Private => private_folder(folder)?,
        };
        let flags = OFlag::O_RDWR
            | OFlag::O_CREAT
            | OFlag::O_NOFOLLOW
            | OFlag::O_NONBLOCK
            | OFlag::O_NOCTTY
            | OFlag::O_CLOEXEC;
        let mode = match self.folder {
            Folder::Chosen => Mode::from_bits_truncate(0o666),
            Folder::Private => Mode::from_bits_truncate(0o600),
        };
        let file = openat(folder, name, flags, mode).map_err(|error| match error {
            Errno::ELOOP => io::Error::other("it is a link"),
            error => error.into(),
        })?;
        let file = File::from(file);
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            Err(io::Error::other("it is not a regular file"))
        } else if metadata.len() > LARGEST {
            Err(io::Error::other("it is a file of something else"))
        } else {
            Ok(file)
        }
    }
}

/// Made if it is missing. Everything is asked of the folder once it is open, so that nobody can put another in its place.
fn private_folder(path: &Path) -> io::Result<File> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let folder = open_folder(path, OFlag::O_NOFOLLOW)?;
    let metadata = folder.metadata()?;
    if metadata.uid() != geteuid().as_raw() {
        return Err(io::Error::other("its folder belongs to another user"));
    }
    if metadata.mode() & 0o077 != 0 {
        folder.set_permissions(Permissions::from_mode(0o700))?;
    }
    Ok(folder)
}

fn open_folder(path: &Path, flags: OFlag) -> io::Result<File> {
    let flags = flags | OFlag::O_DIRECTORY | OFlag::O_NONBLOCK;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits())
        .open(path)
}

async fn lock(file: &File, retry: Duration, patience: Duration) -> io::Result<()> {
    let mut waited = Duration::ZERO;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if waited < patience => {
                tokio::time::sleep(retry).await;
                waited += retry;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// The lock ends with the file handle.
fn update<T>(mut file: File, step: impl Fn(&mut Window, Millis) -> T) -> io::Result<T> {
    let bytes = read(&mut file)?;
    let now = now();
    let mut window = Window::from_bytes(&bytes, now).unwrap_or_else(|| {
        tracing::warn!("the file of the shared Knack budget was damaged; it is started anew");
        Window::default()
    });
    let result = step(&mut window, now);
    let after = window.to_bytes();
    if after != bytes {
        write(&mut file, &after)?;
    }
    Ok(result)
}

/// All of a small file.
pub(super) fn read(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(Window::BYTES);
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// In the place of what was in it.
pub(super) fn write(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    file.rewind()?;
    file.write_all(bytes)?;
    file.set_len(bytes.len() as u64)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the window is shared between processes, whose only common clock is the wall clock"
)]
pub(super) fn now() -> Millis {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, millis)
}
