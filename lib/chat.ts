/**
 * The web chat, `./gpt chat`: a page on this machine that tries out the spam classifier of
 * notebook 6 and the language models, and shows what happens inside them.
 */
export { startChat, type Chat, type ChatOptions } from './chat/server';
