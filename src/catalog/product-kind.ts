/** What a product is, as the table `product` knows it; a product of kind 'chat' is a model. */
export type ProductKind =
  | 'chat'
  | 'completion'
  | 'embedding'
  | 'image'
  | 'speech'
  | 'transcription'
  | 'video'
  | 'moderation'
  | 'service';
