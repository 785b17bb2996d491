;; Host functions that need a memory, in a contract that has none of its own.
(module
  (import "storage" "memory" (memory $storage 1))
  (import "svm" "storage_read_to_mem" (func $read (param i32 i32 i32 i32 i32)))
  (import "vellum" "caller" (func $caller (param i32)))
  (func (export "read")
    (i32.store $storage (i32.const 0) (i32.const 1))
    (call $read (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 0)))
  (func (export "caller") (call $caller (i32.const 0))))
