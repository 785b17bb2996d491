;; A view that is wrong in the middle of a call which never lasts, and a log that looks like something else.
(module
  (import "storage" "memory" (memory $storage 1 1))
  (import "vellum" "caller" (func $caller (param i32)))
  (import "vellum" "log" (func $log (param i32 i32)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (memory $own (export "memory") 1)
  (data (memory $own) (i32.const 64) "receive")
  (data (memory $own) (i32.const 96) "$broken view 0")

  (func $tell
    (call $log (i32.const 96) (i32.const 14))
    (call $caller (i32.const 0))
    (drop (call $call (i32.const 0) (i32.const 64) (i32.const 7) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0))))

  (func (export "undo")
    (i32.store $storage (i32.const 0) (i32.const 1))
    (call $tell)
    (call $revert (i32.const 0) (i32.const 0)))

  (func (export "keep") (call $tell))

  (func (export "fair") (result i32) (i32.eqz (i32.load $storage (i32.const 0)))))
