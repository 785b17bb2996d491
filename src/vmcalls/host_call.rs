//! What a host function of an embedder's own can ask of the call that it is part of.

use std::fmt;

use wasmtime::Caller;

use super::arguments::Slice;
use super::calls::{check_data, check_event, check_input, check_name};
use super::refusal::Refusal;
use super::running::Running;
use super::vellum::check_output;
use crate::machine::{CallOutcome, EVENT, Environment, Host, Registers, Request, Stop, copy, fit, static_write};
use crate::receipt::Event;
use crate::units::{Address, Gas, PageCount, PageIndex};

/// The call that a host function is part of: the contract that calls it, its memory and storage, and the transaction. It is
/// what the host functions of `vellum`, `svm` and `node` see, with their checks and limits.
///
/// Every byte that is copied between the contract and the function costs a unit of gas, before it is copied; an event and a call
/// cost what they cost a contract. Everything else that a function does for a call has to be in its price, or to be charged with
/// [`charge`](Self::charge).
pub struct HostCall<'a> {
    function: &'a str,
    running: &'a mut dyn Running,
}

impl fmt::Debug for HostCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostCall").field("function", &self.function).finish_non_exhaustive()
    }
}

impl<'a> HostCall<'a> {
    /// A call of the function of this name.
    pub(super) fn new<E: Environment>(function: &'a str, caller: &'a mut Caller<'_, Host<E>>) -> Self {
        Self { function, running: caller }
    }

    /// Who called the contract.
    pub fn caller(&self) -> Address {
        self.running.frame().caller
    }

    /// Pages that the contract's storage can have.
    pub fn page_limit(&self) -> PageCount {
        self.running.environment().page_limit()
    }

    /// The bytes of a register of the call, as `svm` has them: 16 of 32 bits, 16 of 64, 8 of 160, 4 of 256, 4 of 512.
    ///
    /// # Errors
    /// There is no such register.
    pub fn register(&self, bits: u32, index: u32) -> Result<&[u8], Refusal> {
        Ok(self.running.frame().registers.get(self.function, bits as i32, index as i32)?)
    }

    /// Puts bytes into a register from its byte 0 on, and zeros the rest.
    ///
    /// # Errors
    /// There is no such register, or the bytes do not fit it.
    pub fn set_register(&mut self, bits: u32, index: u32, bytes: &[u8]) -> Result<(), Refusal> {
        let (_, frame) = self.running.parts()?;
        let register = frame.registers.get_mut(self.function, bits as i32, index as i32)?;
        fit(self.function, register, bytes.len())?;
        Registers::fill(register, bytes);
        Ok(())
    }

    /// Has the contract's call revert with this output: what it gives is always an error, for the function to return.
    ///
    /// # Errors
    /// Always. Where the output is longer than [`MAX_DATA_BYTES`](crate::limits::MAX_DATA_BYTES), or the gas does not suffice, the
    /// error halts the call instead.
    pub fn revert<T>(&mut self, output: &[u8]) -> Result<T, Refusal> {
        check_output(self.function, output.len())?;
        self.running.charge_bytes(output.len() as u32)?;
        let (_, frame) = self.running.parts()?;
        frame.output = output.to_vec();
        Err(Stop::Revert.into())
    }

    /// Who sent the transaction.
    pub fn origin(&self) -> Address {
        self.running.environment().origin()
    }

    /// The contract that calls the function.
    pub fn self_address(&self) -> Address {
        self.running.environment().address()
    }

    /// The money that came with the call of the contract.
    pub fn value(&self) -> u64 {
        self.running.frame().value
    }

    /// The number that was given with the transaction.
    pub fn block_number(&self) -> u64 {
        self.running.environment().block_number()
    }

    /// The time that was given with the transaction.
    pub fn timestamp(&self) -> u64 {
        self.running.environment().timestamp()
    }

    /// Whether the call may only read: what would change anything is refused.
    pub fn is_static(&self) -> bool {
        self.running.frame().table.is_read_only()
    }

    /// An account's balance as the transaction sees it; 0 when nothing was ever recorded there.
    ///
    /// # Errors
    /// The store failed.
    pub fn balance_of(&mut self, address: &Address) -> Result<u64, Refusal> {
        Ok(self.running.parts()?.0.balance(address)?)
    }

    /// Takes gas, which the call halts for if it has less.
    ///
    /// # Errors
    /// The gas does not suffice.
    pub fn charge(&mut self, gas: Gas) -> Result<(), Refusal> {
        Ok(self.running.take(gas)?)
    }

    /// The gas that the call has left.
    ///
    /// # Errors
    /// There is less than was used.
    pub fn gas_left(&mut self) -> Result<Gas, Refusal> {
        Ok(self.running.left()?)
    }

    /// The input of the contract's call.
    ///
    /// # Errors
    /// The gas does not suffice.
    pub fn input(&mut self) -> Result<Vec<u8>, Refusal> {
        let (_, frame) = self.running.parts()?;
        let length = frame.input.len() as u32;
        frame.input_read = frame.input_read.max(length);
        self.running.charge_bytes(length)?;
        Ok(self.running.frame().input.clone())
    }

    /// Bytes of the contract's own memory, which it has to export as `memory`.
    ///
    /// # Errors
    /// They are not all within it, or the gas does not suffice.
    pub fn memory_read(&mut self, start: u32, length: u32) -> Result<Vec<u8>, Refusal> {
        self.running.frame().memory.read(self.function, start as i32, length)?;
        self.running.charge_bytes(length)?;
        Ok(self.running.frame().memory.read(self.function, start as i32, length)?.to_vec())
    }

    /// Writes bytes to the contract's own memory, which it has to export as `memory`.
    ///
    /// # Errors
    /// The place for them is not all within it, or the gas does not suffice.
    pub fn memory_write(&mut self, start: u32, bytes: &[u8]) -> Result<(), Refusal> {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.running.frame().memory.read(self.function, start as i32, length)?;
        self.running.charge_bytes(length)?;
        let (_, frame) = self.running.parts()?;
        copy(frame.memory.write(self.function, start as i32, length)?, bytes);
        Ok(())
    }

    /// Reads a slice of the contract's storage: as many bytes as there is room for, at least one, from `offset` bytes into a
    /// page, and not over its end.
    ///
    /// # Errors
    /// It is no slice of a page below the contract's page limit, the gas does not suffice, or the store failed.
    pub fn storage_read(&mut self, page: PageIndex, offset: u32, to: &mut [u8]) -> Result<(), Refusal> {
        let slice = self.slice(page, offset, to.len())?;
        let (environment, frame) = self.running.parts()?;
        copy(to, &environment.page(&mut frame.table, slice.page)?[slice.bytes]);
        Ok(self.running.charge_bytes(to.len() as u32)?)
    }

    /// Writes a slice of the contract's storage: at least one byte, from `offset` bytes into a page, and not over its end. It
    /// is put back like the contract's own writes when the call does not return.
    ///
    /// # Errors
    /// It is no slice of a page below the contract's page limit, the call may only read, the gas does not suffice, or the
    /// store failed.
    pub fn storage_write(&mut self, page: PageIndex, offset: u32, bytes: &[u8]) -> Result<(), Refusal> {
        let slice = self.slice(page, offset, bytes.len())?;
        let (environment, frame) = self.running.parts()?;
        copy(&mut environment.page_mut(&mut frame.table, slice.page)?[slice.bytes], bytes);
        Ok(self.running.charge_bytes(bytes.len() as u32)?)
    }

    /// What lies beyond the arguments of a contract is refused as the largest of them.
    fn slice(&self, page: PageIndex, offset: u32, length: usize) -> Result<Slice, Stop> {
        let argument = |number: u64| i32::try_from(number).unwrap_or(i32::MAX);
        let (page, offset) = (argument(page.0.into()), argument(offset.into()));
        let limit = self.running.environment().page_limit();
        Slice::new(limit, self.function, page, offset, argument(length as u64))
    }

    /// Emits an event of the contract, with at most four topics.
    ///
    /// # Errors
    /// The call may only read, there are too many topics or bytes, or the gas does not suffice.
    pub fn emit(&mut self, topics: &[[u8; 32]], data: &[u8], expires_after: u64) -> Result<(), Refusal> {
        let (environment, frame) = self.running.parts()?;
        check_event(self.function, frame, topics.len())?;
        check_data(self.function, data.len())?;
        let contract = environment.address();
        environment.emit(Event { contract, topics: topics.to_vec(), data: data.to_vec(), expires_after })?;
        self.running.charge_bytes((data.len() + size_of_val(topics)) as u32)?;
        Ok(self.running.take(EVENT)?)
    }

    /// Keeps a text for the receipt.
    ///
    /// # Errors
    /// The transaction has logged too much, or the gas does not suffice.
    pub fn log(&mut self, text: &str) -> Result<(), Refusal> {
        self.running.parts()?.0.log(text.as_bytes())?;
        Ok(self.running.charge_bytes(text.len() as u32)?)
    }

    /// Calls an export of a contract, as the contract that calls the function. With 0 for the gas it gets as much as can be given.
    /// Arguments begin the input, and results end what it gives back, [`output`](Self::output), both in the form of
    /// [`Value::append_to`](crate::receipt::Value::append_to).
    ///
    /// # Errors
    /// The call may only read and was to bring money, the name or input is too long, the gas does not suffice for what a call
    /// costs, or the host or store failed. A call that does not return is no error.
    pub fn call(
        &mut self,
        contract: Address,
        function: &str,
        input: &[u8],
        value: u64,
        gas: Gas,
    ) -> Result<CallOutcome, Refusal> {
        if value != 0 && self.is_static() {
            return Err(static_write(&format!("{}: money", self.function)).into());
        }
        self.call_out(contract, function, input, value, gas, false)
    }

    /// The same, in which nothing may be changed.
    ///
    /// # Errors
    /// Those of [`call`](Self::call).
    pub fn call_static(
        &mut self,
        contract: Address,
        function: &str,
        input: &[u8],
        gas: Gas,
    ) -> Result<CallOutcome, Refusal> {
        self.call_out(contract, function, input, 0, gas, true)
    }

    fn call_out(
        &mut self,
        contract: Address,
        function: &str,
        input: &[u8],
        value: u64,
        gas: Gas,
        read_only: bool,
    ) -> Result<CallOutcome, Refusal> {
        check_name(self.function, function.len())?;
        check_input(self.function, input.len())?;
        self.running.charge_bytes(input.len() as u32)?;
        let (function, input) = (function.to_owned(), input.to_vec());
        Ok(self.running.call(&Request { contract, function, input, value, gas, read_only })?)
    }

    /// What the last call gave back that the contract's call made, by this function or before it. The contract sees it, too.
    ///
    /// # Errors
    /// The gas does not suffice.
    pub fn output(&mut self) -> Result<Vec<u8>, Refusal> {
        let length = self.running.frame().returned.len() as u32;
        self.running.charge_bytes(length)?;
        Ok(self.running.frame().returned.clone())
    }
}
