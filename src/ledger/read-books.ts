/**
 * Begins a transaction that reads all of the books in one snapshot. No day of calls is dropped
 * while it runs: the tables are locked before the snapshot is taken, in the weakest mode there is.
 */
export const READ_BOOKS = `set transaction isolation level repeatable read, read only;
  lock table call, hold in access share mode; set local statement_timeout = 0`;
