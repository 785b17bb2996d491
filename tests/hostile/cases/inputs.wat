;; Passes 1 MiB to itself, as deep as it can.
(module (import "vellum" "self_address" (func $me (param i32))) (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (memory (export "memory") 17) (data (i32.const 0) "f")
  (func (export "f") (call $me (i32.const 100))
    (drop (call $call (i32.const 100) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1048576) (i64.const 0) (i64.const 0)))))
