export { createGateway, type MeteredGateway } from './gateway.ts';
export { type DemoProvider, startDemoProvider } from './providers/demo/demo-provider.ts';
