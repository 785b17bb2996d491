//! Who takes part in a comparison.

use std::path::{Path, PathBuf};
use std::time::Duration;

use vellum::lab::LabError;
use vellum::lab::report::Peer;
use vellum::lab::workloads::{Form, Subject, Workload, World};
use vellum::paging::PagerKind;

use crate::descriptions;
use crate::home::Home;
use crate::host_calls::HostCalls;
use crate::keyed::Keyed;
use crate::names::{COSMWASM, HOST_CALLS, MAPPED, NATIVE, NEAR, POLKAVM, POLKAVM_UNCONFINED, REVM, SLICES, SQLITE};
use crate::native::{OnStore, PlainMemory};
#[cfg(feature = "polkavm")]
use crate::paging::{Confinement, Paging, refusal};
use crate::peer::{self, Failure, Judged};
use crate::sqlite::Sqlite;
use crate::task::Task;

/// One that takes part.
pub enum Contender<'a> {
    Vellum(Box<Subject<'a>>),
    Other(Judged),
}

impl Contender<'_> {
    /// Runs and commits that many transactions, and checks them.
    pub fn commits(&mut self, times: u64) -> Result<Duration, LabError> {
        match self {
            Self::Vellum(subject) => subject.commits(times),
            Self::Other(judged) => judged.commits(times),
        }
    }
}

/// A comparison before it is made.
pub struct Lineup<'a> {
    pub task: Task,
    pub home: Home,
    pub workload: &'a dyn Workload,
    pub scratch: &'a Path,
}

/// The peers beside vellum, in the order of the tables.
fn others() -> Vec<&'static str> {
    let mut others = vec![NATIVE, HOST_CALLS, SQLITE, REVM, COSMWASM, NEAR, POLKAVM];
    if refused(POLKAVM).is_some() {
        others.push(POLKAVM_UNCONFINED);
    }
    others
}

/// Why a peer does not take part, if it does not.
fn absence(name: &str, only: &[String]) -> Option<&'static str> {
    match (built(name), wanted(name, only)) {
        (false, _) => Some("left out of the build"),
        (true, false) => Some("left out by --only"),
        (true, true) => refused(name),
    }
}

fn built(name: &str) -> bool {
    let features = [
        (REVM, cfg!(feature = "revm")),
        (COSMWASM, cfg!(feature = "cosmwasm")),
        (NEAR, cfg!(feature = "near")),
        (POLKAVM, cfg!(feature = "polkavm")),
        (POLKAVM_UNCONFINED, cfg!(feature = "polkavm")),
    ];
    features.iter().all(|(of, built)| *built || *of != name)
}

fn wanted(name: &str, only: &[String]) -> bool {
    only.is_empty() || only.iter().any(|wanted| name.starts_with(wanted.as_str()))
}

/// Why this machine cannot run it, if it cannot.
#[cfg(feature = "polkavm")]
fn refused(name: &str) -> Option<&'static str> {
    match name {
        POLKAVM => refusal(Confinement::Sandbox),
        POLKAVM_UNCONFINED => refusal(Confinement::Process),
        _ => None,
    }
}

#[cfg(not(feature = "polkavm"))]
fn refused(_name: &str) -> Option<&'static str> {
    None
}

/// Why near-vm-runner has one arm only.
const NEAR_ON_DISK: &str =
    "its state goes through an interface of some fifty methods, which only its own mock in memory implements here";

impl<'a> Lineup<'a> {
    /// All that take part, set up.
    pub fn contenders(&self, only: &[String]) -> Result<Vec<(Peer, Contender<'a>)>, Failure> {
        let mut contenders = Vec::new();
        for (name, form) in [(MAPPED, Form::Mapped), (SLICES, Form::Slices)] {
            let world = match self.home {
                Home::Memory => World::in_memory()?,
                Home::Disk => World::on_disk(&self.directory(name)?)?,
            };
            let subject = Subject::new(self.workload, form, PagerKind::Soft, world)?;
            contenders.push((descriptions::of(name, self.home), Contender::Vellum(Box::new(subject))));
        }
        for name in others().into_iter().filter(|name| absence(name, only).is_none()) {
            let about = descriptions::of(name, self.home);
            let made = self.peer(name).map_err(|reason| format!("setting up {}: {reason}", about.name))?;
            if let Some(peer) = made {
                let judged = Judged::new(self.task, &about, peer)?;
                contenders.push((about, Contender::Other(judged)));
            }
        }
        Ok(contenders)
    }

    /// A peer, if it can have its state there.
    fn peer(&self, name: &str) -> Result<Option<Box<dyn peer::Peer>>, Failure> {
        Ok(Some(match (name, self.home) {
            (NATIVE, Home::Memory) => Box::new(PlainMemory::new(self.task)),
            (NATIVE, Home::Disk) => Box::new(OnStore(self.keyed(name)?)),
            (HOST_CALLS, _) => Box::new(HostCalls::new(self.keyed(name)?)?),
            (SQLITE, Home::Memory) => Box::new(Sqlite::in_memory()?),
            (SQLITE, Home::Disk) => Box::new(Sqlite::on_disk(&self.directory(name)?)?),
            #[cfg(feature = "revm")]
            (REVM, Home::Memory) => Box::new(crate::evm::in_memory(self.task)?),
            #[cfg(feature = "revm")]
            (REVM, Home::Disk) => Box::new(crate::evm::on_store(self.task, self.keyed(name)?)?),
            #[cfg(feature = "cosmwasm")]
            (COSMWASM, _) => Box::new(crate::cosmwasm::Cosmwasm::new(&self.directory("modules")?, self.keyed(name)?)?),
            #[cfg(feature = "near")]
            (NEAR, Home::Memory) => Box::new(crate::near::Near::new(&self.directory("contracts")?)?),
            #[cfg(feature = "polkavm")]
            (POLKAVM, _) => Box::new(Paging::new(Confinement::Sandbox, self.keyed(name)?)?),
            #[cfg(feature = "polkavm")]
            (POLKAVM_UNCONFINED, _) => Box::new(Paging::new(Confinement::Process, self.keyed(name)?)?),
            _ => return Ok(None),
        }))
    }

    fn keyed(&self, name: &str) -> Result<Keyed, Failure> {
        match self.home {
            Home::Memory => Ok(Keyed::in_memory()),
            Home::Disk => Keyed::on_disk(&self.directory(name)?),
        }
    }

    /// A directory of the arm's own.
    fn directory(&self, name: &str) -> Result<PathBuf, Failure> {
        let shape: String = self.workload.name().replace(' ', "-");
        let path = self.scratch.join(format!("{:?}-{shape}-{name}", self.home));
        std::fs::create_dir_all(&path).map_err(|reason| format!("making {}: {reason}", path.display()))?;
        Ok(path)
    }

    /// What does not take part, and why.
    pub fn missing(only: &[String]) -> Vec<String> {
        let absent = |name| Some(format!("{name} ({})", absence(name, only)?));
        let mut missing: Vec<String> = others().into_iter().filter_map(absent).collect();
        if absence(NEAR, only).is_none() {
            missing.push(format!("{} ({NEAR_ON_DISK})", Home::Disk.arm(NEAR)));
        }
        missing
    }
}
