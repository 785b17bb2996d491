//! Compiled modules, kept in memory and on disk.
//!
//! Compiling takes milliseconds to seconds, loading from disk well under a millisecond, and a module that is in memory
//! costs a look-up. The disk is a help, never a dependency: whatever is wrong there means compiling again.

mod disk;
mod recent;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use wasmtime::Engine;

use self::disk::Disk;
use self::recent::Recent;
use super::allowed::Imports;
use super::compile::{Compiled, compile};
use super::error::ContractError;
use super::prepare::Checks;
use super::validate::validate;
use crate::limits;
use crate::units::CodeHash;

/// What a compiled module is kept under.
type Key = (CodeHash, Checks);

/// One module, or the place where somebody is just compiling it.
type Slot = Arc<Mutex<Option<Arc<Compiled>>>>;

/// Compiled modules by code hash and checks, for one engine and one list of imports.
#[derive(Debug)]
pub struct ModuleCache {
    engine: Engine,
    imports: Imports,
    disk: Option<Disk>,
    modules: Mutex<Recent<Key, Slot>>,
}

impl ModuleCache {
    /// An empty cache of contracts that may import what is given. The engine should be configured with
    /// [`engine_config`](super::engine_config); compiled modules are also kept as files in the directory, if one is given.
    /// Caches with other imports can share it.
    pub fn new(engine: Engine, imports: Imports, directory: Option<PathBuf>) -> Self {
        let disk = directory.map(|directory| Disk::new(directory, &engine, &imports));
        Self { engine, imports, disk, modules: Mutex::new(Recent::new(limits::MAX_CACHED_MODULES)) }
    }

    /// Where compiled modules are kept unless somebody says otherwise: `vellum` in the user's cache directory. Nothing
    /// when the user has none.
    pub fn default_directory() -> Option<PathBuf> {
        dirs::cache_dir().map(|directory| directory.join("vellum"))
    }

    /// The engine that the modules are compiled for.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What a contract may import.
    pub fn imports(&self) -> &Imports {
        &self.imports
    }

    /// A compiled contract. The code is asked for only when the contract is not in memory; several who ask for one
    /// contract at once wait for the first.
    ///
    /// # Errors
    /// What `code` gives, and for the code those of [`prepare`](super::prepare()), [`ContractError::Compile`], and
    /// [`ContractError::CodeHash`] when it is not the code asked for. A failure is not kept.
    pub fn get<E: From<ContractError>>(
        &self,
        hash: &CodeHash,
        checks: Checks,
        code: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Arc<Compiled>, E> {
        let slot = lock(&self.modules).get_or_insert_with((*hash, checks), Slot::default);
        let mut module = lock(&slot);
        if let Some(module) = &*module {
            return Ok(Arc::clone(module));
        }
        let compiled = Arc::new(self.load_or_compile(hash, checks, &code()?)?);
        *module = Some(Arc::clone(&compiled));
        Ok(compiled)
    }

    fn load_or_compile(&self, hash: &CodeHash, checks: Checks, code: &[u8]) -> Result<Compiled, ContractError> {
        let found = CodeHash(Sha256::digest(code).into());
        if found != *hash {
            return Err(ContractError::CodeHash { expected: *hash, found });
        }
        let Some(disk) = &self.disk else {
            return compile(&self.engine, code, &self.imports, checks);
        };
        if let Some(module) = disk.load(&self.engine, hash, checks) {
            return Ok(Compiled { module, metadata: validate(code, &self.imports)? });
        }
        let compiled = compile(&self.engine, code, &self.imports, checks)?;
        disk.store(&compiled.module, hash, checks);
        Ok(compiled)
    }
}

/// Locks even if somebody panicked while holding the lock: what is locked here is whole between any two statements.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
