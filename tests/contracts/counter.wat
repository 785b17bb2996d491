;; A 64-bit counter at the start of storage.
(module
  (import "storage" "memory" (memory $storage 1))

  (func (export "add") (param $amount i64) (result i64)
    (local $value i64)
    (local.set $value (i64.add (i64.load $storage (i32.const 0)) (local.get $amount)))
    (i64.store $storage (i32.const 0) (local.get $value))
    (local.get $value))

  (func (export "get") (result i64)
    (i64.load $storage (i32.const 0))))
