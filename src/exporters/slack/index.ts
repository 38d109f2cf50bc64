export { type SlackMessage, slackMessage } from './message.js';
export { type SlackHookOptions, slackHook } from './slack-hook.js';
