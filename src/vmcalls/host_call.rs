//! The call in which a custom host function runs, as the function sees it.

use std::fmt;

use wasmtime::Caller;

use super::arguments::Slice;
use super::calls::{check_data, check_event, check_input, check_name};
use super::refusal::Refusal;
use super::running::RunningCall;
use super::vellum::check_output;
use crate::machine::{
    CallFrame, CallOutcome, EVENT, Environment, Host, Registers, Request, Stop, copy, fit, static_write,
};
use crate::receipt::Event;
use crate::units::{Address, Gas, PageCount, PageIndex};

/// The call in which a custom host function runs: its contract, own memory and storage, and its transaction. It offers what the
/// host functions of `vellum`, `svm` and `node` do, with the same checks and limits.
///
/// Every byte that is copied between the contract and the function costs one unit of gas, charged before it is copied. An event
/// and a nested call have the same price as for a contract. Any other work must be in the price of the function, or be charged
/// with [`charge`](Self::charge).
pub struct HostCall<'a> {
    function: &'a str,
    running: &'a mut dyn RunningCall,
}

impl fmt::Debug for HostCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostCall").field("function", &self.function).finish_non_exhaustive()
    }
}

impl<'a> HostCall<'a> {
    /// The running call, for the host function of this name.
    pub(super) fn new<E: Environment>(function: &'a str, caller: &'a mut Caller<'_, Host<E>>) -> Self {
        Self { function, running: caller }
    }

    /// The caller of the contract.
    pub fn caller(&self) -> Address {
        self.running.frame().caller
    }

    /// The page limit of the contract.
    pub fn page_limit(&self) -> PageCount {
        self.running.environment().page_limit()
    }

    /// The bytes of a register of `svm`. There are 16 of 32 bits, 16 of 64, 8 of 160, 4 of 256 and 4 of 512.
    ///
    /// # Errors
    /// Returns an error if there is no such register.
    pub fn register(&self, bits: u32, index: u32) -> Result<&[u8], Refusal> {
        Ok(self.running.frame().registers.get(self.function, bits as i32, index as i32)?)
    }

    /// Writes bytes to the start of a register, and clears the rest.
    ///
    /// # Errors
    /// Returns an error if there is no such register, or the bytes do not fit.
    pub fn set_register(&mut self, bits: u32, index: u32, bytes: &[u8]) -> Result<(), Refusal> {
        let (_, frame) = self.running.parts()?;
        let register = frame.registers.get_mut(self.function, bits as i32, index as i32)?;
        fit(self.function, register, bytes.len())?;
        Registers::fill(register, bytes);
        Ok(())
    }

    /// Reverts the contract's call with this output. Always returns an error, which the function must return.
    ///
    /// # Errors
    /// Always returns an error. The error halts the call instead if the output is longer than
    /// [`MAX_DATA_BYTES`](crate::limits::MAX_DATA_BYTES), or the gas does not suffice.
    pub fn revert<T>(&mut self, output: &[u8]) -> Result<T, Refusal> {
        check_output(self.function, output.len())?;
        self.running.charge_bytes(output.len() as u32)?;
        let (_, frame) = self.running.parts()?;
        frame.output = output.to_vec();
        Err(Stop::Revert.into())
    }

    /// The sender of the transaction.
    pub fn origin(&self) -> Address {
        self.running.environment().origin()
    }

    /// The contract that calls the function.
    pub fn self_address(&self) -> Address {
        self.running.environment().address()
    }

    /// The value of the contract's call.
    pub fn value(&self) -> u64 {
        self.running.frame().value
    }

    /// The block number, as given with the transaction.
    pub fn block_number(&self) -> u64 {
        self.running.environment().block_number()
    }

    /// The timestamp, as given with the transaction.
    pub fn timestamp(&self) -> u64 {
        self.running.environment().timestamp()
    }

    /// Returns true in a static call, in which every effect is refused.
    pub fn is_static(&self) -> bool {
        self.running.frame().table.is_read_only()
    }

    /// The balance at an address, including the changes of the transaction; 0 if there is no account.
    ///
    /// # Errors
    /// Returns an error if the store fails.
    pub fn balance_of(&mut self, address: &Address) -> Result<u64, Refusal> {
        Ok(self.running.parts()?.0.balance(address)?)
    }

    /// Charges gas.
    ///
    /// # Errors
    /// Returns an error if the call has less gas left: it then halts.
    pub fn charge(&mut self, gas: Gas) -> Result<(), Refusal> {
        Ok(self.running.charge(gas)?)
    }

    /// The gas that the call has left.
    ///
    /// # Errors
    /// Returns an error if the call has used more gas than it has.
    pub fn gas_left(&mut self) -> Result<Gas, Refusal> {
        Ok(self.running.gas_left()?)
    }

    /// The input of the contract's call.
    ///
    /// # Errors
    /// Returns an error if the gas does not suffice.
    pub fn input(&mut self) -> Result<Vec<u8>, Refusal> {
        let (_, frame) = self.running.parts()?;
        let length = frame.input.len() as u32;
        frame.input_read = frame.input_read.max(length);
        self.running.charge_bytes(length)?;
        Ok(self.running.frame().input.clone())
    }

    /// Reads bytes of the contract's own memory, which must be exported as `memory`.
    ///
    /// # Errors
    /// Returns an error if the bytes are not within own memory, or the gas does not suffice.
    pub fn memory_read(&mut self, start: u32, length: u32) -> Result<Vec<u8>, Refusal> {
        self.check(start, length)?;
        self.running.charge_bytes(length)?;
        let function = self.function;
        let (environment, CallFrame { memory, table, .. }) = self.running.parts()?;
        Ok(memory.read(environment, table, function, start as i32, length)?.to_vec())
    }

    /// Writes bytes to the contract's own memory, which must be exported as `memory`.
    ///
    /// # Errors
    /// Returns an error if the bytes do not fit within own memory, or the gas does not suffice.
    pub fn memory_write(&mut self, start: u32, bytes: &[u8]) -> Result<(), Refusal> {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.check(start, length)?;
        self.running.charge_bytes(length)?;
        let function = self.function;
        let (environment, CallFrame { memory, table, .. }) = self.running.parts()?;
        copy(memory.write(environment, table, function, start as i32, length)?, bytes);
        Ok(())
    }

    /// Checks that a range lies in own memory, or in storage inside it.
    fn check(&self, start: u32, length: u32) -> Result<(), Stop> {
        self.running.frame().memory.check(self.running.environment(), self.function, start as i32, length)
    }

    /// Reads a slice of the contract's storage into `to`: at least one byte, from `offset` in the page, within the page.
    ///
    /// # Errors
    /// Returns an error if there is no such slice below the page limit, the gas does not suffice, or the store fails.
    pub fn storage_read(&mut self, page: PageIndex, offset: u32, to: &mut [u8]) -> Result<(), Refusal> {
        let slice = self.slice(page, offset, to.len())?;
        let (environment, frame) = self.running.parts()?;
        copy(to, &environment.page(&mut frame.table, slice.page)?[slice.bytes]);
        Ok(self.running.charge_bytes(to.len() as u32)?)
    }

    /// Writes a slice of the contract's storage: at least one byte, from `offset` in the page, within the page. The write is
    /// undone like the contract's own writes if the call does not return.
    ///
    /// # Errors
    /// Returns an error if there is no such slice below the page limit, the call is static, the gas does not suffice, or the
    /// store fails.
    pub fn storage_write(&mut self, page: PageIndex, offset: u32, bytes: &[u8]) -> Result<(), Refusal> {
        let slice = self.slice(page, offset, bytes.len())?;
        let (environment, frame) = self.running.parts()?;
        copy(&mut environment.page_mut(&mut frame.table, slice.page)?[slice.bytes], bytes);
        Ok(self.running.charge_bytes(bytes.len() as u32)?)
    }

    /// Checks a slice. A number that no contract could pass is refused as the largest that it could.
    fn slice(&self, page: PageIndex, offset: u32, length: usize) -> Result<Slice, Stop> {
        let argument = |number: u64| i32::try_from(number).unwrap_or(i32::MAX);
        let (page, offset) = (argument(page.0.into()), argument(offset.into()));
        let limit = self.running.environment().page_limit();
        Slice::new(limit, self.function, page, offset, argument(length as u64))
    }

    /// Emits an event of the contract, with at most four topics.
    ///
    /// # Errors
    /// Returns an error if the call is static, there are too many topics or bytes, or the gas does not suffice.
    pub fn emit(&mut self, topics: &[[u8; 32]], data: &[u8], expires_after: u64) -> Result<(), Refusal> {
        let (environment, frame) = self.running.parts()?;
        check_event(self.function, frame, topics.len())?;
        check_data(self.function, data.len())?;
        let contract = environment.address();
        environment.emit(Event { contract, topics: topics.to_vec(), data: data.to_vec(), expires_after })?;
        self.running.charge_bytes((data.len() + size_of_val(topics)) as u32)?;
        Ok(self.running.charge(EVENT)?)
    }

    /// Adds a log text to the receipt.
    ///
    /// # Errors
    /// Returns an error if the transaction exceeds the limit of log text, or the gas does not suffice.
    pub fn log(&mut self, text: &str) -> Result<(), Refusal> {
        self.running.parts()?.0.log(text.as_bytes())?;
        Ok(self.running.charge_bytes(text.len() as u32)?)
    }

    /// Calls an export of a contract. The caller is the contract that calls the function. `gas` 0 gives as much gas as the
    /// caller can give. The arguments are at the front of the input, and the results at the end of the
    /// [`output`](Self::output), both as [`Value::append_to`](crate::receipt::Value::append_to) writes them.
    ///
    /// # Errors
    /// Returns an error if a static call would transfer value, the name or the input is too long, the gas does not suffice for
    /// the price of a nested call, or the host or store fails. A nested call that does not return is not an error.
    pub fn call(
        &mut self,
        contract: Address,
        function: &str,
        input: &[u8],
        value: u64,
        gas: Gas,
    ) -> Result<CallOutcome, Refusal> {
        if value != 0 && self.is_static() {
            return Err(static_write(&format!("{}: a value transfer", self.function)).into());
        }
        let input = input.to_vec();
        self.make_call(Request { contract, function: function.to_owned(), input, value, gas, read_only: false })
    }

    /// Makes a static call of an export, without value; otherwise like [`call`](Self::call).
    ///
    /// # Errors
    /// Returns the errors of [`call`](Self::call).
    pub fn call_static(
        &mut self,
        contract: Address,
        function: &str,
        input: &[u8],
        gas: Gas,
    ) -> Result<CallOutcome, Refusal> {
        let input = input.to_vec();
        self.make_call(Request { contract, function: function.to_owned(), input, value: 0, gas, read_only: true })
    }

    fn make_call(&mut self, request: Request) -> Result<CallOutcome, Refusal> {
        check_name(self.function, request.function.len())?;
        check_input(self.function, request.input.len())?;
        self.running.charge_bytes(request.input.len() as u32)?;
        Ok(self.running.call(&request)?)
    }

    /// The output of the last nested call of the contract's call, made by this function or before it. The contract can read
    /// it, too.
    ///
    /// # Errors
    /// Returns an error if the gas does not suffice.
    pub fn output(&mut self) -> Result<Vec<u8>, Refusal> {
        let length = self.running.frame().returned.len() as u32;
        self.running.charge_bytes(length)?;
        Ok(self.running.frame().returned.clone())
    }
}
