//! polkavm's dynamic paging: a contract's storage is pages of its memory, which come in as it touches them.

use std::sync::OnceLock;
use std::time::Duration;

use polkavm::program::assemble;
use polkavm::{
    BackendKind, Config, CorePinning, Engine, GasMeteringKind, InterruptKind, MemoryProtection, Module, ModuleConfig,
    ProgramBlob, ProgramCounter, RawInstance, Reg,
};

use crate::keyed::{self, Keyed};
use crate::peer::{Failure, Peer, timed};
use crate::task::{FUNCTIONS, Order};

const PAGE: u32 = 4_096;

/// Where storage begins: the lowest address that there can be.
const BASE: u32 = 0x1_0000;

/// Gas of every transaction: more than any of them uses.
const GAS: i64 = 1 << 40;

/// What keeps the process apart that runs a program.
#[derive(Debug, Clone, Copy)]
pub enum Confinement {
    /// Its own namespaces and a filter of system calls, as it ships.
    Sandbox,
    /// A process of its own and nothing else, which its documentation keeps for debugging.
    Process,
}

/// One instance that stays, with its pages; what is committed is in a store, a record for each page.
pub struct Paging {
    instance: RawInstance,
    entries: Vec<ProgramCounter>,
    keyed: Keyed,
    /// Pages that the transaction at hand wrote to, by address.
    written: Vec<u32>,
}

impl Paging {
    pub fn new(confinement: Confinement, keyed: Keyed) -> Result<Self, Failure> {
        let engine = engine(confinement)?;
        let blob = ProgramBlob::parse(assemble(None, include_str!("contracts/paged.polkavm"))?.into()).map_err(said)?;
        let mut settings = ModuleConfig::new();
        settings.set_page_size(PAGE).set_dynamic_paging(true).set_gas_metering(Some(GasMeteringKind::Sync));
        let module = Module::from_blob(&engine, &settings, blob).map_err(said)?;
        let entry = |name: &str| {
            let found = module.exports().find(|export| export.symbol().as_bytes() == name.as_bytes());
            found.map(|export| export.program_counter()).ok_or(format!("the program exports no {name}"))
        };
        let entries = FUNCTIONS.iter().map(|name| entry(name)).collect::<Result<_, _>>()?;
        let instance = module.instantiate().map_err(said)?;
        Ok(Self { instance, entries, keyed, written: Vec::new() })
    }

    fn transact(&mut self, order: &Order) -> Result<i64, Failure> {
        self.keyed.begin()?;
        self.instance.set_gas(GAS);
        self.instance.prepare_call_untyped(self.entries[order.function as usize], &order.arguments);
        loop {
            match self.instance.run().map_err(said)? {
                InterruptKind::Finished => break,
                InterruptKind::Segfault(fault) if fault.is_write_protected => {
                    self.instance.unprotect_memory(fault.page_address, PAGE).map_err(said)?;
                    self.written.push(fault.page_address);
                }
                InterruptKind::Segfault(fault) => self.bring_in(fault.page_address)?,
                other => return Err(format!("the program was interrupted: {other:?}").into()),
            }
        }
        let result = self.instance.reg(Reg::A0) as i64;
        self.commit().map(|()| result)
    }

    /// Presents a page, protected against writing.
    fn bring_in(&mut self, address: u32) -> Result<(), Failure> {
        self.instance.zero_memory_with_memory_protection(address, PAGE, MemoryProtection::ReadWrite).map_err(said)?;
        if let Some(bytes) = self.keyed.get(&page_key(address - BASE))? {
            self.instance.write_memory(address, bytes).map_err(said)?;
        }
        self.instance.protect_memory(address, PAGE).map_err(said)
    }

    /// Copies the written pages out, and protects them again.
    fn commit(&mut self) -> Result<(), Failure> {
        let mut page = [0; PAGE as usize];
        for address in self.written.drain(..) {
            self.instance.read_memory_into(address, &mut page).map_err(said)?;
            self.keyed.put(&page_key(address - BASE), &page)?;
            self.instance.protect_memory(address, PAGE).map_err(said)?;
        }
        self.keyed.commit()
    }
}

/// The recompiler with dynamic paging. It would pin this thread to a core, on which the others are measured too.
fn engine(confinement: Confinement) -> Result<Engine, Failure> {
    let mut config = Config::new();
    config.set_backend(Some(BackendKind::Compiler)).set_allow_dynamic_paging(true);
    config.set_core_pinning(CorePinning::Disabled);
    if let Confinement::Process = confinement {
        config.set_allow_experimental(true).set_sandboxing_enabled(false);
    }
    Engine::new(&config).map_err(said)
}

/// Why this machine cannot run a program with dynamic paging, if it cannot: the kernel may keep `userfaultfd` for those
/// with privileges, and whoever is in a sandbox has none.
pub fn refusal(confinement: Confinement) -> Option<&'static str> {
    static REFUSALS: [OnceLock<Option<String>>; 2] = [const { OnceLock::new() }; 2];
    let tried = || {
        let reason = Paging::new(confinement, Keyed::in_memory()).err()?;
        let needed = match confinement {
            Confinement::Sandbox => "whoever runs it, vm.unprivileged_userfaultfd has to be 1",
            Confinement::Process => "vm.unprivileged_userfaultfd has to be 1, or root has to run it",
        };
        Some(format!("dynamic paging does not start here, {needed}: {reason}"))
    };
    REFUSALS[confinement as usize].get_or_init(tried).as_deref()
}

fn page_key(offset: u32) -> [u8; 4] {
    (offset / PAGE).to_be_bytes()
}

fn said(error: impl std::fmt::Display) -> Failure {
    error.to_string().into()
}

impl Peer for Paging {
    fn run(&mut self, orders: &[Order]) -> Result<(Vec<i64>, Duration), Failure> {
        timed(orders, |order| self.transact(order))
    }

    fn word(&mut self, _key: u64, place: u64) -> Result<u64, Failure> {
        let within = place as usize % PAGE as usize;
        self.keyed.committed(|store| match store.get(&page_key(place as u32))? {
            Some(page) => keyed::word(&page[within..within + 8]),
            None => Ok(0),
        })
    }
}
