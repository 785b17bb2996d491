//! Opening the store that a command works on.

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

/// How often is looked whether another writer has closed the store.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The directory of the store where no other is named: that of the environment, if it names one.
pub fn default_directory() -> PathBuf {
    let named = env::var_os("VELLUM_STATE").filter(|named| !named.is_empty());
    named.map_or_else(|| PathBuf::from("./vellum-state"), PathBuf::from)
}

/// What a command does with the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Only reads: neither waits for a writer nor keeps one out.
    Read,
    /// Changes a store that is there.
    Change,
    /// Changes a store, and makes it first where there is none.
    Found,
}

/// How long a writer waits for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    No,
    For(Duration),
    UntilItIsFree,
}

/// The store of a command.
#[derive(Debug)]
pub struct State {
    pub directory: PathBuf,
    pub wait: Wait,
}

impl State {
    /// Opens the store.
    pub fn open_store(&self, purpose: Purpose) -> Result<Arc<LmdbStore>, CliError> {
        self.open_store_unless(purpose, || None)
    }

    fn open_store_unless(
        &self,
        purpose: Purpose,
        signal: impl Fn() -> Option<Signal>,
    ) -> Result<Arc<LmdbStore>, CliError> {
        let access = match purpose {
            Purpose::Read => Access::ReadOnly,
            Purpose::Change | Purpose::Found => Access::ReadWrite,
        };
        let options = OpenOptions { access, create: purpose == Purpose::Found, ..OpenOptions::default() };
        let since = Instant::now();
        loop {
            match LmdbStore::open(&self.directory, &options) {
                Err(StoreError::Locked { .. }) if self.wait.goes_on(since.elapsed()) => match signal() {
                    Some(signal) => return Err(CliError::Interrupted(signal)),
                    None => thread::sleep(LOOK_EVERY),
                },
                opened => return Ok(opened?),
            }
        }
    }

    /// Opens the store, and makes a VM over it that keeps compiled contracts in the user's cache directory.
    pub fn open(&self, purpose: Purpose) -> Result<Vm, CliError> {
        vm_over(self.open_store(purpose)?)
    }

    /// The same for a command that listens to signals: one that comes while another writer is waited for ends the waiting.
    pub fn open_until(&self, purpose: Purpose, signals: &Signals) -> Result<Vm, CliError> {
        vm_over(self.open_store_unless(purpose, || signals.came())?)
    }

    /// Opens the store for reading, at the moment that made a version of a contract, or at the newest one.
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
    fn goes_on(self, waited: Duration) -> bool {
        match self {
            Self::No => false,
            Self::For(time) => waited < time,
            Self::UntilItIsFree => true,
        }
    }
}
