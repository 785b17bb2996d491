//! The arms of a row.

use std::path::{Path, PathBuf};
use std::time::Duration;

use vellum::lab::LabError;
use vellum::lab::report::Peer;
use vellum::lab::workloads::{Form, Subject, Testbed, Workload};
use vellum::paging::PagerKind;

use crate::descriptions;
use crate::host_calls::HostCalls;
use crate::keyed::Keyed;
use crate::names::{COSMWASM, HOST_CALLS, MAPPED, NATIVE, NEAR, POLKAVM, POLKAVM_UNCONFINED, REVM, SLICES, SQLITE};
use crate::native::{OnStore, PlainMemory};
#[cfg(feature = "polkavm")]
use crate::paging::{Confinement, Paging, refusal};
use crate::peer::{self, CheckedPeer, Failure};
use crate::sqlite::Sqlite;
use crate::state_location::StateLocation;
use crate::task::Task;

/// An arm that is set up.
pub enum ArmRunner<'a> {
    Vellum(Box<Subject<'a>>),
    Other(CheckedPeer),
}

impl ArmRunner<'_> {
    /// Runs and commits `times` transactions, and checks them.
    pub fn commits(&mut self, times: u64) -> Result<Duration, LabError> {
        match self {
            Self::Vellum(subject) => subject.commits(times),
            Self::Other(checked) => checked.commits(times),
        }
    }
}

/// A row before its arms are set up.
pub struct RowSetup<'a> {
    pub task: Task,
    pub location: StateLocation,
    pub workload: &'a dyn Workload,
    pub scratch: &'a Path,
}

/// The peers, in the order of the tables.
fn peers() -> Vec<&'static str> {
    let mut peers = vec![NATIVE, HOST_CALLS, SQLITE, REVM, COSMWASM, NEAR, POLKAVM];
    if host_refusal(POLKAVM).is_some() {
        peers.push(POLKAVM_UNCONFINED);
    }
    peers
}

/// Why a peer is not measured, if it is not.
fn absence(name: &str, only: &[String]) -> Option<&'static str> {
    if !is_built(name) {
        Some("left out of the build")
    } else if !is_wanted(name, only) {
        Some("left out by --only")
    } else {
        host_refusal(name)
    }
}

fn is_built(name: &str) -> bool {
    let features = [
        (REVM, cfg!(feature = "revm")),
        (COSMWASM, cfg!(feature = "cosmwasm")),
        (NEAR, cfg!(feature = "near")),
        (POLKAVM, cfg!(feature = "polkavm")),
        (POLKAVM_UNCONFINED, cfg!(feature = "polkavm")),
    ];
    features.iter().all(|(of, built)| *built || *of != name)
}

fn is_wanted(name: &str, only: &[String]) -> bool {
    only.is_empty() || only.iter().any(|wanted| name.starts_with(wanted.as_str()))
}

/// Why this host cannot run a peer, if it cannot.
#[cfg(feature = "polkavm")]
fn host_refusal(name: &str) -> Option<&'static str> {
    match name {
        POLKAVM => refusal(Confinement::Sandbox),
        POLKAVM_UNCONFINED => refusal(Confinement::Process),
        _ => None,
    }
}

#[cfg(not(feature = "polkavm"))]
fn host_refusal(_name: &str) -> Option<&'static str> {
    None
}

/// Why near-vm-runner is measured only in memory.
const NEAR_ON_DISK: &str =
    "its state goes through an interface of some fifty methods, and only its own in-memory mock implements it here";

impl<'a> RowSetup<'a> {
    /// Sets all arms up.
    pub fn runners(&self, only: &[String]) -> Result<Vec<(Peer, ArmRunner<'a>)>, Failure> {
        let mut runners = Vec::new();
        for (name, form) in [(MAPPED, Form::Mapped), (SLICES, Form::Slices)] {
            let testbed = match self.location {
                StateLocation::Memory => Testbed::in_memory()?,
                StateLocation::Disk => Testbed::on_disk(&self.directory(name)?)?,
            };
            let subject = Subject::new(self.workload, form, PagerKind::Soft, testbed)?;
            runners.push((descriptions::of(name, self.location), ArmRunner::Vellum(Box::new(subject))));
        }
        for name in peers().into_iter().filter(|name| absence(name, only).is_none()) {
            let description = descriptions::of(name, self.location);
            let peer = self.peer(name).map_err(|reason| format!("setting up {}: {reason}", description.name))?;
            if let Some(peer) = peer {
                let checked = CheckedPeer::new(self.task, &description, peer)?;
                runners.push((description, ArmRunner::Other(checked)));
            }
        }
        Ok(runners)
    }

    /// A peer, if it supports the location of the state.
    fn peer(&self, name: &str) -> Result<Option<Box<dyn peer::Peer>>, Failure> {
        Ok(Some(match (name, self.location) {
            (NATIVE, StateLocation::Memory) => Box::new(PlainMemory::new(self.task)),
            (NATIVE, StateLocation::Disk) => Box::new(OnStore(self.keyed(name)?)),
            (HOST_CALLS, _) => Box::new(HostCalls::new(self.keyed(name)?)?),
            (SQLITE, StateLocation::Memory) => Box::new(Sqlite::in_memory()?),
            (SQLITE, StateLocation::Disk) => Box::new(Sqlite::on_disk(&self.directory(name)?)?),
            #[cfg(feature = "revm")]
            (REVM, StateLocation::Memory) => Box::new(crate::evm::in_memory(self.task)?),
            #[cfg(feature = "revm")]
            (REVM, StateLocation::Disk) => Box::new(crate::evm::on_store(self.task, self.keyed(name)?)?),
            #[cfg(feature = "cosmwasm")]
            (COSMWASM, _) => Box::new(crate::cosmwasm::Cosmwasm::new(&self.directory("modules")?, self.keyed(name)?)?),
            #[cfg(feature = "near")]
            (NEAR, StateLocation::Memory) => Box::new(crate::near::Near::new(&self.directory("contracts")?)?),
            #[cfg(feature = "polkavm")]
            (POLKAVM, _) => Box::new(Paging::new(Confinement::Sandbox, self.keyed(name)?)?),
            #[cfg(feature = "polkavm")]
            (POLKAVM_UNCONFINED, _) => Box::new(Paging::new(Confinement::Process, self.keyed(name)?)?),
            _ => return Ok(None),
        }))
    }

    fn keyed(&self, name: &str) -> Result<Keyed, Failure> {
        match self.location {
            StateLocation::Memory => Ok(Keyed::in_memory()),
            StateLocation::Disk => Keyed::on_disk(&self.directory(name)?),
        }
    }

    /// A directory for the arm.
    fn directory(&self, name: &str) -> Result<PathBuf, Failure> {
        let shape: String = self.workload.name().replace(' ', "-");
        let path = self.scratch.join(format!("{:?}-{shape}-{name}", self.location));
        std::fs::create_dir_all(&path).map_err(|reason| format!("making {}: {reason}", path.display()))?;
        Ok(path)
    }

    /// The peers that are not measured, with the reasons.
    pub fn missing(only: &[String]) -> Vec<String> {
        let absent = |name| Some(format!("{name} ({})", absence(name, only)?));
        let mut missing: Vec<String> = peers().into_iter().filter_map(absent).collect();
        if absence(NEAR, only).is_none() {
            missing.push(format!("{} ({NEAR_ON_DISK})", StateLocation::Disk.arm(NEAR)));
        }
        missing
    }
}
