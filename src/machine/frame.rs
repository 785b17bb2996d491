//! What one call has for itself.

use super::own_memory::OwnMemory;
use super::registers::Registers;
use super::window::Window;
use crate::paging::PageTable;
use crate::units::Address;

/// One call.
#[derive(Debug)]
pub(crate) struct CallFrame {
    /// What the call may do with each page.
    pub(crate) table: PageTable,
    /// Its registers.
    pub(crate) registers: Registers,
    /// The contract's own memory.
    pub(crate) memory: OwnMemory,
    /// Gas for copied bytes that was not yet taken.
    pub(super) owed: u64,
    /// Where the last byte of input ends that it asked for.
    pub(crate) input_read: u32,
    /// Input of the call.
    pub(crate) input: Vec<u8>,
    /// What `return` or `revert` gave.
    pub(crate) output: Vec<u8>,
    /// Ranges of storage in own memory.
    pub(super) windows: Vec<Window>,
    /// What the last call that it made gave back.
    pub(crate) returned: Vec<u8>,
    /// Who called.
    pub(crate) caller: Address,
    /// What came with the call.
    pub(crate) value: u64,
}

/// Room that is kept for the input of the next call.
const INPUT_KEPT: usize = 4 << 10;

impl CallFrame {
    /// A frame for calls with this page table.
    pub(super) fn new(table: PageTable) -> Self {
        Self {
            table,
            registers: Registers::default(),
            memory: OwnMemory::default(),
            owed: 0,
            input_read: 0,
            input: Vec::new(),
            output: Vec::new(),
            windows: Vec::new(),
            returned: Vec::new(),
            caller: Address::ZERO,
            value: 0,
        }
    }

    /// Lets go of what the next call will hardly need.
    pub(super) fn rest(&mut self) {
        self.input.clear();
        self.input.shrink_to(INPUT_KEPT);
        self.returned = Vec::new();
        self.windows = Vec::new();
    }

    /// Makes it that of a call that is about to begin.
    pub(super) fn begin(&mut self, caller: Address, value: u64, input: &[u8], read_only: bool) {
        self.registers.clear();
        self.owed = 0;
        self.input_read = 0;
        self.input.clear();
        self.input.extend_from_slice(input);
        self.output.clear();
        self.returned.clear();
        self.windows.clear();
        self.table.set_read_only(read_only);
        self.caller = caller;
        self.value = value;
    }
}
