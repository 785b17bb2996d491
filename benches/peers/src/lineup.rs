//! Who takes part in a comparison.

use std::path::{Path, PathBuf};
use std::time::Duration;

use vellum::lab::LabError;
use vellum::lab::report::Peer;
use vellum::lab::workloads::{Form, Subject, Workload, World};
use vellum::paging::PagerKind;

use crate::descriptions::{self, COSMWASM, HOST_CALLS, MAPPED, NATIVE, POLKAVM, REVM, SLICES, SQLITE};
use crate::host_calls::HostCalls;
use crate::keyed::Keyed;
use crate::native::{OnStore, PlainMemory};
use crate::peer::{self, Failure, Judged};
use crate::sqlite::Sqlite;
use crate::task::Task;

/// Where the state is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    Memory,
    Disk,
}

impl Home {
    pub const ALL: [Self; 2] = [Self::Memory, Self::Disk];

    /// The table.
    pub fn section(self) -> &'static str {
        match self {
            Self::Memory => "state in memory",
            Self::Disk => "state on disk, not synced",
        }
    }

    /// What an arm is called whose state is here.
    pub fn arm(self, name: &str) -> String {
        match (self, name) {
            (Self::Memory, _) => name.to_owned(),
            (Self::Disk, SQLITE) => format!("{name} on disk"),
            (Self::Disk, _) => format!("{name} on LMDB"),
        }
    }
}

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
const OTHERS: [&str; 6] = [NATIVE, HOST_CALLS, SQLITE, REVM, COSMWASM, POLKAVM];

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
        for name in OTHERS.into_iter().filter(|name| wanted(name, only)) {
            let about = descriptions::of(name, self.home);
            let made = self.peer(name).map_err(|reason| format!("setting up {}: {reason}", about.name))?;
            if let Some(peer) = made {
                let judged = Judged::new(self.task, &about, peer)?;
                contenders.push((about, Contender::Other(judged)));
            }
        }
        Ok(contenders)
    }

    /// A peer, if it was built and this machine can run it.
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
            #[cfg(feature = "polkavm")]
            (POLKAVM, _) if crate::paging::refusal().is_none() => {
                Box::new(crate::paging::Paging::new(self.keyed(name)?)?)
            }
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
        let built = [
            (REVM, cfg!(feature = "revm")),
            (COSMWASM, cfg!(feature = "cosmwasm")),
            (POLKAVM, cfg!(feature = "polkavm")),
        ];
        let not_built =
            built.iter().filter(|(_, built)| !built).map(|(name, _)| format!("{name} (left out of the build)"));
        let not_wanted =
            OTHERS.iter().filter(|name| !wanted(name, only)).map(|name| format!("{name} (left out by --only)"));
        let mut missing: Vec<String> = not_built.chain(not_wanted).collect();
        missing.push("near-vm-runner (has no arm yet)".to_owned());
        #[cfg(feature = "polkavm")]
        if wanted(POLKAVM, only) {
            missing.extend(crate::paging::refusal().map(|reason| format!("{POLKAVM} ({reason})")));
        }
        missing
    }
}

fn wanted(name: &str, only: &[String]) -> bool {
    only.is_empty() || only.iter().any(|wanted| name.starts_with(wanted.as_str()))
}
