/**
 * The web chat, `./gpt chat`: a page on this machine that tries the spam classifier of notebook 6
 * and lets a language model write, and shows what happens inside.
 */
export { startChat, type Chat, type ChatOptions } from './chat/server';
