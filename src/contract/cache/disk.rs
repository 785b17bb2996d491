//! Compiled modules on disk.
//!
//! ```text
//! <code hash>-<checks>-<pass version>-<compatibility>[-<custom imports>].module
//! [ magic, 8 bytes ][ SHA-256 of the file's name and the rest, 32 bytes ][ module as wasmtime serializes it ]
//! ```
//!
//! A file holds native code that this process will run, so only this user may have written it:
//!
//! 1. The directory belongs to the user, and no other user can write it. It is created with mode 0700.
//! 2. The file is regular and belongs to the user, and no other user can write it. It is created with mode 0600. Anything else, such as
//!    a symbolic link, a FIFO or a device, is not opened.
//! 3. The checksum matches: the file holds the bytes that were stored under this name.
//! 4. The same version of wasmtime made it with the same settings. The file's name includes them, and wasmtime checks them.
//!
//! A file is written under a temporary name and then renamed, so it is complete under its final name. Every failure is
//! silent, and the module is compiled.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::OFlags;
use sha2::{Digest, Sha256};
use wasmtime::{Engine, Module};

use crate::contract::allowed::Imports;
use crate::contract::prepare::{Checks, PASS_VERSION};
use crate::units::CodeHash;

const MAGIC: [u8; 8] = *b"vellumc2";
const CHECKSUM_BYTES: usize = 32;
const HEADER_BYTES: usize = MAGIC.len() + CHECKSUM_BYTES;

/// The size of the largest file that is read, in bytes. The native code of the largest contract is a fraction of it.
const MAX_BYTES: u64 = 1 << 30;

/// The permission bits that let the group and other users write.
const OTHERS_WRITE: u32 = 0o022;

/// A directory of compiled modules.
#[derive(Debug)]
pub(super) struct Disk {
    directory: PathBuf,
    /// A hash over the version and the settings of the compiler.
    compatibility: u64,
    /// `-` and the fingerprint of the custom imports; empty if there are none.
    imports: String,
}

impl Disk {
    pub fn new(directory: PathBuf, engine: &Engine, imports: &Imports) -> Self {
        let mut hasher = xxhash_rust::xxh3::Xxh3Default::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let imports = imports.fingerprint().map(|fingerprint| format!("-{fingerprint}")).unwrap_or_default();
        Self { directory, compatibility: hasher.finish(), imports }
    }

    pub fn path(&self, hash: &CodeHash, checks: Checks) -> PathBuf {
        let (hash, checks) = (const_hex::encode(hash.0), checks.name());
        let Self { directory, compatibility, imports } = self;
        directory.join(format!("{hash}-{checks}-{PASS_VERSION}-{compatibility:016x}{imports}.module"))
    }

    /// Returns the stored module if there is one and it can be trusted.
    pub fn load(&self, engine: &Engine, hash: &CodeHash, checks: Checks) -> Option<Module> {
        let path = self.path(hash, checks);
        let bytes = self.read(&path).ok()?;
        let (header, serialized) = bytes.split_at_checked(HEADER_BYTES)?;
        if header != seal(&path, serialized) {
            return None;
        }
        // SAFETY: `deserialize` requires unmodified output of `Module::serialize`. The bytes come from a file and a directory
        // that belong to this user and that no other user can write (rules 1 and 2, checked on the opened file and on the
        // directory). Only `store` writes files of this name, and the SHA-256 matches (rule 3). `deserialize` itself refuses
        // code of another version of wasmtime, for other settings or for another processor (rule 4).
        unsafe { Module::deserialize(engine, serialized) }.ok()
    }

    /// Stores a module for later processes, if that can be done safely.
    pub fn store(&self, module: &Module, hash: &CodeHash, checks: Checks) {
        // The caller has the module already. After a failure the next process compiles it again.
        let _ = self.write(module, &self.path(hash, checks));
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        check_owner(&fs::symlink_metadata(&self.directory)?, fs::Metadata::is_dir)?;
        // Opening a FIFO would wait, and opening a device can have effects. What takes the file's place after this look is not waited
        // for, and refused by the second look.
        check_owner(&fs::symlink_metadata(path)?, is_module)?;
        let mut file = OpenOptions::new().read(true).custom_flags(CAREFULLY).open(path)?;
        check_owner(&file.metadata()?, is_module)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn write(&self, module: &Module, path: &Path) -> io::Result<()> {
        let serialized = module.serialize().map_err(io::Error::other)?;
        DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)?;
        check_owner(&fs::symlink_metadata(&self.directory)?, fs::Metadata::is_dir)?;
        let temporary = self.temporary_path();
        let written = write_new(&temporary, path, &serialized).and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    /// Returns a name that this process has not used before and no other process uses.
    fn temporary_path(&self) -> PathBuf {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        self.directory.join(format!(".{}-{number}.partial", std::process::id()))
    }
}

/// Symbolic links are not followed, and a FIFO is not waited for.
const CAREFULLY: i32 = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).bits() as i32;

/// Returns whether a file can be a module: a regular file that is not larger than any module.
fn is_module(metadata: &fs::Metadata) -> bool {
    metadata.is_file() && metadata.len() <= MAX_BYTES
}

/// Writes a module to a new file, with the seal of the name `path`.
fn write_new(temporary: &Path, path: &Path, serialized: &[u8]) -> io::Result<()> {
    let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(temporary)?;
    file.write_all(&seal(path, serialized))?;
    file.write_all(serialized)
}

fn check_owner(metadata: &fs::Metadata, is_right_type: fn(&fs::Metadata) -> bool) -> io::Result<()> {
    let ours = metadata.uid() == rustix::process::geteuid().as_raw();
    if is_right_type(metadata) && ours && metadata.mode() & OTHERS_WRITE == 0 {
        Ok(())
    } else {
        Err(io::Error::from(io::ErrorKind::PermissionDenied))
    }
}

/// Returns the header of a serialized module in a file. The name ends before the first zero, which no name has.
pub(super) fn seal(path: &Path, serialized: &[u8]) -> [u8; HEADER_BYTES] {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let mut header = [0; HEADER_BYTES];
    header[..MAGIC.len()].copy_from_slice(&MAGIC);
    let sum = Sha256::new().chain_update(name).chain_update([0]).chain_update(serialized).finalize();
    header[MAGIC.len()..].copy_from_slice(&sum);
    header
}
