//! Random commits to the store in memory and the store on disk, side by side with a plain model.

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    /// Writes to contracts, each by its number.
    Commit(Vec<(u8, u32, Content)>),
    /// Closes the store on disk and opens it again.
    Reopen,
    /// Keeps a snapshot from here to the end.
    Hold,
}

#[derive(Debug, Clone)]
enum Content {
    Zero,
    OneByte(usize, u8),
    /// No zeros in it.
    Full(u8),
    /// Only the last bytes.
    Tail(u8),
}

impl Content {
    fn bytes(&self) -> PageBytes {
        match *self {
            Self::Zero => ZERO_PAGE,
            Self::OneByte(offset, byte) => page_with(offset, byte),
            Self::Full(byte) => std::array::from_fn(|i| (i % 250) as u8 ^ byte | 1),
            Self::Tail(byte) => std::array::from_fn(|i| if i >= 4080 { byte } else { 0 }),
        }
    }
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        1 => Just(Content::Zero),
        2 => (prop_oneof![0..PAGE_SIZE, 4070..PAGE_SIZE], any::<u8>()).prop_map(|(at, byte)| Content::OneByte(at, byte)),
        1 => any::<u8>().prop_map(Content::Full),
        1 => any::<u8>().prop_map(Content::Tail),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let page = prop_oneof![4 => 0..40u32, 1 => 0..MAX_PAGES.0];
    prop_oneof![
        8 => prop::collection::vec((0..3u8, page, content()), 0..24).prop_map(Step::Commit),
        1 => Just(Step::Reopen),
        1 => Just(Step::Hold),
    ]
}

fn open(directory: &TempDir) -> Arc<LmdbStore> {
    let options = OpenOptions { durability: Durability::Async, ..OpenOptions::default() };
    LmdbStore::open(directory.path(), &options).unwrap()
}

fn run(steps: Vec<Step>) {
    let directory = TempDir::new().unwrap();
    let memory = MemoryStore::new();
    let mut disk = open(&directory);
    let mut model = Model::default();
    for n in 0..3 {
        deploy(&*memory, address(n));
        deploy(&*disk, address(n));
        model.contracts.insert(address(n), vec![Pages::new()]);
    }
    let mut held: Vec<(Model, [Box<dyn Snapshot>; 2])> = Vec::new();
    for step in steps {
        match step {
            Step::Commit(writes) => {
                let mut contracts: BTreeMap<Address, Pages> = BTreeMap::new();
                for (n, page, content) in writes {
                    contracts.entry(address(n)).or_default().insert(page, content.bytes());
                }
                let contracts: Vec<_> = contracts.into_iter().collect();
                write_all(&*memory, &contracts).unwrap();
                write_all(&*disk, &contracts).unwrap();
                model.write(&contracts);
            }
            Step::Reopen => {
                held.clear();
                drop(disk);
                disk = open(&directory);
            }
            Step::Hold => held.push((model.clone(), [memory.snapshot().unwrap(), disk.snapshot().unwrap()])),
        }
    }
    held.push((model.clone(), [memory.snapshot().unwrap(), disk.snapshot().unwrap()]));
    for (model, snapshots) in &held {
        snapshots.iter().for_each(|snapshot| model.compare(&**snapshot));
    }
    for report in [memory.check().unwrap(), disk.check().unwrap()] {
        assert_eq!(report.problems, []);
        assert_eq!(report.contracts, 3);
        let pages: usize = model.contracts.values().map(|versions| versions.last().unwrap().len()).sum();
        assert_eq!(report.pages, pages as u64);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn stores_hold_what_was_committed(steps in prop::collection::vec(step(), 1..16)) {
        run(steps);
    }
}
