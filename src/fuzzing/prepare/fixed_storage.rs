//! The original module for a plain memory. The storage of a contract never grows: `memory.grow` returns -1, also for zero
//! pages. A plain memory does not do that by itself.

use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{CodeSection, Instruction, Module};
use wasmparser::{FunctionBody, Operator, Parser};

struct StorageNeverGrows;

impl Reencode for StorageNeverGrows {
    type Error = Infallible;

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Error<Infallible>> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            // The storage is imported, so it is memory 0.
            if let Operator::MemoryGrow { mem: 0 } = reader.clone().read()? {
                reader.read()?;
                function.instruction(&Instruction::Drop).instruction(&Instruction::I32Const(-1));
            } else {
                function.instruction(&self.parse_instruction(&mut reader)?);
            }
        }
        code.function(&function);
        Ok(())
    }
}

/// Replaces every `memory.grow` of the storage by the constant -1.
pub(super) fn with_fixed_storage(wasm: &[u8]) -> Result<Vec<u8>, Error> {
    let mut module = Module::new();
    StorageNeverGrows.parse_core_module(&mut module, Parser::new(0), wasm)?;
    Ok(module.finish())
}
