/**
 * The advisory locks of the database, in one list so that no two are the same. Each is freed by the
 * server when the session that holds it ends (where it says so, the transaction), however it ends.
 */
export const MIGRATION_LOCK = 0x6661_7265_0001n;
/** Held by the one server process of an embedded database. */
export const SERVER_LOCK = 0x6661_7265_0002n;
/**
 * Held for a transaction: by who seals a piece of the journal; shared by a process that registers,
 * so that what it reads of the seal is still so at its commit.
 */
export const SEAL_LOCK = 0x6661_7265_0003n;
