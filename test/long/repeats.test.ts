import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EmbeddedInstance, startEmbeddedInstance } from '../process/embedded-instance.ts';
import { repeatThroughKills } from '../process/repeat-until-answered.ts';

const ROUNDS = 30;

let instance: EmbeddedInstance;
beforeAll(async () => {
  instance = await startEmbeddedInstance();
});
afterAll(() => instance?.remove());

it(`charges each key once through ${ROUNDS} kills of server and database`, async () => {
  expect(await repeatThroughKills(instance, ROUNDS)).toBeGreaterThan(ROUNDS);
}, 1_800_000);
