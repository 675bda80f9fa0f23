import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedInstance, startEmbeddedInstance } from './embedded-instance.ts';
import { repeatThroughKills } from './repeat-until-answered.ts';

let instance: EmbeddedInstance;
beforeAll(async () => {
  instance = await startEmbeddedInstance();
});
afterAll(() => instance?.remove());

test('F8: who repeats with a key through kills of server and database pays once', async () => {
  expect(await repeatThroughKills(instance, 3)).toBeGreaterThan(0);
}, 180_000);
