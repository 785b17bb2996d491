;; At every depth it keeps an output of 1 MiB of a nested call, and calls itself.
(module (import "vellum" "self_address" (func $me (param i32))) (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "return" (func $return (param i32 i32)))
  (memory (export "memory") 17) (data (i32.const 0) "fo")
  (func (export "o") (call $return (i32.const 0) (i32.const 1048576)))
  (func (export "f") (call $me (i32.const 100))
    (drop (call $call (i32.const 100) (i32.const 1) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 2000000)))
    (drop (call $call (i32.const 100) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0)))))
