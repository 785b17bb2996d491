;; Calls its caller back with the same message, and returns the output.
;; Own memory: from 0 the caller's address, from 20 its message, from 64 the name of the function, from 72 the output.
(module
  (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
  (import "vellum" "caller" (func $caller (param i32)))
  (import "vellum" "call" (func $call_contract (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "output_copy" (func $output_copy (param i32 i32 i32)))
  (import "vellum" "return" (func $return (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "enter")

  (func (export "enter")
    (call $caller (i32.const 0))
    (call $input_copy (i32.const 20) (i32.const 0) (i32.const 44))
    (drop (call $call_contract
      (i32.const 0) (i32.const 64) (i32.const 5) (i32.const 20) (i32.const 44) (i64.const 0) (i64.const 0)))
    (call $output_copy (i32.const 72) (i32.const 0) (i32.const 8))
    (call $return (i32.const 72) (i32.const 8))))
