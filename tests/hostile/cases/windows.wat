;; At every depth it maps a window of 8 MiB.
(module (import "vellum" "self_address" (func $me (param i32))) (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "ewasm" "storageMap" (func $map (param i32 i32 i32)))
  (memory (export "memory") 136) (data (i32.const 0) "f")
  (func (export "f") (call $me (i32.const 100)) (call $map (i32.const 65536) (i32.const 0) (i32.const 8388608))
    (drop (call $call (i32.const 100) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0)))))
