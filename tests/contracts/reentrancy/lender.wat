;; Lends money against what an oracle says that it is worth. Anybody can name the oracle: that is the mistake.
;;
;; The oracle is asked by a call that may only read.
;;
;; Storage: the oracle's address, at 24 what was lent.
(module
  (import "storage" "memory" (memory $storage 1 1))
  (import "vellum" "caller" (func $caller (param i32)))
  (import "vellum" "call_static" (func $call_static (param i32 i32 i32 i32 i32 i64) (result i32)))
  (import "vellum" "output_len" (func $output_len (result i32)))
  (import "vellum" "output_copy" (func $output_copy (param i32 i32 i32)))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (memory $own (export "memory") 1)
  (data (memory $own) (i32.const 64) "price")

  (func $require (param i32)
    (if (i32.eqz (local.get 0)) (then (call $revert (i32.const 0) (i32.const 0)))))

  (func (export "be_oracle")
    (call $caller (i32.const 0))
    (memory.copy $storage $own (i32.const 0) (i32.const 0) (i32.const 20)))

  (func (export "borrow")
    (memory.copy $own $storage (i32.const 0) (i32.const 0) (i32.const 20))
    (call $require (i32.eqz (call $call_static (i32.const 0) (i32.const 64) (i32.const 5) (i32.const 0) (i32.const 0)
      (i64.const 0))))
    (call $require (i32.eq (call $output_len) (i32.const 8)))
    (call $output_copy (i32.const 96) (i32.const 0) (i32.const 8))
    (i64.store $storage (i32.const 24) (i64.load $own (i32.const 96))))

  ;; The invariant: nothing was ever worth more than a hundred.
  (func (export "modest") (result i32)
    (i64.le_u (i64.load $storage (i32.const 24)) (i64.const 100))))
