//! Page slices and registers, as in Spacemesh's svm of December 2019. The four storage functions have a second form with a
//! slice index after the page, as in its article of October 2019. The index is ignored.

use wasmtime::{Caller, Linker};

use super::arguments::{Slice, length_of_at_least_1, only_memory};
use crate::contract::imports::svm::OFFSET;
use crate::machine::{CallFrame, Environment, Host, Registers, Stop, charge_bytes, copy, fit};

type Outcome<T = ()> = wasmtime::Result<T>;

pub(super) fn add<E: Environment>(linker: &mut Linker<Host<E>>) -> Outcome {
    add_registers(linker)?;
    add_storage(linker)
}

fn add_registers<E: Environment>(linker: &mut Linker<Host<E>>) -> Outcome {
    linker.func_wrap("svm", "mem_to_reg_copy", mem_to_reg_copy::<E>)?;
    linker.func_wrap("svm", "reg_to_mem_copy", reg_to_mem_copy::<E>)?;
    linker.func_wrap("svm", "reg_replace_byte", reg_replace_byte::<E>)?;
    linker.func_wrap("svm", "reg_read_be_i64", reg_read_be_i64::<E>)?;
    linker.func_wrap("svm", "reg_write_be_i64", reg_write_be_i64::<E>)?;
    Ok(())
}

fn add_storage<E: Environment>(linker: &mut Linker<Host<E>>) -> Outcome {
    linker.func_wrap("svm", "storage_read_to_reg", storage_read_to_reg::<E>)?;
    linker.func_wrap("svm", "storage_read_to_mem", storage_read_to_mem::<E>)?;
    linker.func_wrap("svm", "storage_write_from_mem", storage_write_from_mem::<E>)?;
    linker.func_wrap("svm", "storage_write_from_reg", storage_write_from_reg::<E>)?;
    linker.func_wrap(
        "svm",
        "storage_read_to_reg/6",
        |c: Caller<'_, Host<E>>, page: i32, _slice: i32, offset: i32, length: i32, bits: i32, index: i32| {
            storage_read_to_reg(c, page, offset, length, bits, index)
        },
    )?;
    linker.func_wrap(
        "svm",
        "storage_read_to_mem/6",
        |c: Caller<'_, Host<E>>, page: i32, _slice: i32, offset: i32, length: i32, memory: i32, at: i32| {
            storage_read_to_mem(c, page, offset, length, memory, at)
        },
    )?;
    linker.func_wrap(
        "svm",
        "storage_write_from_mem/6",
        |c: Caller<'_, Host<E>>, memory: i32, at: i32, length: i32, page: i32, _slice: i32, offset: i32| {
            storage_write_from_mem(c, memory, at, length, page, offset)
        },
    )?;
    linker.func_wrap(
        "svm",
        "storage_write_from_reg/6",
        |c: Caller<'_, Host<E>>, bits: i32, index: i32, length: i32, page: i32, _slice: i32, offset: i32| {
            storage_write_from_reg(c, bits, index, length, page, offset)
        },
    )?;
    Ok(())
}

fn storage_read_to_mem<E: Environment>(
    mut caller: Caller<'_, Host<E>>,
    page: i32,
    offset: i32,
    length: i32,
    mem_idx: i32,
    mem_offset: i32,
) -> Outcome {
    const NAME: &str = "svm.storage_read_to_mem";
    let (environment, frame) = caller.data_mut().parts()?;
    let slice = Slice::new(environment.page_limit(), NAME, page, offset, length)?;
    only_memory(NAME, mem_idx)?;
    let CallFrame { memory, table, .. } = frame;
    memory.check(environment, NAME, mem_offset, length as u32)?;
    if memory.is_storage(mem_offset) {
        // From storage to storage, perhaps within one page.
        let bytes = environment.page(table, slice.page)?[slice.bytes].to_vec();
        copy(memory.write(environment, table, NAME, mem_offset, length as u32)?, &bytes);
    } else {
        let target = memory.write_own(NAME, mem_offset, length as u32)?;
        copy(target, &environment.page(table, slice.page)?[slice.bytes]);
    }
    charge_bytes(&mut caller, length as u32)
}

fn storage_write_from_mem<E: Environment>(
    mut caller: Caller<'_, Host<E>>,
    mem_idx: i32,
    mem_offset: i32,
    length: i32,
    page: i32,
    offset: i32,
) -> Outcome {
    const NAME: &str = "svm.storage_write_from_mem";
    let (environment, frame) = caller.data_mut().parts()?;
    let slice = Slice::new(environment.page_limit(), NAME, page, offset, length)?;
    only_memory(NAME, mem_idx)?;
    let CallFrame { memory, table, .. } = frame;
    memory.check(environment, NAME, mem_offset, length as u32)?;
    if memory.is_storage(mem_offset) {
        let bytes = memory.read(environment, table, NAME, mem_offset, length as u32)?.to_vec();
        copy(&mut environment.page_mut(table, slice.page)?[slice.bytes], &bytes);
    } else {
        let source = memory.read_own(NAME, mem_offset, length as u32)?;
        copy(&mut environment.page_mut(table, slice.page)?[slice.bytes], source);
    }
    charge_bytes(&mut caller, length as u32)
}

fn storage_read_to_reg<E: Environment>(
    mut caller: Caller<'_, Host<E>>,
    page: i32,
    offset: i32,
    length: i32,
    reg_bits: i32,
    reg_idx: i32,
) -> Outcome {
    const NAME: &str = "svm.storage_read_to_reg";
    let (environment, frame) = caller.data_mut().parts()?;
    let slice = Slice::new(environment.page_limit(), NAME, page, offset, length)?;
    let register = frame.registers.get_mut(NAME, reg_bits, reg_idx)?;
    fit(NAME, register, slice.bytes.len())?;
    Registers::fill(register, &environment.page(&mut frame.table, slice.page)?[slice.bytes]);
    charge_bytes(&mut caller, length as u32)
}

fn storage_write_from_reg<E: Environment>(
    mut caller: Caller<'_, Host<E>>,
    reg_bits: i32,
    reg_idx: i32,
    length: i32,
    page: i32,
    offset: i32,
) -> Outcome {
    const NAME: &str = "svm.storage_write_from_reg";
    let (environment, frame) = caller.data_mut().parts()?;
    let slice = Slice::new(environment.page_limit(), NAME, page, offset, length)?;
    let register = frame.registers.get(NAME, reg_bits, reg_idx)?;
    fit(NAME, register, slice.bytes.len())?;
    let source = &register[..slice.bytes.len()];
    copy(&mut environment.page_mut(&mut frame.table, slice.page)?[slice.bytes], source);
    charge_bytes(&mut caller, length as u32)
}

fn mem_to_reg_copy<E: Environment>(
    mut caller: Caller<'_, Host<E>>,
    mem_idx: i32,
    mem_offset: i32,
    length: i32,
    reg_bits: i32,
    reg_idx: i32,
) -> Outcome {
    const NAME: &str = "svm.mem_to_reg_copy";
    let length = length_of_at_least_1(NAME, length)?;
    only_memory(NAME, mem_idx)?;
    let (environment, CallFrame { registers, memory, table, .. }) = caller.data_mut().parts()?;
    let register = registers.get_mut(NAME, reg_bits, reg_idx)?;
    fit(NAME, register, length as usize)?;
    Registers::fill(register, memory.read(environment, table, NAME, mem_offset, length)?);
    charge_bytes(&mut caller, length)
}

fn reg_to_mem_copy<E: Environment>(
    mut caller: Caller<'_, Host<E>>,
    reg_bits: i32,
    reg_idx: i32,
    length: i32,
    mem_idx: i32,
    mem_offset: i32,
) -> Outcome {
    const NAME: &str = "svm.reg_to_mem_copy";
    let length = length_of_at_least_1(NAME, length)?;
    only_memory(NAME, mem_idx)?;
    let (environment, CallFrame { registers, memory, table, .. }) = caller.data_mut().parts()?;
    let register = registers.get(NAME, reg_bits, reg_idx)?;
    fit(NAME, register, length as usize)?;
    copy(memory.write(environment, table, NAME, mem_offset, length)?, &register[..length as usize]);
    charge_bytes(&mut caller, length)
}

fn reg_replace_byte<E: Environment>(
    mut caller: Caller<'_, Host<E>>,
    reg_bits: i32,
    reg_idx: i32,
    byte: i32,
    offset: i32,
) -> Outcome {
    const NAME: &str = "svm.reg_replace_byte";
    let register = caller.data_mut().frame.registers.get_mut(NAME, reg_bits, reg_idx)?;
    let byte = u8::try_from(byte).map_err(|_| Stop::refuse(NAME, format_args!("{byte} is not a byte: 0 to 255")))?;
    let last = register.len() - 1;
    let place = register.get_mut(offset as u32 as usize).ok_or_else(|| {
        let name = OFFSET.name;
        Stop::refuse(NAME, format_args!("{name} {offset} is not in a register of {reg_bits} bits: 0 to {last}"))
    })?;
    *place = byte;
    Ok(())
}

fn reg_read_be_i64<E: Environment>(caller: Caller<'_, Host<E>>, reg_bits: i32, reg_idx: i32) -> Outcome<i64> {
    const NAME: &str = "svm.reg_read_be_i64";
    let register = caller.data().frame.registers.get(NAME, reg_bits, reg_idx)?;
    fit(NAME, register, 8)?;
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&register[..8]);
    Ok(i64::from_be_bytes(bytes))
}

fn reg_write_be_i64<E: Environment>(
    mut caller: Caller<'_, Host<E>>,
    value: i64,
    reg_bits: i32,
    reg_idx: i32,
) -> Outcome {
    const NAME: &str = "svm.reg_write_be_i64";
    let register = caller.data_mut().frame.registers.get_mut(NAME, reg_bits, reg_idx)?;
    fit(NAME, register, 8)?;
    Registers::fill(register, &value.to_be_bytes());
    Ok(())
}
