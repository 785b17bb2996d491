//! The world that a search works on: contracts under test, actors, people and their money.

use std::sync::Arc;

use super::actor::{self, Answered, DO};
use super::cast::{ACTORS, ACTORS_AUTHOR, FUNDS, Moment, PEOPLE, Plan, Subject, address_of_person};
use super::error::SearchError;
use super::judge::{Judge, first_broken, judges};
use super::sequence::{Exports, Step, Who};
use crate::receipt::{CallTrace, HaltKind, Status, Trace};
use crate::store::{MemoryMark, MemoryStore};
use crate::units::{Address, Gas};
use crate::vm::{Deployment, Vm};

/// Names under which a contract may call an actor, at most; more are not answered.
const MAX_NAMES: usize = 64;
const MAX_NAME_BYTES: usize = 256;

/// Contracts under test, actors and people, in a store that can be put back.
#[derive(Debug)]
pub struct World {
    pub(super) vm: Vm,
    store: Arc<MemoryStore>,
    pub(super) subjects: Vec<Subject>,
    pub(super) exports: Vec<Exports>,
    pub(super) invariants: Vec<Judge>,
    pub(super) views: Vec<Judge>,
    pub(super) gas: Gas,
    /// When the first transaction happens, unless blocks pass before it.
    begins: Moment,
    /// Before there were actors.
    bare: MemoryMark,
    /// With actors and money.
    start: MemoryMark,
    pub(super) actors: Vec<Address>,
    /// The names that actors answer to.
    names: Vec<Answered>,
}

impl World {
    /// A world in which the contracts under test are deployed, and set up if they need it. `vm` works on `store`.
    pub fn new(vm: Vm, store: Arc<MemoryStore>, plan: Plan) -> Result<Self, SearchError> {
        let Plan { subjects, invariants, views, gas, latest } = plan;
        let mut exports = Vec::new();
        for subject in &subjects {
            exports.push(Exports { functions: vm.now()?.exports(&subject.address)?.into_iter().collect() });
        }
        let find = |names: &[String]| -> Result<Vec<Judge>, SearchError> {
            let found: Result<Vec<_>, _> = names.iter().map(|name| judges(name, &subjects, &exports)).collect();
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
        world.begin()?;
        let all = [&world.invariants[..], &world.views].concat();
        match first_broken(&world.vm, &world.subjects, &all, (gas, world.begins))? {
            None => Ok(world),
            Some(broken) => Err(SearchError::FromTheStart {
                invariant: world.judge_name(&broken.judge),
                answer: broken.verdict.to_string(),
            }),
        }
    }

    /// Deploys the actors and hands out money.
    fn begin(&mut self) -> Result<(), SearchError> {
        self.store.rewind(&self.bare);
        self.actors.clear();
        let code = actor::code(&self.names);
        for nonce in 0..ACTORS.len() as u64 {
            let deployment = Deployment { author: ACTORS_AUTHOR, nonce, balance: FUNDS, ..Deployment::default() };
            self.actors.push(self.vm.deploy(code.as_bytes(), &deployment)?.address);
        }
        for person in 0..PEOPLE.len() {
            self.vm.fund(&address_of_person(person), FUNDS)?;
        }
        self.start = self.store.mark();
        Ok(())
    }

    /// The contracts under test.
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// What they export, in the same order.
    pub fn exports(&self) -> &[Exports] {
        &self.exports
    }

    /// The virtual machine over the world's store.
    pub fn vm(&self) -> &Vm {
        &self.vm
    }

    /// The code of the actors as they are now, in text form.
    pub fn actor_code(&self) -> String {
        actor::code(&self.names)
    }

    /// How the actors are deployed.
    pub fn actor_deployment(&self, actor: usize) -> Deployment {
        Deployment { author: ACTORS_AUTHOR, nonce: actor as u64, balance: FUNDS, ..Deployment::default() }
    }

    /// Gas of each transaction.
    pub fn gas(&self) -> Gas {
        self.gas
    }

    /// The exports that are asked in the middle of calls.
    pub fn views(&self) -> &[Judge] {
        &self.views
    }

    /// The exports that are asked after each transaction.
    pub fn invariants(&self) -> &[Judge] {
        &self.invariants
    }

    /// Whether an export is asked, and so is not called besides.
    pub(super) fn is_judge(&self, contract: usize, name: &str) -> bool {
        self.invariants.iter().chain(&self.views).any(|judge| judge.contract == contract && judge.name == name)
    }

    /// A judge as a person writes it.
    pub fn judge_name(&self, judge: &Judge) -> String {
        judge.name_among(&self.subjects)
    }

    /// The address of somebody.
    pub fn address(&self, who: Who) -> Address {
        match who {
            Who::Contract(contract) => self.subjects[contract].address,
            Who::Actor(actor) => self.actors[actor],
            Who::Person(person) => address_of_person(person),
        }
    }

    /// Who has an address, if it is anybody of this world.
    pub fn who(&self, address: &Address) -> Option<Who> {
        let place = |found: Option<usize>, who: fn(usize) -> Who| found.map(who);
        place(self.subjects.iter().position(|subject| subject.address == *address), Who::Contract)
            .or(place(self.actors.iter().position(|actor| actor == address), Who::Actor))
            .or(place((0..PEOPLE.len()).find(|person| address_of_person(*person) == *address), Who::Person))
    }

    /// Puts the world back to its start.
    pub(super) fn restart(&self) {
        self.store.rewind(&self.start);
    }

    /// The present state.
    pub(super) fn mark(&self) -> MemoryMark {
        self.store.mark()
    }

    /// Goes to a state of this world.
    pub(super) fn go_to(&self, mark: &MemoryMark) {
        self.store.rewind(mark);
    }

    /// Lets the actors answer to the names by which a transaction has called them in vain. Whether there were any: then
    /// the actors have other addresses, and the world is at its start.
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
            // If its caller too may only read, the search has brought that about, and another time it may be otherwise.
            let asked_to_read = call.read_only && caller.is_some_and(|caller| !caller.read_only);
            let has_room = self.names.len() < MAX_NAMES;
            match self.names.iter_mut().find(|answered| answered.name == call.function) {
                // It was told to count, which it cannot here.
                Some(answered) if asked_to_read && halt.kind == HaltKind::StaticWrite && !answered.read_only => {
                    (answered.read_only, learned) = (true, true);
                }
                None if halt.kind == HaltKind::Vmcall && can_be_answered(&call.function) && has_room => {
                    self.names.push(Answered { name: call.function.clone(), read_only: false });
                    learned = true;
                }
                _ => {}
            }
        }
        if learned {
            self.begin()?;
        }
        Ok(learned)
    }

    /// When the last of some steps happens.
    pub fn moment(&self, steps: &[Step]) -> Moment {
        self.begins.after(steps.iter().fold(0, |blocks, step| blocks.saturating_add(step.blocks)))
    }

    /// When a step happens before which no blocks pass.
    pub(super) fn begins(&self) -> Moment {
        self.begins
    }
}

/// Whether an actor can have an export of this name.
fn can_be_answered(name: &str) -> bool {
    name != DO && name != "memory" && !name.starts_with("vellum:") && name.len() <= MAX_NAME_BYTES
}
