export { addApi } from './api.ts';
export { addLogin } from './login.ts';
export { remoteWords } from './words.ts';
