;; A market that sells parts of a pool (pool.wat) for what the pool says they are worth.
;;
;; A part is never worth less than a coin. Who buys while the pool pays somebody out is told otherwise.
;;
;; Storage: the address of the pool, at 24 the coins that were paid, at 32 the parts that were sold.
(module
  (import "storage" "memory" (memory $storage 1 1))
  (import "vellum" "value" (func $value (result i64)))
  (import "vellum" "call_static" (func $call_static (param i32 i32 i32 i32 i32 i64) (result i32)))
  (import "vellum" "output_copy" (func $output_copy (param i32 i32 i32)))
  (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (memory $own (export "memory") 1)
  (data (memory $own) (i32.const 64) "price")

  (func $require (param i32)
    (if (i32.eqz (local.get 0)) (then (call $revert (i32.const 0) (i32.const 0)))))

  ;; Input: the address of the pool. Once.
  (func (export "init")
    (call $require (i64.eqz (i64.load $storage (i32.const 0))))
    (call $input_copy (i32.const 0) (i32.const 0) (i32.const 20))
    (memory.copy $storage $own (i32.const 0) (i32.const 0) (i32.const 20)))

  (func (export "buy")
    (memory.copy $own $storage (i32.const 0) (i32.const 0) (i32.const 20))
    (call $require (i32.eqz (call $call_static (i32.const 0) (i32.const 64) (i32.const 5) (i32.const 0) (i32.const 0)
      (i64.const 0))))
    (call $output_copy (i32.const 96) (i32.const 0) (i32.const 8))
    (call $require (i64.gt_u (i64.load $own (i32.const 96)) (i64.const 0)))
    (i64.store $storage (i32.const 24) (i64.add (i64.load $storage (i32.const 24)) (call $value)))
    (i64.store $storage (i32.const 32) (i64.add (i64.load $storage (i32.const 32))
      (i64.div_u (i64.mul (call $value) (i64.const 1000)) (i64.load $own (i32.const 96))))))

  ;; The invariant: no part was sold for less than a coin.
  (func (export "paid") (result i32)
    (i64.ge_u (i64.load $storage (i32.const 24)) (i64.load $storage (i32.const 32)))))
