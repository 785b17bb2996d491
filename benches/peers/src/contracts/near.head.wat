;; Glue code around the tasks: the host functions of NEAR. Reads go to register 0.
(module
  (import "env" "storage_read" (func $storage_read (param i64 i64 i64) (result i64)))
  (import "env" "storage_write" (func $storage_write (param i64 i64 i64 i64 i64) (result i64)))
  (import "env" "read_register" (func $read_register (param i64 i64)))
  (import "env" "input" (func $input (param i64)))
  (import "env" "value_return" (func $value_return (param i64 i64)))
  (memory (export "memory") 1)

  ;; At 0 the key, at 8 the value, at 16 the result, at 32 the message.
  (func $get (param $key i64) (result i64)
    (i64.store (i32.const 0) (local.get $key))
    (if (i64.eqz (call $storage_read (i64.const 8) (i64.const 0) (i64.const 0))) (then (return (i64.const 0))))
    (call $read_register (i64.const 0) (i64.const 8))
    (i64.load (i32.const 8)))

  (func $set (param $key i64) (param $value i64)
    (i64.store (i32.const 0) (local.get $key))
    (i64.store (i32.const 8) (local.get $value))
    (drop (call $storage_write (i64.const 8) (i64.const 0) (i64.const 8) (i64.const 8) (i64.const 0))))

