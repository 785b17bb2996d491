//! Compiled modules as files.
//!
//! ```text
//! <code hash>-<checks>-<pass version>-<compatibility>[-<own imports>].module
//! [ magic 8 bytes ][ SHA-256 of the rest, 32 bytes ][ module as wasmtime serialises it ]
//! ```
//!
//! A file holds native code that this process will run, so it must come from this user:
//!
//! 1. The directory belongs to the user and nobody else can write it (mode 0700 when it is made here).
//! 2. A file is regular, belongs to the user and nobody else can write it (mode 0600 when it is made here).
//! 3. What is loaded is what was stored: the checksum agrees.
//! 4. It was made by the same wasmtime with the same settings: wasmtime's own check, besides the file's name.
//!
//! A file appears under its name whole or not at all: it is written under another name and renamed. Whatever fails here
//! fails in silence, and the module is compiled.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use wasmtime::{Engine, Module};

use crate::contract::allowed::Imports;
use crate::contract::prepare::{Checks, PASS_VERSION};
use crate::units::CodeHash;

const MAGIC: [u8; 8] = *b"vellumc1";
const CHECKSUM_BYTES: usize = 32;
const HEADER_BYTES: usize = MAGIC.len() + CHECKSUM_BYTES;

/// Permission bits by which others than the owner could write.
const OTHERS_WRITE: u32 = 0o022;

/// A directory of compiled modules.
#[derive(Debug)]
pub(super) struct Disk {
    directory: PathBuf,
    /// Distinguishes what different versions and settings of the compiler make.
    compatibility: u64,
    /// Distinguishes what is made for other imports of an embedder's own: `-` and their fingerprint, or nothing.
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

    /// The module, if there is one that can be trusted.
    pub fn load(&self, engine: &Engine, hash: &CodeHash, checks: Checks) -> Option<Module> {
        let bytes = self.read(&self.path(hash, checks)).ok()?;
        let (header, serialised) = bytes.split_at_checked(HEADER_BYTES)?;
        if header != seal(serialised) {
            return None;
        }
        // SAFETY: `deserialize` asks for bytes that `Module::serialize` made and nobody changed. They were read from a
        // file that belongs to this user in a directory that belongs to this user, neither writable by anybody else
        // (checked on the opened file and on the directory, rules 1 and 2), which only `store` writes under this name;
        // their SHA-256 is the one written with them (rule 3). Code of another version of wasmtime or for other
        // settings or another processor is refused by `deserialize` itself (rule 4).
        unsafe { Module::deserialize(engine, serialised) }.ok()
    }

    /// Keeps a module for another time, if that can be done safely.
    pub fn store(&self, module: &Module, hash: &CodeHash, checks: Checks) {
        // The module is there already; it will be compiled again next time.
        let _ = self.write(module, &self.path(hash, checks));
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        check_owner(&fs::symlink_metadata(&self.directory)?, fs::Metadata::is_dir)?;
        let mut file = OpenOptions::new().read(true).custom_flags(NO_FOLLOW).open(path)?;
        check_owner(&file.metadata()?, fs::Metadata::is_file)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn write(&self, module: &Module, path: &Path) -> io::Result<()> {
        let serialised = module.serialize().map_err(io::Error::other)?;
        DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)?;
        check_owner(&fs::symlink_metadata(&self.directory)?, fs::Metadata::is_dir)?;
        let temporary = self.temporary_path();
        let written = write_new(&temporary, &serialised).and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    /// A name that nobody else uses: not this process again, nor another one.
    fn temporary_path(&self) -> PathBuf {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        self.directory.join(format!(".{}-{number}.partial", std::process::id()))
    }
}

/// Symbolic links are not followed.
const NO_FOLLOW: i32 = rustix::fs::OFlags::NOFOLLOW.bits() as i32;

fn write_new(path: &Path, serialised: &[u8]) -> io::Result<()> {
    let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(&seal(serialised))?;
    file.write_all(serialised)
}

fn check_owner(metadata: &fs::Metadata, right_kind: fn(&fs::Metadata) -> bool) -> io::Result<()> {
    let ours = metadata.uid() == rustix::process::geteuid().as_raw();
    if right_kind(metadata) && ours && metadata.mode() & OTHERS_WRITE == 0 {
        Ok(())
    } else {
        Err(io::Error::from(io::ErrorKind::PermissionDenied))
    }
}

/// What stands before a serialised module.
pub(super) fn seal(serialised: &[u8]) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..MAGIC.len()].copy_from_slice(&MAGIC);
    header[MAGIC.len()..].copy_from_slice(&Sha256::digest(serialised));
    header
}
