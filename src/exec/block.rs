//! Blocks: several calls, one after another on one state, committed as one.
//!
//! ```text
//!  call ── changes over the moment ── call ── … ── every changed page hashed once ── one commit
//! ```
//! Between two calls no state root is worked out: a contract's state has a name of its own then, which is no hash, and by
//! which kept frames are known. What is kept of it after the block gets the true root, or is read anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::call::Call;
use super::error::Error;
use super::execute::{Done, Intent, in_order};
use super::receipt::{Halt, HaltKind, Receipt, Status};
use super::receipt_record;
use super::settle::Effects;
use super::transaction::Transaction;
use super::vm::Vm;
use super::world;
use crate::store::hash::page_hash;
use crate::store::{
    Batch, ContractChange, Overlay, OverlaySnapshot, PageWrite, Snapshot, StoreError, TreeUpdate, commit_of_block,
    runs_between,
};
use crate::units::{Address, CommitNumber, PAGE_SIZE, PageIndex, StateRoot, Version, WorldRoot};

/// What was recorded of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its number.
    pub number: u64,
    /// Its time, as the contracts saw it.
    pub timestamp: u64,
    /// The commit that it is.
    pub commit: CommitNumber,
    /// The root over all accounts after it.
    pub world_root: WorldRoot,
    /// The contracts whose storage it changed, with the version and state that they have after it.
    pub states: Vec<(Address, Version, StateRoot)>,
    /// What came of each call, in order. The state after a call is not known; the state before is that before the block,
    /// and the version that after it. Calls that did not return left nothing.
    pub receipts: Vec<Receipt>,
}

/// What was recorded of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// It was one call.
    Call(Receipt),
    /// It was a block of them.
    Block(Block),
}

/// A name for a state between two calls of a block, never used twice in this process.
pub(super) fn name_of_state() -> StateRoot {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut name = [0xff; 32];
    name[24..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    StateRoot(name)
}

impl Vm {
    /// Runs calls one after another as a block, and commits what they did as one. They see the block's number and time,
    /// whatever they were made with. The number is above that of every block before.
    ///
    /// Each call does what it would do alone; one that reverts or halts is recorded and leaves nothing. A call that
    /// cannot begin is an error ([`Error::InBlock`]), and then nothing of the block is done.
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
            let call = call.clone().block_number(number).timestamp(timestamp);
            let in_block = |source| Error::InBlock { number: at as u64 + 1, source: Box::new(source) };
            let intent = Intent { commit: true, in_block: true, ..Intent::default() };
            let Done { mut receipt, left, .. } = self.execute_on(Box::new(moment), &call, intent).map_err(in_block)?;
            // Alone it would not be recorded; and what the host fails at must not decide what a block does.
            if let Status::Halted(Halt { kind: HaltKind::Store, message }) = receipt.status {
                return Err(in_block(Error::Runtime { attempt: "running a call".to_owned(), message }));
            }
            if let Some(left) = left {
                let over = Arc::make_mut(&mut over);
                over.accounts.extend(left.accounts);
                over.pages.extend(left.pages);
            }
            receipt.commit = (receipt.status == Status::Returned).then_some(commit);
            receipts.push(receipt);
        }
        let over = Arc::unwrap_or_clone(over);
        self.commit_block(
            snapshot,
            over,
            Block { number, timestamp, commit, world_root: WorldRoot::ZERO, states: vec![], receipts },
        )
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
                if let Some(change) = change_of(&*snapshot, &over, address, was.state)? {
                    (after.state, after.version) = (change.after, Version(was.version.0 + 1));
                    block.states.push((address, after.version, after.state));
                    contracts.push(change);
                }
                named.push((address, name, after.state, after.version));
            }
            if before.as_ref() != Some(&after) {
                accounts.push((address, before, after));
            }
        }
        for contract in block.receipts.iter_mut().flat_map(|receipt| &mut receipt.contracts) {
            let before = snapshot.account(&contract.address)?.unwrap_or_default();
            let after = accounts.iter().find(|(address, ..)| *address == contract.address);
            contract.state_before = before.state;
            contract.version = after.map_or(before.version, |(_, _, after)| after.version);
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
            events: receipt_record::encode_events(block.receipts.iter().flat_map(|receipt| &receipt.events)),
            receipt: Some(receipt_record::encode_block(&block)),
            ..Batch::default()
        })?;
        for (address, name, state, version) in named {
            self.shared.pool.rename(address, name, state, version);
        }
        Ok(block)
    }

    /// What was recorded of a block.
    pub fn block(&self, number: u64) -> Result<Option<Block>, Error> {
        let snapshot = self.shared.store.snapshot()?;
        let Some(commit) = commit_of_block(&*snapshot, number)? else { return Ok(None) };
        match recorded(&*snapshot, commit)? {
            Some(Recorded::Block(block)) => Ok(Some(block)),
            _ => Err(Error::ReceiptRecord { commit, reason: "it is not that of a block".to_owned() }),
        }
    }

    /// The number of the newest block, if there is one.
    pub fn last_block(&self) -> Result<Option<u64>, Error> {
        let snapshot = self.shared.store.snapshot()?;
        Ok(snapshot.last_block(snapshot.head()?)?)
    }

    /// What was recorded of a commit, whether it was a call or a block of them.
    pub fn recorded(&self, commit: CommitNumber) -> Result<Option<Recorded>, Error> {
        recorded(&*self.shared.store.snapshot()?, commit)
    }
}

/// What was recorded of a commit.
pub(super) fn recorded(snapshot: &dyn Snapshot, commit: CommitNumber) -> Result<Option<Recorded>, Error> {
    let Some(bytes) = snapshot.receipt(commit)? else { return Ok(None) };
    let unreadable = |error: crate::store::DecodeError| Error::ReceiptRecord { commit, reason: error.to_string() };
    receipt_record::decode(&bytes).map(Some).map_err(unreadable)
}

/// How a block changes a contract, each page compared with what it was before the block; nothing if it does not.
fn change_of<'a>(
    snapshot: &dyn Snapshot,
    over: &'a Overlay,
    address: Address,
    before: StateRoot,
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
    let hash = |write: &PageWrite<'_>| (write.page, page_hash(&address, write.page, write.bytes));
    let leaves: Vec<_> = pages.iter().map(hash).collect();
    let tree = snapshot.tree_after(&address, TreeUpdate::default(), &leaves)?;
    Ok(Some(ContractChange { address, before, after: tree.root(), pages, tree }))
}

impl Vm {
    /// Keeps what a call of a block did in its regions, and says what it leaves to those after it.
    pub(super) fn leave(
        &self,
        sender: Address,
        transaction: Transaction,
        effects: Vec<(Address, Effects)>,
    ) -> Result<Overlay, Error> {
        let Transaction { snapshot, here, others, order, pager, kind, mut ledger, .. } = transaction;
        ledger.change(&*snapshot, sender)?.nonce += 1;
        let mut left = Overlay::default();
        let visited = in_order(here, others, &order);
        for (visited, (address, effects)) in visited.iter().zip(&effects) {
            if effects.pages.is_empty() {
                continue;
            }
            let account = ledger.change(&*snapshot, *address)?;
            account.state = effects.state;
            let copy = |(page, _): &(PageIndex, _)| ((*address, *page), Box::new(*visited.region.page(*page)));
            left.pages.extend(effects.pages.iter().map(copy));
        }
        for (mut visited, (address, effects)) in visited.into_iter().zip(effects) {
            let version = visited.account.version;
            if pager.keep(&mut visited.region, effects.state).is_ok() {
                self.shared.pool.put(address, kind, visited.into_kept(version));
            }
        }
        left.accounts.extend(ledger.into_changes().into_iter().map(|(address, _, after)| (address, after)));
        Ok(left)
    }
}
