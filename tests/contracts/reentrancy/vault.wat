;; A vault whose shares are kept by another contract (shares.wat).
;;
;; It has a lock, so it cannot be entered while it pays. But in the middle of `redeem` the one who is paid still has the shares,
;; and the contract that keeps them is not locked: they can be passed on before the vault takes them.
;;
;; Storage: the address of the shares, and at 24 whether it is locked.
(module
  (import "storage" "memory" (memory $storage 1 1))
  (import "vellum" "caller" (func $caller (param i32)))
  (import "vellum" "self_address" (func $self_address (param i32)))
  (import "vellum" "value" (func $value (result i64)))
  (import "vellum" "balance_of" (func $balance_of (param i32) (result i64)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "output_copy" (func $output_copy (param i32 i32 i32)))
  (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (memory $own (export "memory") 1)
  (data (memory $own) (i32.const 128) "receive")
  (data (memory $own) (i32.const 144) "make")
  (data (memory $own) (i32.const 160) "take")
  (data (memory $own) (i32.const 176) "shares_of")
  (data (memory $own) (i32.const 192) "all")

  (func $require (param i32)
    (if (i32.eqz (local.get 0)) (then (call $revert (i32.const 0) (i32.const 0)))))

  ;; Calls a function of the shares with the input at 32 of own memory.
  (func $ask (param $name i32) (param $name_length i32) (param $input_length i32)
    (memory.copy $own $storage (i32.const 0) (i32.const 0) (i32.const 20))
    (call $require (i32.eqz (call $call (i32.const 0) (local.get $name) (local.get $name_length)
      (i32.const 32) (local.get $input_length) (i64.const 0) (i64.const 0)))))

  ;; The number that it gave back.
  (func $answer (result i64)
    (call $output_copy (i32.const 96) (i32.const 0) (i32.const 8))
    (i64.load $own (i32.const 96)))

  (func $lock (call $require (i32.eqz (i32.load $storage (i32.const 24)))) (i32.store $storage (i32.const 24) (i32.const 1)))
  (func $unlock (i32.store $storage (i32.const 24) (i32.const 0)))

  ;; Input: the address of the shares. Once.
  (func (export "init")
    (call $require (i64.eqz (i64.load $storage (i32.const 0))))
    (call $input_copy (i32.const 0) (i32.const 0) (i32.const 20))
    (memory.copy $storage $own (i32.const 0) (i32.const 0) (i32.const 20)))

  ;; A share for each coin.
  (func (export "join")
    (call $lock)
    (call $caller (i32.const 32))
    (i64.store $own (i32.const 52) (call $value))
    (call $ask (i32.const 144) (i32.const 4) (i32.const 28))
    (call $unlock))

  ;; A coin for each share.
  (func (export "redeem")
    (local $shares i64)
    (call $lock)
    (call $caller (i32.const 32))
    (call $ask (i32.const 176) (i32.const 9) (i32.const 20))
    (local.set $shares (call $answer))
    (call $require (i32.eqz (call $call (i32.const 32) (i32.const 128) (i32.const 7) (i32.const 0) (i32.const 0)
      (local.get $shares) (i64.const 0))))
    (call $ask (i32.const 160) (i32.const 4) (i32.const 20))
    (call $unlock))

  ;; The invariant: there is a coin for each share.
  (func (export "covered") (result i32)
    (call $ask (i32.const 192) (i32.const 3) (i32.const 0))
    (call $self_address (i32.const 32))
    (i64.ge_u (call $balance_of (i32.const 32)) (call $answer))))
