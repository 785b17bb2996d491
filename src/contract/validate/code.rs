//! Validation of function bodies: limits and properties of each.

use wasmparser::{FuncToValidate, FunctionBody, Operator, OperatorsReader, ValidPayload, ValidatorResources};

use super::inspector::{Inspector, limit};
use super::shape::{Body, Role};
use crate::contract::access;
use crate::contract::error::{ContractError, Place};
use crate::limits;

impl<'a> Inspector<'a> {
    pub(super) fn body(&mut self, body: &FunctionBody<'a>) -> Result<(), ContractError> {
        let function = (self.imported_types.len() + self.shape.bodies.len()) as u32;
        let place = Place::in_function(function, body.range().start);
        limit("bytes of a function", body.range().len() as u64, limits::MAX_FUNCTION_BYTES as u64, place)?;
        let payload = wasmparser::Payload::CodeSectionEntry(body.clone());
        let to_validate = match self.validator.payload(&payload) {
            Ok(ValidPayload::Func(to_validate, _)) => to_validate,
            Ok(_) => return Err(ContractError::Invalid { message: "expected a function body".to_owned(), place }),
            Err(error) => return Err(self.invalid(&error, Some(function))),
        };
        let type_index = self.declared.get(self.shape.bodies.len()).copied();
        let parameters = type_index.and_then(|index| self.shape.types.get(index as usize)).map(|ty| ty.params().len());
        let (Some(type_index), Some(parameters)) = (type_index, parameters) else {
            return Err(ContractError::Invalid { message: "the function body has no type".to_owned(), place });
        };
        let body = self.operators(to_validate, body, parameters as u64, function)?;
        self.shape.bodies.push(Body { type_index, ..body });
        Ok(())
    }

    fn operators(
        &mut self,
        to_validate: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'a>,
        parameters: u64,
        function: u32,
    ) -> Result<Body, ContractError> {
        let mut validator = to_validate.into_validator(std::mem::take(&mut self.allocations));
        let fail = |this: &Self, error: wasmparser::Error| this.invalid(&error, Some(function));

        let mut locals = body.get_locals_reader().map_err(|error| fail(self, error))?;
        let mut slots = parameters;
        for _ in 0..locals.get_count() {
            let offset = locals.original_position();
            let (count, ty) = locals.read().map_err(|error| fail(self, error))?;
            slots += u64::from(count);
            check_values(slots, Place::in_function(function, offset))?;
            validator.define_locals(offset, count, ty).map_err(|error| fail(self, error))?;
        }

        let mut reader = OperatorsReader::new(locals.get_binary_reader());
        let mut max_operands = 0;
        let mut operators = 0;
        let mut branches = 0;
        let storage = self.shape.metadata.storage.map(|_| 0);
        let mut role = Role::Leaf;
        while !reader.eof() {
            let (operator, offset) = reader.read_with_offset().map_err(|error| fail(self, error))?;
            validator.op(offset, &operator).map_err(|error| fail(self, error))?;
            let place = Place::in_function(function, offset);
            // The body of the function is one frame of the control stack.
            let nesting = u64::from(validator.control_stack_height().saturating_sub(1));
            limit("nesting of blocks", nesting, u64::from(limits::MAX_BLOCK_NESTING), place)?;
            let operands = validator.operand_stack_height();
            max_operands = max_operands.max(operands);
            check_values(slots + u64::from(max_operands), place)?;
            let values = slots + u64::from(operands);
            self.compiler_work += match compiler_work(&operator, storage) {
                CompilerWork::None => 0,
                CompilerWork::Values(weight) => weight * values,
                CompilerWork::Branch(weight) => {
                    branches += 1;
                    weight * (values + branches / limits::BRANCHES_AS_A_VALUE)
                }
            };
            limit("values at calls, branches and loops", self.compiler_work, limits::MAX_COMPILER_WORK, place)?;
            if let Operator::BrTable { targets } = &operator {
                limit("targets of a br_table", u64::from(targets.len()), limits::MAX_BRANCH_TARGETS.into(), place)?;
            }
            if matches!(operator, Operator::Call { .. } | Operator::CallIndirect { .. }) {
                role = Role::Caller;
            }
            operators += 1;
            self.note_effects(&operator);
        }
        reader.finish().map_err(|error| fail(self, error))?;
        self.allocations = validator.into_allocations();
        Ok(Body { type_index: 0, values: (slots + u64::from(max_operands)) as u32, operators, role })
    }

    /// Notes the effects of an instruction that matter for restoring an instance.
    fn note_effects(&mut self, operator: &Operator<'_>) {
        match operator {
            Operator::TableSet { .. }
            | Operator::TableGrow { .. }
            | Operator::TableFill { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. }
            | Operator::ElemDrop { .. }
            | Operator::DataDrop { .. } => self.shape.metadata.single_use = true,
            _ => {}
        }
    }
}

fn check_values(values: u64, place: Place) -> Result<(), ContractError> {
    limit("parameters, locals and operands of a function", values, u64::from(limits::MAX_FUNCTION_VALUES), place)
}

/// The compiler's work at an instruction, see [`limits::MAX_COMPILER_WORK`].
enum CompilerWork {
    /// No work for values that the function holds.
    None,
    /// Work for each value that is kept across the instruction, as across a call; the weight for each value.
    Values(u64),
    /// The same, and control flow forks or joins.
    Branch(u64),
}

fn compiler_work(operator: &Operator<'_>, storage: Option<u32>) -> CompilerWork {
    match operator {
        Operator::Loop { .. } => CompilerWork::Branch(24),
        Operator::Block { .. } | Operator::If { .. } | Operator::Else | Operator::BrIf { .. } => {
            CompilerWork::Branch(1)
        }
        Operator::BrTable { targets } => CompilerWork::Branch(1 + u64::from(targets.len()) / 16),
        Operator::TableGrow { .. } => CompilerWork::Branch(4),
        Operator::Call { .. } => CompilerWork::Values(2),
        // An entry of a table may have to be initialised first, and bulk operations compare the remaining gas.
        Operator::CallIndirect { .. }
        | Operator::TableGet { .. }
        | Operator::TableSet { .. }
        | Operator::TableFill { .. }
        | Operator::TableCopy { .. }
        | Operator::TableInit { .. }
        | Operator::MemoryCopy { .. }
        | Operator::MemoryFill { .. }
        | Operator::MemoryInit { .. } => CompilerWork::Branch(2),
        // The access may be checked, and a check is a branch and a call.
        _ if access::of(operator).is_some_and(|access| Some(access.memory) == storage) => CompilerWork::Branch(2),
        _ => CompilerWork::None,
    }
}
