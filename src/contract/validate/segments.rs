//! Validation of data and element segments: an active segment must fit into its memory or table, and may not write storage.

use std::ops::Range;
use std::sync::Arc;

use wasmparser::{ConstExpr, DataKind, DataSectionReader, ElementItems, ElementKind, ElementSectionReader, Operator};

use super::inspector::Inspector;
use super::work;
use crate::contract::error::{ContractError, Place};
use crate::contract::metadata::ImagePart;
use crate::units::PAGE_SIZE;

/// Data segments with at most this many bytes between them are one range.
const NEAR: u32 = 64;

/// Size of a wasm page in bytes.
const WASM_PAGE: u64 = 1 << 16;

/// Returns what segments make of a memory of zeros: a later segment overwrites earlier ones.
fn image(segments: &[(Range<u32>, &[u8])]) -> Arc<[ImagePart]> {
    let mut ranges: Vec<Range<u32>> = segments.iter().map(|(range, _)| range.clone()).collect();
    ranges.sort_unstable_by_key(|range| range.start);
    ranges.dedup_by(|next, range| {
        let is_near = next.start <= range.end.saturating_add(NEAR);
        range.end = if is_near { range.end.max(next.end) } else { range.end };
        is_near
    });
    let mut parts: Vec<ImagePart> =
        ranges.iter().map(|range| (range.start as usize, vec![0; range.len()].into())).collect();
    for (range, bytes) in segments {
        let at = parts.partition_point(|(start, _)| *start <= range.start as usize);
        // Each segment lies in one range, the last that does not begin after it.
        if let Some((start, part)) = at.checked_sub(1).and_then(|at| parts.get_mut(at)) {
            let from = range.start as usize - *start;
            part[from..from + bytes.len()].copy_from_slice(bytes);
        }
    }
    parts.into()
}

/// Returns the number of pages of 4 KiB in which the parts of an image lie.
fn pages_of(image: &[ImagePart]) -> u32 {
    let (mut pages, mut counted) = (0, 0);
    for (start, bytes) in image {
        let (first, end) = ((start / PAGE_SIZE).max(counted), (start + bytes.len()).div_ceil(PAGE_SIZE));
        pages += end.saturating_sub(first);
        counted = counted.max(end);
    }
    pages as u32
}

impl<'a> Inspector<'a> {
    pub(super) fn data_segments(&mut self, section: &DataSectionReader<'a>) -> Result<(), ContractError> {
        let mut segments: Vec<(Range<u32>, &[u8])> = Vec::new();
        for (segment, data) in (0..).zip(section.clone()) {
            let data = data.map_err(|error| self.invalid(&error, None))?;
            self.shape.metadata.instance.segments += 1;
            let DataKind::Active { memory_index, offset_expr } = data.kind else { continue };
            if self.own_memory_index != Some(memory_index) {
                return Err(ContractError::SegmentInStorage { segment });
            }
            let start = self.constant(&offset_expr)?;
            let end = start + data.data.len() as u64;
            let pages =
                self.shape.metadata.own_memory.as_ref().map_or(0, |memory| u64::from(memory.initial_wasm_pages));
            let size = pages * WASM_PAGE;
            if end > size {
                let (kind, target, unit) = ("data", "memory", "bytes");
                return Err(ContractError::SegmentOutOfBounds { kind, segment, start, end, target, size, unit });
            }
            if start < end {
                segments.push((start as u32..end as u32, data.data));
            }
        }
        if let Some(memory) = &mut self.shape.metadata.own_memory {
            memory.image = image(&segments);
            self.shape.metadata.instance.image_pages = pages_of(&memory.image);
        }
        Ok(())
    }

    pub(super) fn element_segments(&mut self, section: &ElementSectionReader<'a>) -> Result<(), ContractError> {
        for (segment, element) in (0..).zip(section.clone()) {
            let element = element.map_err(|error| self.invalid(&error, None))?;
            let count = self.elements(&element.items)?;
            self.shape.metadata.instance.segments += 1;
            self.shape.metadata.instance.elements += count;
            self.add_work(work::of_elements(u64::from(count)), Place::at(element.range.start))?;
            let ElementKind::Active { table_index, offset_expr } = element.kind else { continue };
            let start = self.constant(&offset_expr)?;
            let end = start + u64::from(count);
            let size = self.shape.tables.get(table_index.unwrap_or(0) as usize).copied().unwrap_or(0);
            if end > size {
                let (kind, target, unit) = ("element", "table", "elements");
                return Err(ContractError::SegmentOutOfBounds { kind, segment, start, end, target, size, unit });
            }
        }
        Ok(())
    }

    /// Notes the functions of a segment. Returns the number of its elements.
    fn elements(&mut self, items: &ElementItems<'a>) -> Result<u32, ContractError> {
        match items {
            ElementItems::Functions(items) => {
                for function in items.clone() {
                    let function = function.map_err(|error| self.invalid(&error, None))?;
                    self.add_escape(function, "in an element segment")?;
                }
                Ok(items.count())
            }
            ElementItems::Expressions(_, items) => {
                for expression in items.clone() {
                    let expression = expression.map_err(|error| self.invalid(&error, None))?;
                    let first = expression.get_operators_reader().read().map_err(|error| self.invalid(&error, None))?;
                    if let Operator::RefFunc { function_index } = first {
                        self.add_escape(function_index, "in an element segment")?;
                    }
                }
                Ok(items.count())
            }
        }
    }

    /// Evaluates a constant expression of type i32. Contracts import no globals, so the value is always known.
    fn constant(&mut self, expression: &ConstExpr<'a>) -> Result<u64, ContractError> {
        let mut stack: Vec<u32> = Vec::new();
        let mut reader = expression.get_operators_reader();
        while !reader.eof() {
            let (operator, offset) = reader.read_with_offset().map_err(|error| self.invalid(&error, None))?;
            self.shape.metadata.instance.segments += u32::from(!matches!(operator, Operator::End));
            let combine: fn(u32, u32) -> u32 = match operator {
                Operator::I32Const { value } => {
                    stack.push(value as u32);
                    continue;
                }
                Operator::End => break,
                Operator::I32Add => u32::wrapping_add,
                Operator::I32Sub => u32::wrapping_sub,
                Operator::I32Mul => u32::wrapping_mul,
                other => {
                    let message = format!("{other:?} in the offset of a segment");
                    return Err(ContractError::Invalid { message, place: Place::at(offset) });
                }
            };
            let (right, left) = (stack.pop().unwrap_or(0), stack.pop().unwrap_or(0));
            stack.push(combine(left, right));
        }
        Ok(u64::from(stack.pop().unwrap_or(0)))
    }
}
