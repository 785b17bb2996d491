//! The cache of compiled modules, in memory and on disk.
//!
//! Compiling takes milliseconds to seconds, loading from disk well under a millisecond, and a module in memory costs a
//! look-up. After any failure of the disk the module is compiled again.

mod disk;
mod lru_map;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use wasmtime::Engine;

use self::disk::Disk;
use self::lru_map::LruMap;
use super::allowed::Imports;
use super::compile::{Compiled, compile};
use super::error::ContractError;
use super::prepare::Checks;
use super::validate::validate;
use crate::limits;
use crate::units::CodeHash;

/// The key of a compiled module.
type Key = (CodeHash, Checks);

/// One module. The slot is locked while a thread compiles it.
type Slot = Arc<Mutex<Option<Arc<Compiled>>>>;

/// Compiled modules by code hash and checks, for one engine and one list of imports.
#[derive(Debug)]
pub struct ModuleCache {
    engine: Engine,
    imports: Imports,
    disk: Option<Disk>,
    modules: Mutex<LruMap<Key, Slot>>,
}

impl ModuleCache {
    /// Returns an empty cache for contracts that may use `imports`. The engine must be configured with
    /// [`engine_config`](super::engine_config). If a directory is given, compiled modules are also stored in it as files.
    /// Caches with other imports may share the directory.
    pub fn new(engine: Engine, imports: Imports, directory: Option<PathBuf>) -> Self {
        let disk = directory.map(|directory| Disk::new(directory, &engine, &imports));
        Self { engine, imports, disk, modules: Mutex::new(LruMap::new(limits::MAX_CACHED_MODULES)) }
    }

    /// Returns the default directory, `vellum` in the user's cache directory; `None` if the user has no cache directory.
    pub fn default_directory() -> Option<PathBuf> {
        dirs::cache_dir().map(|directory| directory.join("vellum"))
    }

    /// Returns the engine for which the modules are compiled.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns the imports that contracts may use.
    pub fn imports(&self) -> &Imports {
        &self.imports
    }

    /// Returns a compiled contract. `code` is called only if the contract is not in memory. If several threads request the same
    /// contract at once, one compiles it and the others wait.
    ///
    /// # Errors
    /// Returns the errors of `code` and of [`prepare`](super::prepare()), [`ContractError::Compile`], and
    /// [`ContractError::CodeHash`] if the code does not have this hash. Errors are not cached.
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
            return Ok(Compiled { module, metadata: validate(code, &self.imports)?, code_bytes: code.len() });
        }
        let compiled = compile(&self.engine, code, &self.imports, checks)?;
        disk.store(&compiled.module, hash, checks);
        Ok(compiled)
    }
}

/// Locks a mutex even if a thread has panicked while it held the lock: the data is consistent between any two statements.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
