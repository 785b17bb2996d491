;; An auction with a mistake that takes four calls in their order: open, bid, close, cancel.
;;
;; Until it is closed an auction can be cancelled: the bidder gets the bid back. `cancel` also works after `close`, but then it
;; leaves the seller the claim on money that is gone.
;;
;; Storage: the stage (0 none, 1 open, 2 with a bid, 3 closed), at 8 the bid, at 32 the seller, at 64 the bidder.
(module
  (import "storage" "memory" (memory $storage 1 1))
  (import "vellum" "caller" (func $caller (param i32)))
  (import "vellum" "self_address" (func $self_address (param i32)))
  (import "vellum" "value" (func $value (result i64)))
  (import "vellum" "balance_of" (func $balance_of (param i32) (result i64)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (memory $own (export "memory") 1)
  (data (memory $own) (i32.const 64) "receive")

  (func $require (param i32)
    (if (i32.eqz (local.get 0)) (then (call $revert (i32.const 0) (i32.const 0)))))

  (func $stage (result i32) (i32.load $storage (i32.const 0)))

  ;; Whether the caller is the one recorded at a place of storage.
  (func $is_caller (param $place i32) (result i32)
    (call $caller (i32.const 0))
    (i32.and
      (i64.eq (i64.load $storage (local.get $place)) (i64.load $own (i32.const 0)))
      (i64.eq (i64.load $storage offset=8 (local.get $place)) (i64.load $own (i32.const 8)))))

  ;; Pays the bid to the one recorded at a place of storage.
  (func $pay (param $place i32)
    (memory.copy $own $storage (i32.const 0) (local.get $place) (i32.const 20))
    (call $require (i32.eqz (call $call (i32.const 0) (i32.const 64) (i32.const 7) (i32.const 0) (i32.const 0)
      (i64.load $storage (i32.const 8)) (i64.const 0)))))

  (func (export "open")
    (call $require (i32.eqz (call $stage)))
    (call $caller (i32.const 0))
    (memory.copy $storage $own (i32.const 32) (i32.const 0) (i32.const 20))
    (i32.store $storage (i32.const 0) (i32.const 1)))

  (func (export "bid")
    (call $require (i32.eq (call $stage) (i32.const 1)))
    (call $require (i64.gt_u (call $value) (i64.const 0)))
    (call $caller (i32.const 0))
    (memory.copy $storage $own (i32.const 64) (i32.const 0) (i32.const 20))
    (i64.store $storage (i32.const 8) (call $value))
    (i32.store $storage (i32.const 0) (i32.const 2)))

  (func (export "close")
    (call $require (i32.eq (call $stage) (i32.const 2)))
    (call $require (call $is_caller (i32.const 32)))
    (i32.store $storage (i32.const 0) (i32.const 3)))

  (func (export "claim")
    (call $require (i32.eq (call $stage) (i32.const 3)))
    (call $require (call $is_caller (i32.const 32)))
    (i32.store $storage (i32.const 0) (i32.const 0))
    (call $pay (i32.const 32)))

  (func (export "cancel")
    (call $require (i32.ge_u (call $stage) (i32.const 2)))
    (call $require (call $is_caller (i32.const 64)))
    (if (i32.eq (call $stage) (i32.const 2)) (then (i32.store $storage (i32.const 0) (i32.const 0))))
    (call $pay (i32.const 64)))

  ;; The invariant: the bid is there as long as somebody has a claim on it.
  (func (export "covered") (result i32)
    (if (i32.lt_u (call $stage) (i32.const 2)) (then (return (i32.const 1))))
    (call $self_address (i32.const 0))
    (i64.ge_u (call $balance_of (i32.const 0)) (i64.load $storage (i32.const 8)))))
