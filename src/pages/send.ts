import { PAGE_POLICY } from './layout.ts';

/** A page as an answer. It changes only with the program, so a reader may keep it for a while. */
export function send(text: string, type: string): Response {
  return new Response(text, {
    headers: {
      'content-type': `${type}; charset=utf-8`,
      'content-security-policy': PAGE_POLICY,
      'cache-control': 'public, max-age=300',
      vary: 'accept',
    },
  });
}
