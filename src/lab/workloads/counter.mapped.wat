;; One variable of 8 bytes at the start of storage.
(module
  (import "storage" "memory" (memory $storage 1))

  (func (export "increment") (result i64)
    (local $value i64)
    (local.set $value (i64.add (i64.load $storage (i32.const 0)) (i64.const 1)))
    (i64.store $storage (i32.const 0) (local.get $value))
    (local.get $value)))
