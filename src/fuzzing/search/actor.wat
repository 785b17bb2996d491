;; An actor. Orders list the calls to make; a plan lists the answers to calls of the actor. A list of orders has these items:
;;   0                                                               the end: return without output
;;   1, static, value 8, gas 8, name length, input length, address 20, name, input    make a call, and ignore its outcome
;;   2, length, bytes                                                return
;;   3                                                               revert
;;   4                                                               trap
;;   5, name length, address 20, name                                call a view, and ignore its outcome
;; Numbers take four little-endian bytes, unless the list has another size. Storage holds the number of answered calls at 0,
;; and the plan at 4: its length in bytes, the number of answers, the offset of each answer in the plan, and the answers.
(module
  (import "storage" "memory" (memory $storage 1 1))
  (import "vellum" "input_len" (func $input_len (result i32)))
  (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
  (import "vellum" "return" (func $return (param i32 i32)))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "call_static" (func $call_static (param i32 i32 i32 i32 i32 i64) (result i32)))
  (memory $own (export "memory") 2)

  ;; Stores the plan of the input, and carries out its orders.
  (func (export "act on orders") (local $plan i32)
    (call $input_copy (i32.const 0) (i32.const 0) (call $input_len))
    (local.set $plan (i32.load $own (i32.const 0)))
    (i32.store $storage (i32.const 0) (i32.const 0))
    (memory.copy $storage $own (i32.const 4) (i32.const 0) (local.get $plan))
    (call $obey (local.get $plan)))

  ;; Answers a call with the next answer of the plan. The last answer is for all later calls.
  (func $answer @ANSWERS@
    (local $answered i32)
    (if (i32.eqz (i32.load $storage (i32.const 4))) (then (return)))
    (memory.copy $own $storage (i32.const 0) (i32.const 4) (i32.load $storage (i32.const 4)))
    (local.set $answered (i32.load $storage (i32.const 0)))
    (if (i32.lt_u (local.get $answered) (i32.sub (i32.load $own (i32.const 4)) (i32.const 1)))
      (then (i32.store $storage (i32.const 0) (i32.add (local.get $answered) (i32.const 1)))))
    (call $obey (i32.load $own offset=8 (i32.shl (local.get $answered) (i32.const 2)))))

  ;; Answers a static call with the last answer, as it cannot count the call.
  (func $answer_static @STATIC_ANSWERS@
    (if (i32.eqz (i32.load $storage (i32.const 4))) (then (return)))
    (memory.copy $own $storage (i32.const 0) (i32.const 4) (i32.load $storage (i32.const 4)))
    (call $obey (i32.load $own offset=8
      (i32.shl (i32.sub (i32.load $own (i32.const 4)) (i32.const 1)) (i32.const 2)))))

  (func $obey (param $at i32)
    (local $order i32) (local $name i32) (local $input i32) (local $status i32)
    (loop $next
      (local.set $order (i32.load $own (local.get $at)))
      (if (i32.eq (local.get $order) (i32.const 1))
        (then
          (local.set $name (i32.add (local.get $at) (i32.const 52)))
          (local.set $input (i32.add (local.get $name) (i32.load $own offset=24 (local.get $at))))
          (if (i32.load $own offset=4 (local.get $at))
            (then (drop (call $call_static (i32.add (local.get $at) (i32.const 32)) (local.get $name)
              (i32.load $own offset=24 (local.get $at)) (local.get $input) (i32.load $own offset=28 (local.get $at))
              (i64.load $own offset=16 (local.get $at)))))
            (else (drop (call $call (i32.add (local.get $at) (i32.const 32)) (local.get $name)
              (i32.load $own offset=24 (local.get $at)) (local.get $input) (i32.load $own offset=28 (local.get $at))
              (i64.load $own offset=8 (local.get $at)) (i64.load $own offset=16 (local.get $at))))))
          (local.set $at (i32.add (local.get $input) (i32.load $own offset=28 (local.get $at))))
          (br $next)))
      (if (i32.eq (local.get $order) (i32.const 2))
        (then (call $return (i32.add (local.get $at) (i32.const 8)) (i32.load $own offset=4 (local.get $at)))))
      (if (i32.eq (local.get $order) (i32.const 3)) (then (call $revert (i32.const 0) (i32.const 0))))
      (if (i32.eq (local.get $order) (i32.const 4)) (then (unreachable)))
      (if (i32.eq (local.get $order) (i32.const 5))
        (then
          (local.set $name (i32.add (local.get $at) (i32.const 28)))
          (drop (call $call_static (i32.add (local.get $at) (i32.const 8)) (local.get $name)
            (i32.load $own offset=4 (local.get $at)) (i32.const 0) (i32.const 0) (i64.const 0)))
          (local.set $at (i32.add (local.get $name) (i32.load $own offset=4 (local.get $at))))
          (br $next))))))
