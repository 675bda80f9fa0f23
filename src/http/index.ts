export { type BodyBudget, createBodyBudget } from './body-budget.ts';
export { clientAddress } from './client-address.ts';
export { answerPreflight, type SharingOrigins, shareAnswer } from './cors.ts';
export {
  ClientGone,
  type FieldError,
  InvalidRequest,
  QuotaExceeded,
  transportFault,
} from './faults.ts';
export type { HttpResponse } from './http-response.ts';
export { localOrigin } from './local-origin.ts';
export {
  createManagedApp,
  createRouteGroup,
  type ManagedApp,
  type ManagedEnv,
} from './managed-app.ts';
export { openApiDocument } from './openapi-document.ts';
export {
  createOutbound,
  type Outbound,
  type OutboundAnswer,
  OutboundFailed,
  type OutboundOptions,
  type OutboundRequest,
} from './outbound.ts';
export { type BodyLimits, readBody } from './read-body.ts';
export { refuseNul } from './refuse-nul.ts';
export {
  type ErrorShape,
  faultOf,
  openAiError,
  type RenderedError,
  renderFault,
} from './render-error.ts';
export type { RawHandler, RawRoute, RequestContext } from './request-context.ts';
export { createHttpServer, type HttpServer } from './server.ts';
