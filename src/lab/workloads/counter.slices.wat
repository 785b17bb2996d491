;; One variable of 8 bytes at the start of storage.
(module
  (import "svm" "storage_read_to_mem" (func $read (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_mem" (func $write (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)

  (func (export "increment") (result i64)
    (local $value i64)
    (call $read (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 0))
    (local.set $value (i64.add (i64.load (i32.const 0)) (i64.const 1)))
    (i64.store (i32.const 0) (local.get $value))
    (call $write (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 0))
    (local.get $value)))
