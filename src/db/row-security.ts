/** What a tenant may see and write, as SQL for `migrate`: run last, when all tables are there. */
export const rowSecurityFile = new URL('./sql/row-security.sql', import.meta.url);
