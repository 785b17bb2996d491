//! The shapes that are known to take much time or memory for their work.

use wasm_encoder::ValType;

use super::shape::Shape;
use super::snippets::Snippet;

/// Returns the shapes, with what is much in each.
pub fn shapes() -> Vec<(&'static str, Shape)> {
    let code = |snippet| Shape { code: vec![(snippet, 1)], ..Shape::default() };
    let holding = |live, snippet| Shape { live, code: vec![(Snippet::SetAll, 1), (snippet, 40)], ..Shape::default() };
    let nested = |snippet, loops| Shape { nesting: 20, loops, ..holding(200, snippet) };
    let values = |snippet, callee| Shape { callee, ..code(snippet) };
    let functions = Shape { functions: 2, ..Shape::default() };
    vec![
        ("calls with 64 parameters and results", values(Snippet::CallChain, (64, 64))),
        ("the same, with 500 operands", Shape { operands: 500, ..values(Snippet::CallChain, (64, 64)) }),
        ("calls with 64 results", values(Snippet::CallResults, (0, 64))),
        ("calls through a table", values(Snippet::CallIndirect, (64, 0))),
        ("calls", code(Snippet::Call)),
        ("branches with 64 values", values(Snippet::BranchValues, (64, 64))),
        ("dead code after branches", code(Snippet::Dead)),
        ("branches", code(Snippet::If)),
        ("branches that return", code(Snippet::ReturnIf)),
        ("branches with a result", code(Snippet::IfResult)),
        ("branches over many locals", holding(1_000, Snippet::IfNested)),
        ("branches out of blocks that change locals", nested(Snippet::BranchOutIf, false)),
        ("branches out of loops that change locals", nested(Snippet::BranchOutIf, true)),
        ("branch tables over many locals", Shape { nesting: 20, ..holding(300, Snippet::TableOut) }),
        ("branch tables with 256 targets", code(Snippet::Table256)),
        ("loops", code(Snippet::Loop)),
        ("loops that change locals", holding(1_000, Snippet::LoopSet)),
        (
            "nested loops over vectors",
            Shape { ty: ValType::V128, loops: true, nesting: 100, ..holding(100, Snippet::AddLocal) },
        ),
        ("accesses of one page", code(Snippet::StorageSameAddress)),
        ("accesses of pages with many locals", holding(1_000, Snippet::StorageLoad)),
        ("copies in storage", code(Snippet::MemoryCopyStorage)),
        ("memory.grow with many locals", holding(1_000, Snippet::MemoryGrow)),
        ("memory.size", code(Snippet::StorageSize)),
        ("table.grow", holding(400, Snippet::TableGrow)),
        ("table.copy with many locals", holding(1_000, Snippet::TableCopy)),
        ("table.get", code(Snippet::TableGet)),
        ("ref.func", code(Snippet::RefFunc)),
        ("elem.drop", code(Snippet::ElemDrop)),
        ("arithmetic", code(Snippet::Chain)),
        ("divisions", code(Snippet::Divide)),
        ("floats", code(Snippet::FloatAdd)),
        ("vectors", code(Snippet::VectorTruncate)),
        ("vector lanes", code(Snippet::OwnVectorLane)),
        ("empty blocks", code(Snippet::Block)),
        ("nothing", code(Snippet::Nop)),
        ("functions", functions.clone()),
        ("exported functions with 50 parameters", Shape { exported: true, parameters: 50, ..functions.clone() }),
        ("elements with 64 parameters", Shape { elements: true, parameters: 64, ..functions.clone() }),
        ("types", Shape { types: 2, callee: (48, 64), ..functions.clone() }),
        ("types of elements", Shape { types: 2, callee: (48, 0), own_types: true, elements: true, ..functions }),
    ]
}
