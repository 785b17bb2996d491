//! The state of one call.

use super::own_memory::OwnMemory;
use super::registers::Registers;
use super::window::Window;
use crate::paging::PageTable;
use crate::units::Address;

/// The state that a call does not share with other calls.
#[derive(Debug)]
pub(crate) struct CallFrame {
    /// The call's page table.
    pub(crate) table: PageTable,
    pub(crate) registers: Registers,
    /// The contract's own memory.
    pub(crate) memory: OwnMemory,
    /// Gas for copied bytes and grown memory that has not been charged yet.
    pub(super) owed: u64,
    /// The gas of the call when it began.
    pub(super) gas: u64,
    /// The end of the last byte of input that the call has read.
    pub(crate) input_read: u32,
    pub(crate) input: Vec<u8>,
    /// The output that `return` or `revert` set.
    pub(crate) output: Vec<u8>,
    pub(super) windows: Vec<Window>,
    /// The output of the last nested call.
    pub(crate) returned: Vec<u8>,
    pub(crate) caller: Address,
    pub(crate) value: u64,
}

/// The capacity for input that is kept for the next call.
const INPUT_KEPT: usize = 4 << 10;

impl CallFrame {
    /// A call frame with this page table.
    pub(super) fn new(table: PageTable) -> Self {
        Self {
            table,
            registers: Registers::default(),
            memory: OwnMemory::default(),
            owed: 0,
            gas: 0,
            input_read: 0,
            input: Vec::new(),
            output: Vec::new(),
            windows: Vec::new(),
            returned: Vec::new(),
            caller: Address::ZERO,
            value: 0,
        }
    }

    /// Frees what the next call is unlikely to need.
    pub(super) fn trim(&mut self) {
        self.input.clear();
        self.input.shrink_to(INPUT_KEPT);
        self.returned = Vec::new();
        self.windows = Vec::new();
    }

    /// Resets the frame for a new call.
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
