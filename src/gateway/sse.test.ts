import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEventSplitter, EventTooLarge, type SseEvent } from './sse.ts';

function split(chunks: readonly Buffer[]): { events: SseEvent[]; remainder: Buffer | undefined } {
  const events: SseEvent[] = [];
  const splitter = createEventSplitter((event) => events.push(event));
  for (const chunk of chunks) splitter.push(chunk);
  return { events, remainder: splitter.end() };
}

const splitText = (text: string) => split([Buffer.from(text)]);
const dataOf = (events: readonly SseEvent[]) => events.map((event) => event.data?.toString());

test('events end at a blank line whatever the line ending is', () => {
  for (const end of ['\n', '\r\n', '\r']) {
    const { events, remainder } = splitText(`data: a${end}${end}data:b${end}${end}`);
    expect(dataOf(events)).toEqual(['a', 'b']);
    expect(remainder).toBeUndefined();
  }
});

test('several data lines are joined by a line feed and only one space is taken off', () => {
  const { events } = splitText('event: x\ndata: one\ndata:  two\r\ndata\r\n\r\n');
  expect(dataOf(events)).toEqual(['one\n two\n']);
  expect(events[0]?.name).toBe('x');
});

test('a comment line between events is an event of its own, with its own bytes, at once', () => {
  const events: SseEvent[] = [];
  const splitter = createEventSplitter((event) => events.push(event));
  splitter.push(Buffer.from('data: a\n\n: ping\n'));
  expect(events.map((event) => event.raw.toString())).toEqual(['data: a\n\n', ': ping\n']);
  expect(events.map((event) => event.isComment)).toEqual([false, true]);
});

test('a comment inside an event stays with it and out of its data', () => {
  const { events } = splitText('data: a\n: note\ndata: b\n\n');
  expect(dataOf(events)).toEqual(['a\nb']);
  expect(events).toHaveLength(1);
});

test('bytes after the last blank line are a remainder and no event', () => {
  const { events, remainder } = splitText('data: a\n\ndata: half');
  expect(dataOf(events)).toEqual(['a']);
  expect(remainder?.toString()).toBe('data: half');
});

test('a character cut between two reads comes out whole', () => {
  const bytes = Buffer.from('data: {"t":"zażółć 😀"}\n\n');
  const chunks = Array.from(bytes, (byte) => Buffer.of(byte));
  expect(dataOf(split(chunks).events)).toEqual(['{"t":"zażółć 😀"}']);
});

test('a line of several megabytes in small reads is one event', () => {
  const line = `data: ${'x'.repeat(5_000_000)}\n\n`;
  const bytes = Buffer.from(line);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 65_536) chunks.push(bytes.subarray(at, at + 65_536));
  const { events } = split(chunks);
  expect(events).toHaveLength(1);
  expect(events[0]?.raw.equals(bytes)).toBe(true);
});

test('an event above the bound is refused instead of filling the memory', () => {
  const splitter = createEventSplitter(() => {}, 1000);
  splitter.push(Buffer.from(`data: ${'x'.repeat(900)}`));
  expect(() => splitter.push(Buffer.from('x'.repeat(200)))).toThrow(EventTooLarge);
});

test('a byte order mark at the start does not hide the first field', () => {
  expect(dataOf(splitText('\ufeffdata: a\n\ndata: b\n\n').events)).toEqual(['a', 'b']);
});

const line = fc.oneof(
  fc.constantFrom('data: x', 'data:', 'data', ': ping', ':', 'event: error', 'id: 1', 'junk', ''),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => `data: ${text}`),
);
const stream = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r', '\n\n', '\r\n\r\n', '\r\r')))
  .map((lines) => Buffer.from(lines.map(([text, end]) => text + end).join('')));

test('however the bytes are cut, the events are the same and together are the input', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(200)), (bytes, cuts) => {
      const whole = split([bytes]);
      const places = [...cuts.filter((cut) => cut < bytes.length), 0, bytes.length];
      places.sort((a, b) => a - b);
      const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      const pieces = split(chunks);
      expect(pieces).toEqual(whole);
      expect(split(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(whole);
      const raws = [
        ...pieces.events.map((event) => event.raw),
        pieces.remainder ?? Buffer.alloc(0),
      ];
      expect(Buffer.concat(raws).equals(bytes)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
