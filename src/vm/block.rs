//! Blocks: several calls that run one after another and are committed as one.
//!
//! ```text
//!  call ── changes over the snapshot ── call ── … ── every changed page hashed once ── one commit
//! ```
//! No state root is computed between two calls. A contract's state then has a provisional name instead, which is no hash and
//! which labels its kept frames. After the block, kept frames get the true state root, or they are read again.

use std::sync::Arc;

use super::error::Error;
use super::handle::Vm;
use super::world;
use crate::machine::RuntimeError;
use crate::paging::SharedSnapshot;
use crate::receipt::{Block, Call, ContractState, Halt, HaltKind, Receipt, Status, encode_block, encode_events};
use crate::store::{
    Batch, ChunkSet, ContractChange, Overlay, OverlaySnapshot, PageWrite, Snapshot, StoreError, TreeUpdate,
};
use crate::transaction::{Hashed, Intent, NamedState, PageTrees, execute};
use crate::units::{Address, CommitNumber, PAGE_SIZE, StateRoot, Version, WorldRoot};

impl Vm {
    /// Runs calls one after another as a block, and commits their effects as one. All of them see the block's number and time
    /// instead of their own. The number must be above that of the last block.
    ///
    /// Each call has the same effects as it would have alone. A call that reverts or halts is recorded and has no effects. A
    /// call that cannot start is an error, and then the block has no effects.
    ///
    /// # Errors
    /// Returns [`Error::InBlock`] if a call cannot start or the host fails in it, [`StoreError::BlockOrder`] if the number is not
    /// above that of the last block, or another error if the store fails.
    pub fn execute_block(&self, number: u64, timestamp: u64, calls: &[Call]) -> Result<Block, Error> {
        let _writer = self.shared.store.writer()?;
        let snapshot = self.shared.store.snapshot()?;
        let head = snapshot.head()?;
        let last = snapshot.last_block(head)?;
        if number == u64::MAX || last.is_some_and(|last| number <= last) {
            return Err(StoreError::BlockOrder { last, given: number }.into());
        }
        let commit = CommitNumber(head.0 + 1);
        let mut overlay = Arc::new(Overlay::default());
        let mut receipts = Vec::with_capacity(calls.len());
        for (index, call) in calls.iter().enumerate() {
            let snapshot = OverlaySnapshot::new(self.shared.store.snapshot()?, overlay.clone());
            let snapshot = SharedSnapshot::new(Box::new(snapshot));
            let call = call.clone().block_number(number).timestamp(timestamp);
            let in_block = |source| Error::InBlock { number: index as u64 + 1, source: Box::new(source) };
            let (mut receipt, effects) = self.run_in_block(snapshot, &call).map_err(in_block)?;
            // A failure of the host must not become part of a block.
            if let Status::Halted(Halt { kind: HaltKind::Store, message }) = receipt.status {
                return Err(in_block(RuntimeError { attempt: "running a call".to_owned(), message }.into()));
            }
            if let Some(effects) = effects {
                let overlay = Arc::make_mut(&mut overlay);
                overlay.accounts.extend(effects.accounts);
                overlay.pages.extend(effects.pages);
            }
            receipt.commit = receipt.is_returned().then_some(commit);
            receipts.push(receipt);
        }
        self.commit_block(
            snapshot,
            Arc::unwrap_or_clone(overlay),
            Block { number, timestamp, commit, world_root: WorldRoot::ZERO, states: vec![], receipts },
        )
    }

    /// Runs a call of a block. Returns its receipt, and its effects for the calls after it if it returned.
    fn run_in_block(&self, snapshot: SharedSnapshot, call: &Call) -> Result<(Receipt, Option<Overlay>), Error> {
        let settled = execute(&self.shared, snapshot, call, Intent { in_block: true, ..Intent::default() })?;
        if settled.is_returned() {
            let (receipt, effects) = settled.hand_over()?;
            Ok((receipt, Some(effects)))
        } else {
            Ok((settled.undo()?.0, None))
        }
    }

    /// Hashes the pages that the calls of a block have changed, and commits the block.
    fn commit_block(&self, snapshot: Box<dyn Snapshot>, overlay: Overlay, mut block: Block) -> Result<Block, Error> {
        let mut accounts = Vec::with_capacity(overlay.accounts.len());
        let mut contracts = Vec::new();
        let mut provisional = Vec::new();
        for (address, mut after) in overlay.accounts.clone() {
            let before = snapshot.account(&address)?;
            let old = before.clone().unwrap_or_default();
            let name = std::mem::replace(&mut after.state, old.state);
            after.version = old.version;
            if name != old.state {
                let mut page_trees = self.shared.pool.take_page_trees(address, name);
                if let Some(change) = change_of(&*snapshot, &overlay, (address, old.state), &mut page_trees)? {
                    (after.state, after.version) = (change.after, Version(old.version.0 + 1));
                    block.states.push(ContractState { address, version: after.version, state: after.state });
                    contracts.push(change);
                }
                let state = NamedState { name, root: after.state, version: after.version };
                provisional.push((address, state, page_trees));
            }
            if before.as_ref() != Some(&after) {
                accounts.push((address, before, after));
            }
        }
        for contract in block.receipts.iter_mut().flat_map(|receipt| &mut receipt.contracts) {
            let after = accounts.iter().find(|(address, ..)| *address == contract.address);
            contract.version = match after {
                Some((_, _, after)) => after.version,
                None => snapshot.account(&contract.address)?.unwrap_or_default().version,
            };
        }
        let world = world::after(&*self.shared.store, &*snapshot, &accounts)?;
        block.world_root = world.root();
        drop(snapshot);
        self.shared.store.commit(&Batch {
            commit: Some(block.commit),
            block: Some(block.number),
            accounts,
            contracts,
            world: Some(world),
            events: encode_events(block.receipts.iter().flat_map(|receipt| &receipt.events)),
            receipt: Some(encode_block(&block)),
            ..Batch::default()
        })?;
        for (address, state, page_trees) in provisional {
            self.shared.pool.rename(address, &state, page_trees);
        }
        Ok(block)
    }
}

/// Returns the change of a contract by a block: every written page is compared with its bytes before the block. `None` if no
/// byte differs.
fn change_of<'a>(
    snapshot: &dyn Snapshot,
    overlay: &'a Overlay,
    (address, before): (Address, StateRoot),
    page_trees: &mut PageTrees,
) -> Result<Option<ContractChange<'a>>, Error> {
    let mut old = [0; PAGE_SIZE];
    let (mut pages, mut chunks) = (Vec::new(), Vec::new());
    for (page, bytes) in overlay.pages_of(&address) {
        snapshot.read_page(&address, page, &mut old)?;
        let changed = ChunkSet::between(&old, bytes);
        if changed != ChunkSet::default() {
            pages.push(PageWrite { page, bytes });
            chunks.push(changed);
        }
    }
    if pages.is_empty() {
        return Ok(None);
    }
    let mut hashed = Hashed::default();
    page_trees.hash(&address, &pages, &chunks, &mut hashed);
    let Hashed { leaves, trees } = hashed;
    trees.into_iter().for_each(|(page, tree)| page_trees.put(page, tree));
    let tree = snapshot.tree_after(&address, TreeUpdate::default(), &leaves)?;
    Ok(Some(ContractChange { address, before, after: tree.root(), pages, tree }))
}
