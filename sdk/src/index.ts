export type { Answer, RequestOptions, Upload, WithResponse } from './answer.ts';
export * from './errors.ts';
export { Farebox, type FareboxOptions } from './farebox.ts';
export { API_VERSION } from './generated/nouns.ts';
export type * from './generated/types.ts';
export type { List, Page } from './list.ts';
export { verifyWebhook, type WebhookDelivery, WebhookError } from './webhooks.ts';
