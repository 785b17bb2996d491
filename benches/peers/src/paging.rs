//! polkavm's dynamic paging: storage is a part of the contract's memory, and pages are loaded when they are touched.

use std::sync::OnceLock;
use std::time::Duration;

use polkavm::program::assemble;
use polkavm::{
    BackendKind, Config, CorePinning, Engine, GasMeteringKind, InterruptKind, MemoryProtection, Module, ModuleConfig,
    ProgramBlob, ProgramCounter, RawInstance, Reg,
};

use crate::keyed::{self, Keyed};
use crate::peer::{Failure, Peer, timed};
use crate::task::{FUNCTIONS, Request};

const PAGE: u32 = 4_096;

/// The address of storage: the lowest possible one.
const BASE: u32 = 0x1_0000;

/// The gas limit of every transaction, which no transaction reaches.
const GAS: i64 = 1 << 40;

/// The isolation of the process that runs a program.
#[derive(Debug, Clone, Copy)]
pub enum Confinement {
    /// Namespaces and a system call filter: polkavm's default.
    Sandbox,
    /// A separate process only, which polkavm's documentation reserves for debugging.
    Process,
}

/// An instance that keeps its pages from one transaction to the next. Committed pages are in a store, each in a record.
pub struct Paging {
    instance: RawInstance,
    /// The entry point of each function.
    entries: Vec<ProgramCounter>,
    keyed: Keyed,
    /// The addresses of the pages that the current transaction has written.
    written: Vec<u32>,
}

impl Paging {
    pub fn new(confinement: Confinement, keyed: Keyed) -> Result<Self, Failure> {
        let engine = engine(confinement)?;
        let blob =
            ProgramBlob::parse(assemble(None, include_str!("contracts/paged.polkavm"))?.into()).map_err(to_failure)?;
        let mut settings = ModuleConfig::new();
        settings.set_page_size(PAGE).set_dynamic_paging(true).set_gas_metering(Some(GasMeteringKind::Sync));
        let module = Module::from_blob(&engine, &settings, blob).map_err(to_failure)?;
        let entry = |name: &str| {
            let found = module.exports().find(|export| export.symbol().as_bytes() == name.as_bytes());
            found.map(|export| export.program_counter()).ok_or(format!("the program exports no {name}"))
        };
        let entries = FUNCTIONS.iter().map(|name| entry(name)).collect::<Result<_, _>>()?;
        let instance = module.instantiate().map_err(to_failure)?;
        Ok(Self { instance, entries, keyed, written: Vec::new() })
    }

    fn transact(&mut self, request: &Request) -> Result<i64, Failure> {
        self.keyed.begin()?;
        self.instance.set_gas(GAS);
        self.instance.prepare_call_untyped(self.entries[request.function as usize], &request.arguments);
        loop {
            match self.instance.run().map_err(to_failure)? {
                InterruptKind::Finished => break,
                InterruptKind::Segfault(fault) if fault.is_write_protected => {
                    self.instance.unprotect_memory(fault.page_address, PAGE).map_err(to_failure)?;
                    self.written.push(fault.page_address);
                }
                InterruptKind::Segfault(fault) => self.load_page(fault.page_address)?,
                other => return Err(format!("the program was interrupted: {other:?}").into()),
            }
        }
        let result = self.instance.reg(Reg::A0) as i64;
        self.commit().map(|()| result)
    }

    /// Loads a page, write-protected.
    fn load_page(&mut self, address: u32) -> Result<(), Failure> {
        self.instance
            .zero_memory_with_memory_protection(address, PAGE, MemoryProtection::ReadWrite)
            .map_err(to_failure)?;
        if let Some(bytes) = self.keyed.get(&page_key(address - BASE))? {
            self.instance.write_memory(address, bytes).map_err(to_failure)?;
        }
        self.instance.protect_memory(address, PAGE).map_err(to_failure)
    }

    /// Copies the written pages to the store, and protects them again.
    fn commit(&mut self) -> Result<(), Failure> {
        let mut page = [0; PAGE as usize];
        for address in self.written.drain(..) {
            self.instance.read_memory_into(address, &mut page).map_err(to_failure)?;
            self.keyed.put(&page_key(address - BASE), &page)?;
            self.instance.protect_memory(address, PAGE).map_err(to_failure)?;
        }
        self.keyed.commit()
    }
}

/// The recompiler with dynamic paging. Its pinning to a core is disabled, as it would pin this thread, which runs all arms.
fn engine(confinement: Confinement) -> Result<Engine, Failure> {
    let mut config = Config::new();
    config.set_backend(Some(BackendKind::Compiler)).set_allow_dynamic_paging(true);
    config.set_core_pinning(CorePinning::Disabled);
    if let Confinement::Process = confinement {
        config.set_allow_experimental(true).set_sandboxing_enabled(false);
    }
    Engine::new(&config).map_err(to_failure)
}

/// Why this host cannot run a program with dynamic paging, if it cannot. The kernel may reserve `userfaultfd` for privileged
/// processes, and a sandboxed process has no privileges.
pub fn refusal(confinement: Confinement) -> Option<&'static str> {
    static REFUSALS: [OnceLock<Option<String>>; 2] = [const { OnceLock::new() }; 2];
    let refusal = || {
        let reason = Paging::new(confinement, Keyed::in_memory()).err()?;
        let required = match confinement {
            Confinement::Sandbox => "vm.unprivileged_userfaultfd should be 1, even for root",
            Confinement::Process => "vm.unprivileged_userfaultfd should be 1, or root should run it",
        };
        Some(format!("dynamic paging does not start ({required}): {reason}"))
    };
    REFUSALS[confinement as usize].get_or_init(refusal).as_deref()
}

fn page_key(offset: u32) -> [u8; 4] {
    (offset / PAGE).to_be_bytes()
}

fn to_failure(error: impl std::fmt::Display) -> Failure {
    error.to_string().into()
}

impl Peer for Paging {
    fn run(&mut self, requests: &[Request]) -> Result<(Vec<i64>, Duration), Failure> {
        timed(requests, |request| self.transact(request))
    }

    fn word(&mut self, _key: u64, place: u64) -> Result<u64, Failure> {
        let within = place as usize % PAGE as usize;
        self.keyed.committed(|store| match store.get(&page_key(place as u32))? {
            Some(page) => keyed::word(&page[within..within + 8]),
            None => Ok(0),
        })
    }
}
