/** What a product is, as the table `product` knows it; a product of kind 'chat' is a model. */
export const PRODUCT_KINDS = [
  'chat',
  'completion',
  'embedding',
  'image',
  'speech',
  'transcription',
  'video',
  'moderation',
  'service',
] as const;

export type ProductKind = (typeof PRODUCT_KINDS)[number];
