use super::*;
use crate::paging::PagerKind;
use crate::store::MemoryStore;
use crate::units::Address;

const COUNTER: &str = r#"(module
  (import "storage" "memory" (memory 1))
  (func (export "increment") (result i64)
    (i64.store (i32.const 0) (i64.add (i64.load (i32.const 0)) (i64.const 1)))
    (i64.load (i32.const 0)))
  (func $deep (export "deep") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0)) (else (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))))
  (func (export "spin") (loop (br 0)))
  (func (export "trap") (i64.store (i32.const 4094) (i64.const -1)) unreachable))"#;

fn vm() -> (Vm, Address) {
    let vm = Vm::builder(MemoryStore::new()).module_cache_dir(None).build().unwrap();
    let address = vm.deploy(COUNTER.as_bytes(), &Deployment::default()).unwrap().address;
    (vm, address)
}

#[test]
fn smoke() {
    let (vm, address) = vm();
    for i in 1..10 {
        for pager in PagerKind::ALL {
            let d = vm.dry_run(&Call::new(address, "increment").pager(pager)).unwrap();
            assert_eq!(d.results, [Value::I64(i)], "{d:?}");
        }
        let r = vm.call(&Call::new(address, "increment").pager(PagerKind::ALL[i as usize % 2])).unwrap();
        assert_eq!(r.results, [Value::I64(i)], "{r:?}");
        println!("{r:?}");
        let t = vm.call(&Call::new(address, "trap").pager(PagerKind::ALL[i as usize % 2])).unwrap();
        println!("{t:?}");
    }
    println!("{:?}", vm.call(&Call::new(address, "spin")));
    for p in PagerKind::ALL {
        println!("{:?}", vm.call(&Call::new(address, "deep").pager(p).args(vec![Value::I32(9998)])));
        println!("{:?}", vm.call(&Call::new(address, "deep").pager(p).args(vec![Value::I32(20000)])));
    }
    let t = std::time::Instant::now();
    for _ in 0..10000 {
        vm.dry_run(&Call::new(address, "increment")).unwrap();
    }
    println!("dry run {:?}", t.elapsed() / 10000);
}
