;; Glue code around the tasks: the interface of CosmWasm 1 and later. A region is an offset, a capacity and a length, each of
;; four bytes.
(module
  (import "env" "db_read" (func $db_read (param i32) (result i32)))
  (import "env" "db_write" (func $db_write (param i32 i32)))
  (memory (export "memory") 1)

  ;; At 0 the region of the key at 32, at 16 the region of the value at 40, at 48 the region of the answer at 64.
  (data (i32.const 0) "\20\00\00\00\08\00\00\00\08\00\00\00")
  (data (i32.const 16) "\28\00\00\00\08\00\00\00\08\00\00\00")
  (data (i32.const 48) "\40\00\00\00\08\00\00\00\08\00\00\00")

  ;; The address of the next allocation. Nothing is freed, as an instance serves one message.
  (global $free (mut i32) (i32.const 4096))

  ;; The start of the region that all reads share: a value is used before the next read. Arguments have regions of their own.
  (global $mark (mut i32) (i32.const 0))

  (func $allocate (export "allocate") (param $size i32) (result i32)
    (local $region i32)
    (local.set $region (global.get $free))
    (i32.store (local.get $region) (i32.add (local.get $region) (i32.const 16)))
    (i32.store offset=4 (local.get $region) (local.get $size))
    (i32.store offset=8 (local.get $region) (i32.const 0))
    (global.set $free (i32.and (i32.add (i32.add (local.get $region) (local.get $size)) (i32.const 31)) (i32.const -16)))
    (local.get $region))
  (func (export "deallocate") (param i32))
  (func (export "interface_version_8"))
  (func (export "instantiate") (param i32 i32 i32) (result i32) (i32.const 48))

  (func $get (param $key i64) (result i64)
    (local $region i32)
    (i64.store (i32.const 32) (local.get $key))
    (local.set $region (call $db_read (i32.const 0)))
    (global.set $free (global.get $mark))
    (if (i32.eqz (local.get $region)) (then (return (i64.const 0))))
    (i64.load (i32.load (local.get $region))))

  (func $set (param $key i64) (param $value i64)
    (i64.store (i32.const 32) (local.get $key))
    (i64.store (i32.const 40) (local.get $value))
    (call $db_write (i32.const 0) (i32.const 16)))

