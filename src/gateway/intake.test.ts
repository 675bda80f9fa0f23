import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Fault, systemClock } from '../kernel/index.ts';
import { createIntake, type Intake } from './intake.ts';

let nowMs = 0;
const clock = { ...systemClock, nowMs: () => nowMs, monotonicMs: () => nowMs };
let intake: Intake;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  nowMs = 5_000;
  intake = createIntake({ clock, maxBodyBytes: 1_000 });
});
afterEach(async () => {
  await intake.close();
  vi.useRealTimers();
});

const asking = (headers: object = {}, socket = {}) => ({ headers, socket }) as IncomingMessage;
const refusal = (status: number) => new Fault({ code: 'refused', status, message: 'No.' });

/** Lets time pass for the clock and for timers alike. */
async function pass(ms: number): Promise<void> {
  nowMs += ms;
  await vi.advanceTimersByTimeAsync(ms);
}

/** Has a request refused; tells whether the refusal has been handed on. */
function refuse(request: IncomingMessage, error = refusal(402)): { isTold: boolean } {
  const refused = { isTold: false };
  intake
    .run(request, () => Promise.reject(error))
    .catch(() => {
      refused.isTold = true;
    });
  return refused;
}

/** Has so many requests refused in one instant; tells how many have been told. */
async function refuseMany(count: number, request: () => IncomingMessage, error = refusal(402)) {
  const all = Array.from({ length: count }, () => refuse(request(), error));
  await pass(0);
  return () => all.filter(({ isTold }) => isTold).length;
}

test('as many calls are taken on as a process may, and the next when one has ended', async () => {
  intake = createIntake({ clock, maxBodyBytes: 1_000, maxCalls: 2 });
  const ends: (() => void)[] = [];
  const call = () => new Promise<void>((resolve) => ends.push(resolve));
  const running = [intake.run(asking(), call), intake.run(asking(), call)];
  expect(intake.callsUnderWay).toBe(2);
  await expect(intake.run(asking(), call)).rejects.toMatchObject({ code: 'overloaded' });
  ends[0]?.();
  await running[0];
  const third = intake.run(asking(), call);
  expect(intake.callsUnderWay).toBe(2);
  for (const end of ends) end();
  await Promise.all([...running, third]);
  expect(intake.callsUnderWay).toBe(0);
});

test('a body counts until its call has ended, however it ends', async () => {
  const whole = 256 * 1024 * 1024;
  const ended = asking();
  for (const end of [() => Promise.resolve(), () => Promise.reject(refusal(503))]) {
    await intake
      .run(ended, async () => {
        expect(intake.bodies.take(ended, whole)).toBe(true);
        expect(intake.bodies.take(asking(), 1)).toBe(false);
        return end();
      })
      .catch(() => undefined);
  }
  expect(intake.bodies.take(asking(), whole)).toBe(true);
});

test('who is refused all the time is told later and later, up to two seconds', async () => {
  const told = await refuseMany(60, () => asking({ authorization: 'Bearer a' }));
  expect(told()).toBe(50);
  await pass(250);
  expect(told()).toBe(55);
  await pass(250);
  expect(told()).toBe(60);
  const flood = await refuseMany(1_000, () => asking({ authorization: 'Bearer a' }));
  await pass(2_000);
  expect(flood()).toBe(1_000);
});

test('others are told at once, and so is the same one after a while', async () => {
  await refuseMany(200, () => asking({ authorization: 'Bearer a' }));
  const other = await refuseMany(1, () => asking({ 'x-api-key': 'b' }));
  expect(other()).toBe(1);
  await pass(5_000);
  const again = await refuseMany(50, () => asking({ authorization: 'Bearer a' }));
  expect(again()).toBe(50);
});

test('an account is one caller, whatever keys it shows', async () => {
  let count = 0;
  const ofOne = () => {
    const request = asking({ authorization: `Bearer ${count++}` });
    intake.cameFrom(request, 7n);
    return request;
  };
  const told = await refuseMany(60, ofOne);
  expect(told()).toBe(50);
  const other = asking({ authorization: 'Bearer 0' });
  intake.cameFrom(other, 8n);
  expect((await refuseMany(1, () => other))()).toBe(1);
});

test('who shows no good key is known by the connection', async () => {
  const connection = {};
  let count = 0;
  const made = () => asking({ authorization: `Bearer ${count++}` }, connection);
  const told = await refuseMany(51, made, refusal(401));
  expect(told()).toBe(50);
  const elsewhere = await refuseMany(1, () => asking(), refusal(401));
  expect(elsewhere()).toBe(1);
});

test('what is no refusal is handed on at once, and everything when the process stops', async () => {
  const key = () => asking({ authorization: 'Bearer a' });
  expect((await refuseMany(100, key, refusal(503)))()).toBe(100);
  const told = await refuseMany(100, key);
  expect(told()).toBe(50);
  await intake.close();
  await pass(0);
  expect(told()).toBe(100);
});
