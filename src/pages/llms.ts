/** The way in for a program that reads: https://llmstxt.org. */
export function llmsText(baseUrl: string): string {
  return `# Farebox

> This server sells APIs: it checks keys, holds prepaid wallets, prices every call by what it used
> and keeps the books. Models are called under ${baseUrl}/v1 as OpenAI's API has them; sellers and
> customers manage what is theirs under ${baseUrl}/manage/v1.

- Call a model with any OpenAI client: base URL ${baseUrl}/v1, and a key as
  \`Authorization: Bearer KEY\`.
- Manage with an access token (\`fbt_...\`) as \`Authorization: Bearer TOKEN\`, and the platform's
  slug in \`Farebox-Platform\` when you belong to several.
- Amounts are JSON numbers beside an exact text (\`balance\`, \`balance_exact\`): add up the texts.
- Every answer carries \`x-request-id\`; every error has a stable \`code\` with a page of its own.
- Send \`Idempotency-Key\` with every POST that must happen once.

## API

- [OpenAPI document](${baseUrl}/openapi.json): every route, its bodies and its answers
- [API reference](${baseUrl}/reference.md): the same to read
- [Errors](${baseUrl}/docs/errors): every code, what happened, how to fix it; \`.md\` behind the
  address of a page gives Markdown

## Optional

- [Readiness](${baseUrl}/readyz): whether this server takes traffic
`;
}
