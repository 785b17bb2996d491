;; A will that opens a year after it was made; a day later it forgets to ask whether it was opened before.
;;
;; Storage: when it was made (0: never), at 8 how often it was opened.
(module
  (import "storage" "memory" (memory $storage 1 1))
  (import "vellum" "timestamp" (func $timestamp (result i64)))
  (import "vellum" "revert" (func $revert (param i32 i32)))

  (func $require (param i32)
    (if (i32.eqz (local.get 0)) (then (call $revert (i32.const 0) (i32.const 0)))))

  (func (export "make")
    (call $require (i64.eqz (i64.load $storage (i32.const 0))))
    (i64.store $storage (i32.const 0) (call $timestamp)))

  (func (export "open") (local $age i64)
    (call $require (i64.ne (i64.load $storage (i32.const 0)) (i64.const 0)))
    (local.set $age (i64.sub (call $timestamp) (i64.load $storage (i32.const 0))))
    (call $require (i64.ge_u (local.get $age) (i64.const 31536000)))
    (if (i64.lt_u (local.get $age) (i64.const 31622400))
      (then (call $require (i64.eqz (i64.load $storage (i32.const 8))))))
    (i64.store $storage (i32.const 8) (i64.add (i64.load $storage (i32.const 8)) (i64.const 1))))

  ;; The invariant: it is opened once.
  (func (export "once") (result i32) (i64.le_u (i64.load $storage (i32.const 8)) (i64.const 1))))
