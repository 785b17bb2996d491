//! The pagers whose faults are signals: the processor detects the first access to a page.
//!
//! ```text
//!   wasm touches a page ──► signal ──► handler: is the address in a region that a Watch of this thread names?
//!                                        │ no: the previous handler of the signal runs
//!                                        ▼ yes
//!                                      Trap::serve: load pages, set rights, return; the access is retried
//!                                        │ the store or the host failed
//!                                        ▼
//!                                      the Watch records the failure, the access traps, and the call halts with
//!                                      the recorded failure
//! ```
//!
//! The same handler opens the pages of own memories, which are read-only until they are written (`seal.rs`): a call then
//! restores only what may have been written.
//!
//! A handler may read the store through a snapshot, change atomics and make system calls. It does not allocate, lock,
//! print or panic. Only loads and stores of wasm cause faults: host functions and bulk instructions make their pages ready
//! before they touch them ([`Checks::Bulk`](crate::contract::Checks)), through the same
//! [`Trap::serve`](super::trap::Trap::serve).

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(all(target_os = "linux", feature = "lab"))]
mod floor;
#[cfg(target_os = "linux")]
mod handler;
#[cfg(target_os = "linux")]
mod mask;
#[cfg(target_os = "linux")]
mod moved;
#[cfg(target_os = "linux")]
mod pager;
#[cfg(target_os = "linux")]
mod ranges;
#[cfg(target_os = "linux")]
mod seal;
#[cfg(target_os = "linux")]
mod sealed;
#[cfg(target_os = "linux")]
mod signal;
#[cfg(target_os = "linux")]
mod sigsegv;
#[cfg(target_os = "linux")]
mod uffd;
#[cfg(not(target_os = "linux"))]
mod unsealed;
#[cfg(target_os = "linux")]
mod userfault;
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "no handler uses it"))]
mod watch;
mod window;

#[cfg(all(not(target_os = "linux"), feature = "lab"))]
pub(crate) use elsewhere::Floor;
#[cfg(not(target_os = "linux"))]
pub(super) use elsewhere::Hardware;
#[cfg(all(target_os = "linux", feature = "lab"))]
pub(crate) use floor::Floor;
#[cfg(target_os = "linux")]
pub(super) use moved::move_pages;
#[cfg(target_os = "linux")]
pub(super) use pager::Hardware;
#[cfg(target_os = "linux")]
pub(crate) use seal::Opening;
#[cfg(target_os = "linux")]
pub(super) use sealed::Sealed;
#[cfg(not(target_os = "linux"))]
pub(crate) use unsealed::Opening;
#[cfg(not(target_os = "linux"))]
pub(super) use unsealed::{Sealed, move_pages};
pub(crate) use watch::Watch;
pub(crate) use window::DEFAULT_WINDOW;
