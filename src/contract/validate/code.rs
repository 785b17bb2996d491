//! Validation of function bodies: limits and properties of each.

use wasmparser::{
    BlockType, FuncToValidate, FuncValidator, FunctionBody, Operator, OperatorsReader, ValidPayload, ValidatorResources,
};

use super::inspector::{Inspector, limit};
use super::shape::{Body, Role};
use super::work::{self, FunctionWork, Work};
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
        self.add_work(work::of_function(self.values_of_type(type_index)), place)?;
        let body = self.operators(to_validate, body, parameters as u64, function)?;
        self.shape.bodies.push(Body { type_index, ..body });
        Ok(())
    }

    /// Adds the compiler's time for a part of the contract.
    pub(super) fn add_work(&mut self, time: u64, place: Place) -> Result<(), ContractError> {
        self.compiler_work += time;
        limit(COMPILER_WORK, self.compiler_work, limits::MAX_COMPILER_WORK, place)
    }

    /// Adds the compiler's time for the functions that the host may call, once all of them are known.
    pub(super) fn add_escapes(&mut self) -> Result<(), ContractError> {
        let work = self.escaped.iter().map(|function| work::of_escape(self.values_of_function(*function))).sum();
        self.add_work(work, Place::at(0))
    }

    /// Returns the number of parameters and results of a type.
    pub(super) fn values_of_type(&self, index: u32) -> u64 {
        self.shape.types.get(index as usize).map_or(0, |ty| (ty.params().len() + ty.results().len()) as u64)
    }

    fn values_of_function(&self, function: u32) -> u64 {
        let defined = (function as usize).checked_sub(self.imported_types.len());
        let type_index = match defined {
            Some(defined) => self.declared.get(defined),
            None => self.imported_types.get(function as usize),
        };
        type_index.map_or(0, |index| self.values_of_type(*index))
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
        let mut operands_before = 0;
        let mut work = FunctionWork::new(self.shape.metadata.storage);
        let mut done = Work::default();
        let mut role = Role::Leaf;
        while !reader.eof() {
            let (operator, offset) = reader.read_with_offset().map_err(|error| fail(self, error))?;
            let is_reachable = validator.get_control_frame(0).is_some_and(|frame| !frame.unreachable);
            let moved = self.moved(&operator, &validator);
            validator.op(offset, &operator).map_err(|error| fail(self, error))?;
            let place = Place::in_function(function, offset);
            // The body of the function is one frame of the control stack.
            let nesting = u64::from(validator.control_stack_height().saturating_sub(1));
            limit("nesting of blocks", nesting, u64::from(limits::MAX_BLOCK_NESTING), place)?;
            let operands = validator.operand_stack_height();
            max_operands = max_operands.max(operands);
            check_values(slots + u64::from(max_operands), place)?;
            let held = slots + u64::from(operands.max(operands_before));
            // The compiler skips what cannot be reached.
            let inline = match operator {
                Operator::Call { function_index } => self.shape.inline(function_index),
                _ => None,
            };
            if is_reachable {
                done = match inline {
                    Some(inline) => inline.instructions.iter().fold(done, |_, one| work.add(one, held, 0)),
                    None => work.add(&operator, held, moved),
                };
            }
            limit(COMPILER_WORK, self.compiler_work + done.time, limits::MAX_COMPILER_WORK, place)?;
            limit(COMPILER_MEMORY, done.memory, limits::MAX_COMPILER_MEMORY, place)?;
            operands_before = operands;
            if let Operator::BrTable { targets } = &operator {
                limit("targets of a br_table", u64::from(targets.len()), limits::MAX_BRANCH_TARGETS.into(), place)?;
            }
            if inline.is_none() && matches!(operator, Operator::Call { .. } | Operator::CallIndirect { .. }) {
                role = Role::Caller;
            }
            operators += 1;
            self.note_effects(&operator)?;
        }
        reader.finish().map_err(|error| fail(self, error))?;
        self.compiler_work += done.time;
        self.allocations = validator.into_allocations();
        Ok(Body { type_index: 0, values: (slots + u64::from(max_operands)) as u32, operators, role })
    }

    /// Returns the number of values that an instruction passes to, and gets from, a callee or a block. An invalid instruction has none.
    fn moved(&self, operator: &Operator<'_>, validator: &FuncValidator<ValidatorResources>) -> u64 {
        let of_block = |ty: BlockType| match ty {
            BlockType::FuncType(index) => self.values_of_type(index),
            BlockType::Type(_) => 1,
            BlockType::Empty => 0,
        };
        let of_label =
            |depth: u32| validator.get_control_frame(depth as usize).map_or(0, |frame| of_block(frame.block_type));
        match operator {
            Operator::Call { function_index } => self.values_of_function(*function_index),
            Operator::CallIndirect { type_index, .. } => self.values_of_type(*type_index),
            Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => of_block(*blockty),
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => of_label(*relative_depth),
            Operator::BrTable { targets } => of_label(targets.default()) * (u64::from(targets.len()) + 1),
            _ => 0,
        }
    }

    /// Notes the effects of an instruction that matter for restoring an instance, and a function to which it makes a reference.
    fn note_effects(&mut self, operator: &Operator<'_>) -> Result<(), ContractError> {
        match operator {
            Operator::RefFunc { function_index } => self.add_escape(*function_index, "referenced by `ref.func`")?,
            Operator::TableSet { .. }
            | Operator::TableGrow { .. }
            | Operator::TableFill { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. }
            | Operator::ElemDrop { .. }
            | Operator::DataDrop { .. } => self.shape.metadata.single_use = true,
            _ => {}
        }
        Ok(())
    }
}

/// The names of the limits of the compiler's work.
const COMPILER_WORK: &str = "estimated nanoseconds of compilation";
const COMPILER_MEMORY: &str = "estimated bytes of memory for the compilation of a function";

fn check_values(values: u64, place: Place) -> Result<(), ContractError> {
    limit("parameters, locals and operands of a function", values, u64::from(limits::MAX_FUNCTION_VALUES), place)
}
