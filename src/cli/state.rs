//! Opens the store of a command.

use std::cell::RefCell;
use std::env;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use vellum::contract::ModuleCache;
use vellum::store::{Access, LmdbStore, OpenOptions, StoreError};
use vellum::units::{Address, Version};
use vellum::vm::{View, Vm};

use super::error::CliError;
use super::signals::{Signal, Signals};

/// How often to look whether another writer has closed the store.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Returns the default directory of the store: `VELLUM_STATE`, or `./vellum-state` if that is not set.
pub fn default_directory() -> PathBuf {
    let named = env::var_os("VELLUM_STATE").filter(|named| !named.is_empty());
    named.map_or_else(|| PathBuf::from("./vellum-state"), PathBuf::from)
}

/// How a command uses the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Reads. It does not wait for a writer, and does not block one.
    Read,
    /// Changes an existing store.
    Change,
    /// Changes a store, and creates it if it does not exist.
    Create,
}

/// How long a writer waits for another writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    No,
    For(Duration),
    UntilFree,
}

/// The store of a command.
#[derive(Debug)]
pub struct State {
    pub directory: PathBuf,
    pub wait: Wait,
    /// True if commands that read use the store without a lock.
    pub no_lock: bool,
    /// The stores that were opened without a lock.
    unlocked: RefCell<Vec<Arc<LmdbStore>>>,
}

impl State {
    pub fn new(directory: PathBuf, wait: Wait, no_lock: bool) -> Self {
        Self { directory, wait, no_lock, unlocked: RefCell::default() }
    }

    /// Returns whether what was read without a lock is void, as another process has changed the store. Forgets the stores that were
    /// opened until then.
    pub fn was_overtaken(&self) -> bool {
        self.unlocked.take().iter().any(|store| store.is_overtaken())
    }

    /// Opens the store.
    pub fn open_store(&self, purpose: Purpose) -> Result<Arc<LmdbStore>, CliError> {
        self.open_store_unless(purpose, || None)
    }

    fn open_store_unless(
        &self,
        purpose: Purpose,
        signal: impl Fn() -> Option<Signal>,
    ) -> Result<Arc<LmdbStore>, CliError> {
        let access = match (purpose, self.no_lock) {
            (Purpose::Read, false) => Access::ReadOnly,
            (Purpose::Read, true) => Access::ReadOnlyWithoutLock,
            (Purpose::Change | Purpose::Create, false) => Access::ReadWrite,
            (Purpose::Change | Purpose::Create, true) => return Err(CliError::WritesWithoutLock),
        };
        let options = OpenOptions { access, create: purpose == Purpose::Create, ..OpenOptions::default() };
        let since = Instant::now();
        loop {
            match LmdbStore::open(&self.directory, &options) {
                Err(StoreError::Locked { .. }) if self.wait.continues(since.elapsed()) => match signal() {
                    Some(signal) => return Err(CliError::Interrupted(signal)),
                    None => thread::sleep(LOOK_EVERY),
                },
                opened => {
                    let store = opened?;
                    if access == Access::ReadOnlyWithoutLock {
                        self.unlocked.borrow_mut().push(store.clone());
                    }
                    return Ok(store);
                }
            }
        }
    }

    /// Opens the store with a VM, which keeps compiled contracts in the user's cache directory.
    pub fn open(&self, purpose: Purpose) -> Result<Vm, CliError> {
        vm_over(self.open_store(purpose)?)
    }

    /// Opens the store with a VM. A signal interrupts the wait for another writer.
    pub fn open_until(&self, purpose: Purpose, signals: &Signals) -> Result<Vm, CliError> {
        vm_over(self.open_store_unless(purpose, || signals.received())?)
    }

    /// Opens the store for reading, at the moment of a version of a contract, or at the newest moment.
    pub fn view(&self, contract: Address, at: Option<u64>) -> Result<View, CliError> {
        let vm = self.open(Purpose::Read)?;
        Ok(match at {
            Some(version) => vm.at((contract, Version(version)))?,
            None => vm.now()?,
        })
    }
}

fn vm_over(store: Arc<LmdbStore>) -> Result<Vm, CliError> {
    Ok(Vm::builder(store).module_cache_dir(ModuleCache::default_directory()).build()?)
}

impl Wait {
    fn continues(self, waited: Duration) -> bool {
        match self {
            Self::No => false,
            Self::For(time) => waited < time,
            Self::UntilFree => true,
        }
    }
}
