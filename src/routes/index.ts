export { type AuthRouteParts, mountAuth } from './auth/handler.ts';
export { routeChatCompletions } from './chat-completions/handler.ts';
export { errorShapeOf } from './error-shape.ts';
export { mountHealth } from './health/handler.ts';
export { createReadiness, type Readiness } from './health/readiness.ts';
export { mountHome } from './home/handler.ts';
export type { ManageParts } from './manage/manage.ts';
export { mountManage } from './manage/mount.ts';
export { type ModelApiParts, mountModelApi } from './mount-model-api.ts';
