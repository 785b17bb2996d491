;; One variable of 8 bytes at the start of storage, accessed through a window over its page.
(module
  (import "ewasm" "storageMap" (func $map (param i32 i32 i32)))
  (memory (export "memory") 1)

  (func (export "increment") (result i64)
    (local $value i64)
    (call $map (i32.const 0) (i32.const 0) (i32.const 4096))
    (local.set $value (i64.add (i64.load (i32.const 0)) (i64.const 1)))
    (i64.store (i32.const 0) (local.get $value))
    (local.get $value)))
