//! The rules of batches, in both stores, and injected failures.

use super::*;

/// Runs a test on a store in memory and on one on disk, each with one contract and one commit.
fn on_both(test: impl Fn(&dyn PageStore)) {
    on_both_shared(|store| test(&**store));
}

fn on_both_faulty(test: impl Fn(&FaultyStore)) {
    on_both_shared(|store| test(&FaultyStore::new(store.clone())));
}

fn on_both_shared(test: impl Fn(&Arc<dyn PageStore>)) {
    let (_directory, stores) = both_stores();
    for store in stores {
        deploy(&*store, address(1));
        write(&*store, address(1), &[(0, page_with(0, 1))]).unwrap();
        test(&store);
        assert_eq!(store.check().unwrap().problems, []);
    }
}

/// Returns a valid batch that changes page 0 of the contract.
fn batch<'a>(snapshot: &dyn Snapshot, bytes: &'a PageBytes) -> Batch<'a> {
    let address = address(1);
    let account = snapshot.account(&address).unwrap().unwrap();
    let pages = vec![PageWrite { page: PageIndex(0), bytes }];
    let (after, tree) = snapshot.state_after(&address, &pages).unwrap();
    let changed = Account { state: after, version: Version(account.version.0 + 1), ..account.clone() };
    Batch {
        commit: Some(CommitNumber(snapshot.head().unwrap().0 + 1)),
        contracts: vec![ContractChange { address, before: account.state, after, pages, tree }],
        accounts: vec![(address, Some(account), changed)],
        ..Batch::default()
    }
}

#[test]
fn a_commit_from_an_old_moment_is_a_conflict_that_names_the_account() {
    on_both(|store| {
        let snapshot = store.snapshot().unwrap();
        let mine = page_with(0, 2);
        let mut late = batch(&*snapshot, &mine);
        write(store, address(1), &[(1, page_with(0, 3))]).unwrap();
        let error = store.commit(&late).unwrap_err();
        assert!(matches!(error, StoreError::CommitOrder { head: CommitNumber(2), given: CommitNumber(2) }), "{error}");
        late.commit = Some(CommitNumber(3));
        let error = store.commit(&late).unwrap_err();
        assert!(matches!(error, StoreError::Conflict { address: named } if named == address(1)), "{error}");
        assert!(error.to_string().contains(&address(1).to_string()));
    });
}

#[test]
fn a_batch_that_contradicts_itself_is_refused_and_changes_nothing() {
    type Alter = fn(&mut Batch<'_>);
    let cases: &[(&str, Alter)] = &[
        ("receipt has no", |batch| {
            *batch = Batch { receipt: Some(Vec::new()), ..Batch::default() };
        }),
        ("have no commit number", |batch| batch.commit = None),
        ("without a change of the account", |batch| batch.accounts.clear()),
        ("account occurs twice", |batch| batch.accounts.push(batch.accounts[0].clone())),
        ("differs from that of the account", |batch| batch.accounts[0].2.state = StateRoot([1; 32])),
        ("exactly one version", |batch| batch.accounts[0].2.version.0 += 1),
        ("has no changed pages", |batch| batch.contracts[0].pages.clear()),
        ("has no changed bytes", |batch| batch.contracts[0].pages[0].bytes = Box::leak(Box::new(page_with(0, 1)))),
        ("ascending order", |batch| {
            let write = batch.contracts[0].pages[0];
            batch.contracts[0].pages.push(write);
        }),
        ("page limit", |batch| batch.contracts[0].pages[0].page = PageIndex(1 << 20)),
        ("without changed pages", |batch| batch.contracts.clear()),
        ("root differs", |batch| batch.contracts[0].tree = TreeUpdate::default()),
        ("match its hash", |batch| batch.code = Some((CodeHash::ZERO, CODE))),
    ];
    on_both(|store| {
        for (reason, alter) in cases {
            let snapshot = store.snapshot().unwrap();
            let bytes = page_with(0, 9);
            let mut batch = batch(&*snapshot, &bytes);
            alter(&mut batch);
            let error = store.commit(&batch).unwrap_err();
            assert!(matches!(error, StoreError::InvalidBatch { .. }) && error.to_string().contains(reason), "{error}");
            assert_eq!(store.snapshot().unwrap().head().unwrap(), CommitNumber(1));
        }
    });
}

#[test]
fn an_account_that_never_was_is_not_there() {
    on_both(|store| {
        let snapshot = store.snapshot().unwrap();
        assert_eq!(snapshot.account(&address(9)).unwrap(), None);
        assert_eq!(snapshot.stored_pages(&address(9)).unwrap(), []);
        assert_eq!(snapshot.code(&CodeHash::ZERO).unwrap(), None);
        assert_eq!(snapshot.code(&code_hash(CODE)).unwrap().as_deref(), Some(CODE));
        assert_eq!(snapshot.state_after(&address(9), &[]).unwrap().0, StateRoot::ZERO);
    });
}

#[test]
fn neighbours_in_the_tables_are_told_apart() {
    on_both(|store| {
        for n in [0, 2, 255] {
            deploy(store, address(n));
        }
        write(store, address(0), &[(MAX_PAGES.0 - 1, page_with(4095, 4))]).unwrap();
        write(store, address(255), &[(MAX_PAGES.0 - 1, page_with(4095, 5))]).unwrap();
        let snapshot = store.snapshot().unwrap();
        let mut bytes = ZERO_PAGE;
        assert!(!snapshot.read_page(&address(0), PageIndex(7), &mut bytes).unwrap());
        assert!(!snapshot.read_page(&address(2), PageIndex(0), &mut bytes).unwrap());
        assert_eq!(snapshot.stored_pages(&address(2)).unwrap(), []);
        assert!(snapshot.read_page(&address(255), PageIndex(MAX_PAGES.0 - 1), &mut bytes).unwrap());
        assert_eq!(bytes, page_with(4095, 5));
    });
}

#[test]
fn whichever_operation_fails_nothing_of_the_commit_is_seen_and_the_next_one_works() {
    on_both_faulty(|store| {
        let pages = [(0, page_with(8, 8)), (99, page_with(0, 9))];
        let mut failed = 0;
        loop {
            store.fail_operation(failed + 1);
            let result = write(store, address(1), &pages);
            store.fail_operation(0);
            let head = store.snapshot().unwrap().head().unwrap();
            match result {
                Err(StoreError::Injected { operation, .. }) => assert_eq!(operation, failed + 1),
                Err(error) => panic!("{error}"),
                Ok(()) => {
                    assert_eq!(head, CommitNumber(2));
                    break;
                }
            }
            assert_eq!(head, CommitNumber(1));
            failed += 1;
        }
        assert!(failed >= 7, "writer, snapshot, head, account, two pages, state, commit: {failed}");
    });
}
