//! What the storage memory cannot do, by design or today.

use wasmparser::ExternalKind;

use crate::module::Module;
use crate::placement::{Place, Placement};
use crate::script::{Action, Target};
use crate::skip::Skip;

/// Why an action on a module with `memory.grow` is skipped.
pub const GROWS_STORAGE: &str = "memory.grow of the storage memory returns -1";

/// Returns the actions that can be run: a function that grows the storage memory cannot, as `memory.grow` of it returns -1. Other
/// functions can tell whether it has grown if they ask for its size, or in a script about growth.
pub fn runnable(
    script: &str,
    module: &Module<'_>,
    placement: Placement,
    actions: &[Action],
) -> Result<Vec<Action>, Skip> {
    let grows_storage = |(_, memory): &&(u32, u32)| placement.place(*memory) == Place::Storage;
    let growing = module.growing.iter().filter(grows_storage).collect::<Vec<_>>();
    let is_about_growth = script.ends_with("/memory_grow.wast");
    if growing.iter().any(|(_, memory)| is_about_growth || module.sized.contains(memory)) {
        return Err(Skip::new(GROWS_STORAGE));
    }
    let can_run = |action: &&Action| match &action.target {
        Target::Global(_) => true,
        Target::Function(name) => {
            let function = module.export(name, ExternalKind::Func);
            !growing.iter().any(|(growing, _)| Some(*growing) == function)
        }
    };
    Ok(actions.iter().filter(can_run).cloned().collect())
}
