export type { Seeded } from './model-market/seed.ts';
export { seedNewInstance } from './seed.ts';
