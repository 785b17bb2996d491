//! A byte of any kind of record is wrong on disk: `check` names it, `rollback` brings back what it calls sound and says what
//! is lost, and the contract is gone on with.

use std::fs;

use serde_json::{Value, json};

use super::support::{World, contract, texts};

const DATABASE_PAGE: usize = 4_096;

/// The places in the data file where a record's value begins. A database page that holds records says so in its header, and
/// the length of a key stands before it.
fn values(data: &[u8], key: &[u8], length: usize) -> Vec<usize> {
    let is_leaf = |at: usize| data[at / DATABASE_PAGE * DATABASE_PAGE + 10..][..2] == [2, 0];
    let begins =
        |at: &usize| data[*at..].starts_with(key) && data[at - 2..*at] == (length as u16).to_le_bytes() && is_leaf(*at);
    (2..data.len() - length - 1).filter(begins).map(|at| at + length).collect()
}

/// A counter that went to 5, 12, 10 and 20, and its store's data file.
struct Counter {
    world: World,
    address: String,
    data: Vec<u8>,
}

/// A record of the counter.
#[derive(Debug, Clone, Copy)]
enum Damaged {
    Page,
    /// The block of the tree above the page.
    Block,
    /// The diff of a commit.
    Diff(u64),
    /// The account as of a commit.
    Account(u64),
    /// The log record of a commit.
    Log(u64),
    Mark,
    Code,
}

impl Counter {
    fn new() -> Self {
        let world = World::new();
        let address = world.deploy("counter.wat");
        for amount in ["5", "7", "-2", "10"] {
            world.json(["call", &address, "add", amount]);
        }
        let data = world.stored();
        Self { world, address, data }
    }

    /// Puts the data file back, but for a bit of some records.
    fn damage(&self, records: &[Damaged]) {
        let mut data = self.data.clone();
        let owner = [&[2][..], &const_hex::decode(&self.address).unwrap()].concat();
        for record in records {
            let commit = |commit: u64| [commit.to_be_bytes().as_slice(), &[0; 4]].concat();
            let (key, length) = match *record {
                Damaged::Page => ([&owner[..], &[3, 0, 0, 1]].concat(), 25),
                Damaged::Block => ([&owner[..], &[3, 0, 0, 0]].concat(), 25),
                Damaged::Diff(made) => ([&[9], &commit(made)[..], &owner[1..]].concat(), 37),
                Damaged::Account(made) => ([&owner[..], &[1], &commit(made)].concat(), 34),
                Damaged::Log(made) => ([&[9], &commit(made)[..]].concat(), 13),
                Damaged::Mark => ([&owner[..], &[0]].concat(), 22),
                Damaged::Code => (vec![1], 33),
            };
            let places: Vec<usize> = match record {
                Damaged::Code => (0..data.len() - 8).filter(|at| data[*at..].starts_with(b"\0asm\x01")).collect(),
                _ => values(&data, &key, length),
            };
            assert!(!places.is_empty(), "{record:?}");
            places.into_iter().for_each(|at| data[at + 4] ^= 4);
        }
        fs::write(self.world.state().join("data.mdb"), data).unwrap();
    }

    fn check(&self) -> Value {
        let (printed, _) = texts(&self.world.output(["--json", "check"]));
        serde_json::from_str(&printed).unwrap()
    }

    /// What stays wrong, the address left out.
    fn problems(&self) -> Vec<String> {
        let problems = self.check()["problems"].as_array().unwrap().clone();
        problems.iter().map(|problem| problem.as_str().unwrap().replace(&self.address, "it")).collect()
    }

    fn rollback(&self, version: u64) -> Value {
        self.world.json(["rollback", &self.address, &version.to_string()])
    }

    /// The rollback to the version that the check calls sound.
    fn mend(&self, records: &[Damaged]) -> Value {
        self.damage(records);
        let report = self.check();
        assert_eq!(report["ok"], false, "{records:?}");
        let version = report["unsound"][0]["last_sound_version"].as_u64();
        self.rollback(version.unwrap_or_else(|| panic!("{records:?}: {report}")))
    }

    fn count(&self) -> Value {
        self.world.json(["call", &self.address, "get"])["results"][0].clone()
    }

    /// Nothing is wrong, and calls go on from a count.
    fn goes_on_from(&self, count: i64) {
        assert_eq!(self.problems(), Vec::<String>::new());
        assert_eq!(self.count(), count.to_string());
        assert_eq!(self.world.json(["call", &self.address, "add", "1"])["results"], json!([(count + 1).to_string()]));
        assert_eq!(self.problems(), Vec::<String>::new());
    }
}

#[test]
fn what_follows_from_something_else_is_written_anew_and_nothing_is_lost() {
    let counter = Counter::new();
    let records = [(Damaged::Page, "page 0 of contract"), (Damaged::Block, "tree block")];
    for (record, name) in records {
        let rolled = counter.mend(&[record]);
        assert_eq!((&rolled["version"], &rolled["commit"], &rolled["lost"]), (&json!(4), &Value::Null, &json!([])));
        let mended = rolled["mended"].as_array().unwrap();
        assert!(mended.len() == 1 && mended[0].as_str().unwrap().contains(name), "{rolled}");
        assert_eq!(counter.world.json(["history", &counter.address])["versions"].as_array().unwrap().len(), 5);
        counter.goes_on_from(20);
    }
    // Then any version is brought back as ever.
    counter.damage(&[Damaged::Page]);
    let rolled = counter.rollback(1);
    assert_eq!((&rolled["version"], &rolled["commit"], &rolled["lost"]), (&json!(5), &json!(5), &json!([])));
    counter.goes_on_from(5);
}

#[test]
fn where_the_newest_state_is_not_known_history_begins_with_the_version_brought_back() {
    let counter = Counter::new();
    for (diff, version, count) in [(4, 3, 10), (2, 1, 5)] {
        let rolled = counter.mend(&[Damaged::Page, Damaged::Diff(diff)]);
        assert_eq!((&rolled["version"], &rolled["commit"]), (&json!(5), &json!(5)));
        assert_eq!(rolled["lost"], json!(["the history of the contract up to version 4"]));
        counter.goes_on_from(count);
        let refused = counter.world.refusal(1, ["read", &counter.address, "0", "8", "--at", &version.to_string()]);
        assert!(refused.contains("before version 5 was pruned"), "{refused}");
    }
    // The empty storage of its deployment is always known.
    counter.damage(&[Damaged::Page, Damaged::Diff(1)]);
    assert_eq!(counter.check()["unsound"][0]["last_sound_version"], Value::Null);
    let refused = counter.world.refusal(1, ["rollback", &counter.address, "1"]);
    assert!(refused.contains("cannot restore version 1 of") && refused.contains("do not lead there"), "{refused}");
    counter.rollback(0);
    counter.goes_on_from(0);
}

#[test]
fn a_damaged_diff_is_gone_behind_and_pruned() {
    let counter = Counter::new();
    let rolled = counter.mend(&[Damaged::Diff(2)]);
    assert_eq!((&rolled["version"], &rolled["mended"]), (&json!(4), &Value::Null));
    let stays = ["the diff of contract it in commit 2: its checksum does not match"];
    assert_eq!(counter.rollback(1)["version"], 5);
    assert_eq!((counter.count(), counter.problems()), (json!("5"), stays.map(str::to_owned).into()));
    counter.world.json(["prune", &counter.address, "--before", "3"]);
    counter.goes_on_from(5);
}

#[test]
fn an_account_has_the_money_of_the_moment_before_it_and_that_is_said() {
    let counter = Counter::new();
    let rolled = counter.mend(&[Damaged::Account(4)]);
    assert_eq!(rolled["lost"], json!(["its balance and nonce: they are those of commit 3"]));
    counter.goes_on_from(20);

    counter.damage(&[Damaged::Account(2)]);
    assert_eq!(counter.problems(), ["account it: its checksum does not match"]);
    assert_eq!(counter.rollback(3)["version"], 5);
    counter.world.json(["prune", &counter.address, "--before", "3"]);
    counter.goes_on_from(10);
}

#[test]
fn nothing_is_committed_behind_a_damaged_log_record_until_it_is_mended() {
    let counter = Counter::new();
    counter.damage(&[Damaged::Log(4)]);
    let refused = counter.world.refusal(1, ["call", &counter.address, "add", "1"]);
    assert!(refused.contains("the log record of commit 4 is damaged"), "{refused}");
    assert_eq!(counter.rollback(4)["lost"], json!(["the receipt of commit 4"]));
    counter.goes_on_from(20);
    // One further back is in nobody's way.
    counter.damage(&[Damaged::Log(2)]);
    assert_eq!(counter.world.json(["call", &counter.address, "add", "1"])["results"], json!(["21"]));
    assert_eq!(counter.problems(), ["the log record of commit 2: its checksum does not match"]);
    let rolled = counter.rollback(5);
    assert_eq!((&rolled["commit"], &rolled["lost"]), (&Value::Null, &json!(["the receipt of commit 2"])));
    counter.goes_on_from(21);
}

#[test]
fn the_mark_of_a_pruned_contract_follows_from_its_accounts() {
    let mut counter = Counter::new();
    counter.world.json(["prune", &counter.address, "--before", "2"]);
    counter.data = counter.world.stored();
    let rolled = counter.mend(&[Damaged::Mark]);
    assert!(rolled["mended"][0].as_str().unwrap().starts_with("the history start of contract"), "{rolled}");
    counter.goes_on_from(20);
    counter.damage(&[Damaged::Page]);
    assert_eq!(counter.check()["unsound"][0]["last_sound_version"], Value::Null);
    let refused = counter.world.refusal(1, ["rollback", &counter.address, "3"]);
    assert!(refused.contains("its history before version 2 was pruned, so nothing leads there"), "{refused}");
    assert!(!counter.problems().is_empty());
}

#[test]
fn code_comes_back_by_deploying_it() {
    let counter = Counter::new();
    let rolled = counter.mend(&[Damaged::Code]);
    assert_eq!((&rolled["version"], &rolled["mended"]), (&json!(4), &Value::Null));
    let refused = counter.world.refusal(1, ["call", &counter.address, "get"]);
    assert!(refused.contains("is damaged"), "{refused}");
    counter.world.json(["deploy", contract("counter.wat").to_str().unwrap(), "--nonce", "1"]);
    counter.goes_on_from(20);
}
