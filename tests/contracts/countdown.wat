;; Adds `amount` to the variable at 0 and, `times` times, calls itself to do the same with one time less. Gives the variable
;; and how many calls there were.
(module
  (import "storage" "memory" (memory $storage 1))
  (import "vellum" "self_address" (func $self_address (param i32)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "output_copy" (func $output_copy (param i32 i32 i32)))
  (import "vellum" "panic" (func $panic (param i32 i32)))
  (memory $own (export "memory") 1)
  (data (memory $own) (i32.const 32) "down")
  (data (memory $own) (i32.const 64) "the call inside failed")

  (func (export "down") (param $times i32) (param $amount i64) (result i64 i32)
    (i64.store $storage (i32.const 0) (i64.add (i64.load $storage (i32.const 0)) (local.get $amount)))
    (if (i32.eqz (local.get $times)) (then (return (i64.load $storage (i32.const 0)) (i32.const 1))))
    (call $self_address (i32.const 0))
    ;; The arguments, as the function has them.
    (i32.store $own (i32.const 36) (i32.sub (local.get $times) (i32.const 1)))
    (i64.store $own (i32.const 40) (local.get $amount))
    (if (call $call (i32.const 0) (i32.const 32) (i32.const 4) (i32.const 36) (i32.const 12) (i64.const 0) (i64.const 0))
      (then (call $panic (i32.const 64) (i32.const 22))))
    ;; The results: 8 bytes and 4.
    (call $output_copy (i32.const 48) (i32.const 0) (i32.const 12))
    (i64.load $own (i32.const 48))
    (i32.add (i32.load $own (i32.const 56)) (i32.const 1))))
