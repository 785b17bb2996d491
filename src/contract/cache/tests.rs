use std::cell::Cell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::fs::{CWD, FileType, Mode};

use super::*;
use crate::contract::{Signature, engine_config};
use crate::units::Gas;

const CODE: &str = r#"(module (func (export "seven") (result i32) (i32.const 7)))"#;

fn cache(directory: Option<&Path>) -> ModuleCache {
    let engine = Engine::new(&engine_config()).expect("a valid configuration");
    ModuleCache::new(engine, Imports::default(), directory.map(Path::to_owned))
}

fn code() -> (CodeHash, Vec<u8>) {
    let wasm = wat::parse_str(CODE).unwrap();
    (CodeHash(Sha256::digest(&wasm).into()), wasm)
}

fn get(cache: &ModuleCache) -> Arc<Compiled> {
    let (hash, wasm) = code();
    let compiled = cache.get::<ContractError>(&hash, Checks::All, || Ok(wasm)).expect("a valid contract");
    assert!(compiled.metadata.exports.contains_key("seven"));
    compiled
}

/// Returns true if the module on disk is loaded.
fn loads(directory: &Path) -> bool {
    let cache = cache(Some(directory));
    let (hash, _) = code();
    cache.disk.as_ref().is_some_and(|disk| disk.load(&cache.engine, &hash, Checks::All).is_some())
}

fn only_file(directory: &Path) -> PathBuf {
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "one module and no temporary file");
    files.remove(0)
}

#[test]
fn a_module_in_memory_is_returned_without_its_code() {
    let cache = cache(None);
    let first = get(&cache);
    let (hash, _) = code();
    let again = cache.get::<ContractError>(&hash, Checks::All, || panic!("the code is not needed")).unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    let unchecked = cache.get::<ContractError>(&hash, Checks::None, || Ok(code().1)).unwrap();
    assert!(!Arc::ptr_eq(&first, &unchecked), "checked and unchecked code are two modules");
}

#[test]
fn a_module_on_disk_outlives_the_cache() {
    let directory = tempfile::tempdir().unwrap();
    let inside = directory.path().join("made/here");
    get(&cache(Some(&inside)));
    assert_eq!(fs::metadata(&inside).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(only_file(&inside)).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(loads(&inside));
    get(&cache(Some(&inside)));
}

#[test]
fn a_damaged_file_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    get(&cache(Some(directory.path())));
    let file = only_file(directory.path());
    let whole = fs::read(&file).unwrap();
    let mut damages: Vec<Vec<u8>> = vec![Vec::new(), whole[..20].to_vec(), whole[..whole.len() - 1].to_vec()];
    for byte in [0, 10, 50, whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[byte] ^= 1;
        damages.push(damaged);
    }
    for damaged in damages {
        fs::write(&file, &damaged).unwrap();
        assert!(!loads(directory.path()));
        get(&cache(Some(directory.path())));
        assert!(loads(directory.path()), "the module has been compiled and stored again");
    }
}

#[test]
fn a_sealed_file_that_is_not_a_module_is_not_loaded() {
    let directory = tempfile::tempdir().unwrap();
    get(&cache(Some(directory.path())));
    let nonsense = b"not a module at all";
    let file = only_file(directory.path());
    let mut sealed = disk::seal(&file, nonsense).to_vec();
    sealed.extend(nonsense);
    fs::write(file, sealed).unwrap();
    assert!(!loads(directory.path()));
    get(&cache(Some(directory.path())));
}

#[test]
fn the_file_of_another_module_is_not_loaded() {
    let directory = tempfile::tempdir().unwrap();
    get(&cache(Some(directory.path())));
    let cache = cache(Some(directory.path()));
    let other = wat::parse_str(CODE.replace('7', "900")).unwrap();
    let hash = CodeHash(Sha256::digest(&other).into());
    cache.get::<ContractError>(&hash, Checks::All, || Ok(other)).unwrap();
    let disk = cache.disk.as_ref().unwrap();
    let (ours, others) = (disk.path(&code().0, Checks::All), disk.path(&hash, Checks::All));
    for name in [&ours, &disk.path(&code().0, Checks::None)] {
        fs::copy(&others, name).unwrap();
    }
    assert!(!loads(directory.path()), "its seal is that of another name");
    assert!(disk.load(&cache.engine, &hash, Checks::All).is_some());
    assert!(disk.load(&cache.engine, &code().0, Checks::None).is_none());
}

#[test]
fn only_a_regular_file_is_opened() {
    let directory = tempfile::tempdir().unwrap();
    get(&cache(Some(directory.path())));
    let file = only_file(directory.path());
    let kept = directory.path().with_extension("kept");
    fs::rename(&file, &kept).unwrap();
    let mode = Mode::RUSR | Mode::WUSR;
    let fifo = || rustix::fs::mknodat(CWD, &file, FileType::Fifo, mode, 0).unwrap();
    let directory_instead = || fs::create_dir(&file).unwrap();
    let link = || std::os::unix::fs::symlink(&kept, &file).unwrap();
    let huge = || fs::File::create(&file).and_then(|file| file.set_len(1 << 40)).unwrap();
    let device = || std::os::unix::fs::symlink("/dev/zero", &file).unwrap();
    for place in [&fifo as &dyn Fn(), &directory_instead, &link, &huge, &device] {
        place();
        assert!(!loads(directory.path()));
        // What is not a directory is replaced.
        get(&cache(Some(directory.path())));
        assert!(loads(directory.path()) || file.is_dir());
        let _ = fs::remove_file(&file).or_else(|_| fs::remove_dir(&file));
    }
    fs::remove_file(kept).unwrap();
}

#[test]
fn a_file_that_other_users_can_write_is_not_loaded() {
    let directory = tempfile::tempdir().unwrap();
    get(&cache(Some(directory.path())));
    let file = only_file(directory.path());
    for (path, unsafe_mode, safe_mode) in [(file.as_path(), 0o620, 0o600), (directory.path(), 0o702, 0o700)] {
        fs::set_permissions(path, fs::Permissions::from_mode(unsafe_mode)).unwrap();
        assert!(!loads(directory.path()), "{} has mode {unsafe_mode:o}", path.display());
        fs::set_permissions(path, fs::Permissions::from_mode(safe_mode)).unwrap();
        assert!(loads(directory.path()));
    }
    let moved = directory.path().with_extension("elsewhere");
    fs::rename(&file, &moved).unwrap();
    std::os::unix::fs::symlink(&moved, &file).unwrap();
    assert!(!loads(directory.path()), "a symbolic link is not followed");
    fs::remove_file(moved).unwrap();
}

#[test]
fn a_directory_that_cannot_be_created_is_not_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "in the way").unwrap();
    get(&cache(Some(&file)));
    get(&cache(Some(&file.join("below"))));
    assert_eq!(fs::read_to_string(&file).unwrap(), "in the way");
}

#[test]
fn code_with_another_hash_is_refused() {
    let cache = cache(None);
    let error = cache.get::<ContractError>(&CodeHash([1; 32]), Checks::All, || Ok(code().1)).unwrap_err();
    assert_eq!(error, ContractError::CodeHash { expected: CodeHash([1; 32]), found: code().0 });
}

#[test]
fn a_failure_is_not_cached() {
    let cache = cache(None);
    let (hash, wasm) = code();
    let tried = Cell::new(0);
    let fail = || {
        tried.set(tried.get() + 1);
        Err(ContractError::NotWasm { found: 0 })
    };
    assert!(cache.get(&hash, Checks::All, fail).is_err());
    assert_eq!(tried.get(), 1);
    assert!(cache.get::<ContractError>(&hash, Checks::All, || Ok(wasm)).is_ok());
}

#[test]
fn a_contract_that_many_threads_request_is_compiled_once() {
    let cache = cache(None);
    let asked = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let (hash, wasm) = code();
                let code = || {
                    asked.fetch_add(1, Ordering::Relaxed);
                    Ok::<_, ContractError>(wasm)
                };
                cache.get(&hash, Checks::All, code).unwrap();
            });
        }
    });
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[test]
fn each_list_of_imports_has_its_own_file_in_whatever_order_it_was_built() {
    let directory = Path::new("unused");
    let name = |custom: &[(&str, u64)]| {
        let mut imports = Imports::default();
        for (name, price) in custom {
            imports.add("custom", name, Signature { params: Vec::new(), results: Vec::new() }, Gas(*price)).unwrap();
        }
        let engine = Engine::new(&engine_config()).unwrap();
        let disk = Disk::new(directory.to_owned(), &engine, &imports);
        disk.path(&code().0, Checks::All).file_name().unwrap().to_str().unwrap().to_owned()
    };
    let none = name(&[]);
    let parts = none.trim_end_matches(".module").split('-').count();
    assert_eq!(parts, 4, "code hash, checks, version and compiler: {none}");
    assert_eq!(name(&[("a", 1), ("b", 2)]), name(&[("b", 2), ("a", 1)]));
    let others = [none, name(&[("a", 1)]), name(&[("a", 2)]), name(&[("b", 1)]), name(&[("a", 1), ("b", 1)])];
    let distinct: std::collections::BTreeSet<_> = others.iter().collect();
    assert_eq!(distinct.len(), others.len(), "{others:?}");
}
