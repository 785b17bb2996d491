//! The world of a search: contracts under test, actors and users.

use std::sync::Arc;

use super::actor::{self, ActorExport, DO};
use super::cast::{ACTORS, ACTORS_AUTHOR, INITIAL_BALANCE, Moment, Plan, Subject, USERS, address_of_user};
use super::error::SearchError;
use super::invariant::{InvariantExport, exports_named, first_broken};
use super::sequence::{Exports, Party, Step};
use crate::receipt::{CallTrace, HaltKind, Status, Trace};
use crate::store::{MemoryMark, MemoryStore};
use crate::units::{Address, Gas};
use crate::vm::{Deployment, Vm};

/// The greatest number of names that actors export, and the greatest length of a name in bytes.
const MAX_NAMES: usize = 64;
const MAX_NAME_BYTES: usize = 256;

/// Contracts under test, actors and users, in a store that can be rewound.
#[derive(Debug)]
pub struct World {
    pub(super) vm: Vm,
    store: Arc<MemoryStore>,
    pub(super) subjects: Vec<Subject>,
    pub(super) exports: Vec<Exports>,
    pub(super) invariants: Vec<InvariantExport>,
    pub(super) views: Vec<InvariantExport>,
    pub(super) gas: Gas,
    /// The moment of the first transaction, unless blocks pass before it.
    begins: Moment,
    /// The store before the actors were deployed.
    bare: MemoryMark,
    /// The store at the start of a sequence: with actors, and with the balances of users.
    start: MemoryMark,
    pub(super) actors: Vec<Address>,
    /// The names that actors export.
    names: Vec<ActorExport>,
}

impl World {
    /// Creates a world. `vm` runs on `store`, in which the contracts under test are already deployed and set up.
    ///
    /// # Errors
    /// Returns an error if an invariant does not exist, cannot be called, changes the state or does not hold yet.
    pub fn new(vm: Vm, store: Arc<MemoryStore>, plan: Plan) -> Result<Self, SearchError> {
        let Plan { subjects, invariants, views, gas, latest } = plan;
        let mut exports = Vec::new();
        for subject in &subjects {
            exports.push(Exports { functions: vm.now()?.exports(&subject.address)?.into_iter().collect() });
        }
        let find = |names: &[String]| -> Result<Vec<InvariantExport>, SearchError> {
            let found: Result<Vec<_>, _> = names.iter().map(|name| exports_named(name, &subjects, &exports)).collect();
            Ok(found?.concat())
        };
        let (invariants, views) = (find(&invariants)?, find(&views)?);
        let (bare, start) = (store.mark(), store.mark());
        let (actors, names) = (Vec::new(), Vec::new());
        let mut world = Self {
            vm,
            store,
            subjects,
            exports,
            invariants,
            views,
            gas,
            begins: latest.after(1),
            bare,
            start,
            actors,
            names,
        };
        world.deploy_actors()?;
        let all = [&world.invariants[..], &world.views].concat();
        match first_broken(&world.vm, &world.subjects, &all, gas, world.begins)? {
            None => Ok(world),
            Some(broken) => Err(SearchError::FromTheStart {
                invariant: world.export_name(&broken.export),
                answer: broken.verdict.to_string(),
            }),
        }
    }

    /// Rewinds the store, deploys the actors and funds the users.
    fn deploy_actors(&mut self) -> Result<(), SearchError> {
        self.store.rewind(&self.bare);
        self.actors.clear();
        let code = actor::code(&self.names);
        for nonce in 0..ACTORS.len() as u64 {
            let deployment =
                Deployment { author: ACTORS_AUTHOR, nonce, balance: INITIAL_BALANCE, ..Deployment::default() };
            self.actors.push(self.vm.deploy(code.as_bytes(), &deployment)?.address);
        }
        for user in 0..USERS.len() {
            self.vm.fund(&address_of_user(user), INITIAL_BALANCE)?;
        }
        self.start = self.store.mark();
        Ok(())
    }

    /// Returns the contracts under test.
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// Returns the exports of the contracts under test, in the same order.
    pub fn exports(&self) -> &[Exports] {
        &self.exports
    }

    /// Returns the VM over the world's store.
    pub fn vm(&self) -> &Vm {
        &self.vm
    }

    /// Returns the current code of the actors, in text form.
    pub fn actor_code(&self) -> String {
        actor::code(&self.names)
    }

    /// Returns the deployment of an actor.
    pub fn actor_deployment(&self, actor: usize) -> Deployment {
        Deployment { author: ACTORS_AUTHOR, nonce: actor as u64, balance: INITIAL_BALANCE, ..Deployment::default() }
    }

    /// Returns the gas of each transaction.
    pub fn gas(&self) -> Gas {
        self.gas
    }

    /// Returns the exports that must give 1 during calls too.
    pub fn views(&self) -> &[InvariantExport] {
        &self.views
    }

    /// Returns the exports that must give 1 after each transaction.
    pub fn invariants(&self) -> &[InvariantExport] {
        &self.invariants
    }

    /// True for an invariant or a view. Transactions do not call these.
    pub(super) fn is_checked(&self, contract: usize, name: &str) -> bool {
        self.invariants.iter().chain(&self.views).any(|export| export.contract == contract && export.name == name)
    }

    /// Returns the name of the contract and the export, with a dot between.
    pub fn export_name(&self, export: &InvariantExport) -> String {
        export.qualified_name(&self.subjects)
    }

    /// Returns the address of a party.
    pub fn address(&self, party: Party) -> Address {
        match party {
            Party::Contract(contract) => self.subjects[contract].address,
            Party::Actor(actor) => self.actors[actor],
            Party::User(user) => address_of_user(user),
        }
    }

    /// Returns the party with an address.
    pub fn party_of(&self, address: &Address) -> Option<Party> {
        let place = |found: Option<usize>, party: fn(usize) -> Party| found.map(party);
        place(self.subjects.iter().position(|subject| subject.address == *address), Party::Contract)
            .or(place(self.actors.iter().position(|actor| actor == address), Party::Actor))
            .or(place((0..USERS.len()).find(|user| address_of_user(*user) == *address), Party::User))
    }

    /// Rewinds the store to the start of a sequence.
    pub(super) fn restart(&self) {
        self.store.rewind(&self.start);
    }

    /// Returns the current state.
    pub(super) fn mark(&self) -> MemoryMark {
        self.store.mark()
    }

    /// Rewinds the store to a state of this world.
    pub(super) fn rewind(&self, mark: &MemoryMark) {
        self.store.rewind(mark);
    }

    /// Adds exports to the actors for the names by which the contracts called them without success in a transaction. Returns
    /// true if there were any. Then the actors have new addresses, and the store is at the start of a sequence.
    pub(super) fn learn(&mut self, trace: &Trace) -> Result<bool, SearchError> {
        let mut learned = false;
        let mut running: Vec<&CallTrace> = Vec::new();
        for call in &trace.calls {
            running.truncate(call.depth as usize);
            let caller = running.last().copied();
            running.push(call);
            let Status::Halted(halt) = &call.status else { continue };
            if !self.actors.contains(&call.contract) {
                continue;
            }
            // If the caller is static too, the search made it so. The contract may call the same name non-statically later.
            let is_static_by_contract = call.read_only && caller.is_some_and(|caller| !caller.read_only);
            let has_room = self.names.len() < MAX_NAMES;
            match self.names.iter_mut().find(|answered| answered.name == call.function) {
                // The export counts calls in storage, which a static call cannot.
                Some(answered)
                    if is_static_by_contract && halt.kind == HaltKind::StaticWrite && !answered.read_only =>
                {
                    (answered.read_only, learned) = (true, true);
                }
                None if halt.kind == HaltKind::Vmcall && can_be_exported(&call.function) && has_room => {
                    self.names.push(ActorExport { name: call.function.clone(), read_only: false });
                    learned = true;
                }
                _ => {}
            }
        }
        if learned {
            self.deploy_actors()?;
        }
        Ok(learned)
    }

    /// Returns the moment of the last of these steps.
    pub fn moment(&self, steps: &[Step]) -> Moment {
        self.begins.after(steps.iter().fold(0, |blocks, step| blocks.saturating_add(step.blocks)))
    }

    /// Returns the moment of the first transaction, unless blocks pass before it.
    pub(super) fn begins(&self) -> Moment {
        self.begins
    }
}

/// True if an actor can have an export of this name.
fn can_be_exported(name: &str) -> bool {
    name != DO && name != "memory" && !name.starts_with("vellum:") && name.len() <= MAX_NAME_BYTES
}
