/**
 * The session advisory locks of the database, in one list so that no two are the same. Each is
 * freed by the server when the session that holds it ends, however it ends.
 */
export const MIGRATION_LOCK = 0x6661_7265_0001n;
/** Held by the one server process of an embedded database. */
export const SERVER_LOCK = 0x6661_7265_0002n;
