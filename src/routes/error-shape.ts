import type { ErrorShape } from '../http/index.ts';

/** The two prefixes under which the same OpenAI-compatible routes stand. */
export const MODEL_API_PREFIXES = ['/v1', '/api/v1'] as const;

/** OpenAI's error body on its paths, RFC 9457's everywhere else. */
export function errorShapeOf(path: string): ErrorShape {
  const isModelApi = MODEL_API_PREFIXES.some(
    (prefix) => path === prefix || path.startsWith(`${prefix}/`),
  );
  return isModelApi ? 'openai' : 'problem';
}

/** Whether pages of other sites may call there, when a platform lists them. */
export function isSharedPath(path: string): boolean {
  return errorShapeOf(path) === 'openai' || path.startsWith('/manage/v1/');
}
