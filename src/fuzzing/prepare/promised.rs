//! What a contract is promised that a plain memory does not keep: that the storage cannot be grown, not by nothing either.

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
            // An imported memory comes first.
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

/// A module with the storage memory, such that it does on a plain memory what its contract is promised.
pub(super) fn on_a_plain_memory(wasm: &[u8]) -> Result<Vec<u8>, Error> {
    let mut module = Module::new();
    StorageNeverGrows.parse_core_module(&mut module, Parser::new(0), wasm)?;
    Ok(module.finish())
}
