export type { DemoSeenRequest, DemoStats } from './demo-journal.ts';
export {
  DEMO_MODELS,
  type DemoProvider,
  type DemoProviderOptions,
  startDemoProvider,
} from './demo-provider.ts';
export type { DemoDirectives } from './demo-request.ts';
