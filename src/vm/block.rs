//! Blocks: several calls, one after another on one state, committed as one.
//!
//! ```text
//!  call ── changes over the moment ── call ── … ── every changed page hashed once ── one commit
//! ```
//! Between two calls no state root is worked out: a contract's state has a name of its own then, which is no hash, and by
//! which kept frames are known. What is kept of it after the block gets the true root, or is read anew.

use std::sync::Arc;

use super::error::Error;
use super::handle::Vm;
use super::world;
use crate::machine::RuntimeError;
use crate::paging::SharedSnapshot;
use crate::receipt::{Block, Call, ContractState, Halt, HaltKind, Receipt, Status, encode_block, encode_events};
use crate::store::{
    Batch, ContractChange, Overlay, OverlaySnapshot, PageWrite, Snapshot, StoreError, TreeUpdate, runs_between,
};
use crate::transaction::{Intent, NamedState, PageTrees, execute};
use crate::units::{Address, CommitNumber, PAGE_SIZE, StateRoot, Version, WorldRoot};

impl Vm {
    /// Runs calls one after another as a block, and commits what they did as one. They see the block's number and time,
    /// whatever they were made with. The number is above that of every block before.
    ///
    /// Each call does what it would do alone; one that reverts or halts is recorded and leaves nothing. A call that
    /// cannot begin is an error ([`Error::InBlock`]), and then nothing of the block is done.
    ///
    /// # Errors
    /// [`Error::InBlock`] is a call that could not begin, with its place; a number that is not above that of the last block is
    /// [`StoreError::BlockOrder`]; else the store or the host has failed.
    pub fn execute_block(&self, number: u64, timestamp: u64, calls: &[Call]) -> Result<Block, Error> {
        let _writer = self.shared.store.writer()?;
        let snapshot = self.shared.store.snapshot()?;
        let head = snapshot.head()?;
        let last = snapshot.last_block(head)?;
        if number == u64::MAX || last.is_some_and(|last| number <= last) {
            return Err(StoreError::BlockOrder { last, given: number }.into());
        }
        let commit = CommitNumber(head.0 + 1);
        let mut over = Arc::new(Overlay::default());
        let mut receipts = Vec::with_capacity(calls.len());
        for (at, call) in calls.iter().enumerate() {
            let moment = OverlaySnapshot::new(self.shared.store.snapshot()?, over.clone());
            let moment = SharedSnapshot::new(Box::new(moment));
            let call = call.clone().block_number(number).timestamp(timestamp);
            let in_block = |source| Error::InBlock { number: at as u64 + 1, source: Box::new(source) };
            let (mut receipt, left) = self.run_in_block(moment, &call).map_err(in_block)?;
            // Alone it would not be recorded; and what the host fails at must not decide what a block does.
            if let Status::Halted(Halt { kind: HaltKind::Store, message }) = receipt.status {
                return Err(in_block(RuntimeError { attempt: "running a call".to_owned(), message }.into()));
            }
            if let Some(left) = left {
                let over = Arc::make_mut(&mut over);
                over.accounts.extend(left.accounts);
                over.pages.extend(left.pages);
            }
            receipt.commit = receipt.is_returned().then_some(commit);
            receipts.push(receipt);
        }
        let over = Arc::unwrap_or_clone(over);
        self.commit_block(
            snapshot,
            over,
            Block { number, timestamp, commit, world_root: WorldRoot::ZERO, states: vec![], receipts },
        )
    }

    /// Runs a call, and says what it leaves to those after it; nothing if it did not return.
    fn run_in_block(&self, moment: SharedSnapshot, call: &Call) -> Result<(Receipt, Option<Overlay>), Error> {
        let settled = execute(&self.shared, moment, call, Intent { in_block: true, ..Intent::default() })?;
        if settled.is_returned() {
            let (receipt, left) = settled.hand_over()?;
            Ok((receipt, Some(left)))
        } else {
            Ok((settled.undo()?.0, None))
        }
    }

    /// Hashes what the calls of a block have changed, and commits it.
    fn commit_block(&self, snapshot: Box<dyn Snapshot>, over: Overlay, mut block: Block) -> Result<Block, Error> {
        let mut accounts = Vec::with_capacity(over.accounts.len());
        let mut contracts = Vec::new();
        let mut named = Vec::new();
        for (address, mut after) in over.accounts.clone() {
            let before = snapshot.account(&address)?;
            let was = before.clone().unwrap_or_default();
            let name = std::mem::replace(&mut after.state, was.state);
            after.version = was.version;
            if name != was.state {
                let mut page_trees = self.shared.pool.take_page_trees(address, name);
                if let Some(change) = change_of(&*snapshot, &over, (address, was.state), &mut page_trees)? {
                    (after.state, after.version) = (change.after, Version(was.version.0 + 1));
                    block.states.push(ContractState { address, version: after.version, state: after.state });
                    contracts.push(change);
                }
                let state = NamedState { name, root: after.state, version: after.version };
                named.push((address, state, page_trees));
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
        for (address, state, page_trees) in named {
            self.shared.pool.rename(address, &state, page_trees);
        }
        Ok(block)
    }
}

/// How a block changes a contract, each page compared with what it was before the block; nothing if it does not.
fn change_of<'a>(
    snapshot: &dyn Snapshot,
    over: &'a Overlay,
    (address, before): (Address, StateRoot),
    page_trees: &mut PageTrees,
) -> Result<Option<ContractChange<'a>>, Error> {
    let mut old = [0; PAGE_SIZE];
    let mut pages = Vec::new();
    for (page, bytes) in over.pages_of(&address) {
        snapshot.read_page(&address, page, &mut old)?;
        let runs = runs_between(&old, bytes);
        pages.extend((!runs.is_empty()).then_some(PageWrite { page, bytes, runs }));
    }
    if pages.is_empty() {
        return Ok(None);
    }
    let mut leaves = Vec::with_capacity(pages.len());
    for write in &pages {
        let (tree, hash) = page_trees.after(&address, write);
        page_trees.put(write.page, tree);
        leaves.push((write.page, hash));
    }
    let tree = snapshot.tree_after(&address, TreeUpdate::default(), &leaves)?;
    Ok(Some(ContractChange { address, before, after: tree.root(), pages, tree }))
}
