import { describe, expect, it } from 'vitest';
import type { Route } from '../catalog/index.ts';
import { readChatRequest } from './chat-request.ts';
import { upstreamBody } from './upstream-body.ts';

const route: Route = {
  upstreamId: 1n,
  upstreamName: 'one',
  baseUrl: 'https://provider.example/v1',
  credential: undefined,
  upstreamModel: 'm',
  priority: 0,
  firstByteTimeoutMs: 1,
  idleTimeoutMs: 1,
  isGuarded: false,
};
const MESSAGES = '"messages":[{"role":"user","content":"hi"}]';

function sent(members: string, more: Partial<Route> = {}, outputTokensLimit?: number): string {
  const body = Buffer.from(`{"model":"m",${members}${MESSAGES}}`);
  return upstreamBody(body, readChatRequest(body), { ...route, ...more }, outputTokensLimit)
    .toString()
    .replace(MESSAGES, '');
}

describe('the body for an upstream', () => {
  it("is the caller's own where nothing has to be said differently", () => {
    expect(sent('"temperature":1.0,"x":1e2,')).toBe('{"model":"m","temperature":1.0,"x":1e2,}');
  });

  it("has the model's name there, and the bound of the output by the name known there", () => {
    expect(sent('', { upstreamModel: 'theirs' }, 7)).toBe('{"model":"theirs",,"max_tokens":7}');
    const openAi = { baseUrl: 'https://api.openai.com/v1' };
    expect(sent('', openAi, 7)).toBe('{"model":"m",,"max_completion_tokens":7}');
  });

  it('asks for the usage of a stream, also against an explicit false', () => {
    expect(sent('"stream":true,"stream_options":{"include_usage":false,"x":1},')).toBe(
      '{"model":"m","stream":true,"stream_options":{"include_usage":true,"x":1},}',
    );
  });

  it("does not ask for a provider's dearer tier, which the price does not cover", () => {
    expect(sent('"service_tier":"priority",')).toBe('{"model":"m",}');
    expect(sent('"service_tier":"flex",')).toBe('{"model":"m","service_tier":"flex",}');
  });
});
